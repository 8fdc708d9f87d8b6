using System;
using System.Linq;
using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Unicode;

namespace Surety.Gateway.Api;

/// <summary>
/// Whether every text in a piece of JSON can be read: the parser leaves bytes that are no UTF-8, and halves of surrogate pairs, for later.
/// </summary>
internal static class JsonTexts
{
    /// <summary>What is told of a request whose texts cannot be read.</summary>
    public const string Problem = "a text is no Unicode: it has bytes that are no UTF-8, or half of a surrogate pair such as \\ud800";

    /// <summary>Whether all names and texts are whole.</summary>
    public static bool AreSound(JsonElement json)
    {
        if (json.ValueKind == JsonValueKind.Undefined)
        {
            return true;
        }
        ReadOnlySpan<byte> raw = JsonMarshal.GetRawUtf8Value(json);
        return Utf8.IsValid(raw) && (raw.IndexOf("\\u"u8) < 0 || AreWhole(json));
    }

    private static bool AreWhole(JsonElement json)
    {
        try
        {
            return json.ValueKind switch
            {
                JsonValueKind.String => json.GetString() is not null,
                JsonValueKind.Object => json.EnumerateObject().All(p => p.Name is not null && AreWhole(p.Value)),
                JsonValueKind.Array => json.EnumerateArray().All(AreWhole),
                _ => true,
            };
        }
        catch (InvalidOperationException)
        {
            return false;
        }
    }
}
