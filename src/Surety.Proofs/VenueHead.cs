using System;
using System.Globalization;
using Surety.Core.Hashing;

namespace Surety.Proofs;

/// <summary>A block that was seen, to be remembered: a history that does not contain it was rolled back or forked.</summary>
/// <param name="Height">Its height.</param>
/// <param name="Hash">Its hash.</param>
public sealed record VenueHead(ulong Height, Hash256 Hash)
{
    private const string Label = "head ";

    /// <summary>Reads HEIGHT:HASH, alone or in a line that begins with "head"; null when there is none.</summary>
    public static VenueHead? Parse(string text)
    {
        foreach (string line in text.Split('\n'))
        {
            string trimmed = line.Trim();
            string head = trimmed.StartsWith(Label, StringComparison.Ordinal) ? trimmed[Label.Length..].Trim() : trimmed;
            int colon = head.IndexOf(':', StringComparison.Ordinal);
            if (colon > 0 && ulong.TryParse(head[..colon], NumberStyles.None, CultureInfo.InvariantCulture, out ulong height) && height > 0
                && Hash256.TryParse(head.AsSpan(colon + 1), out Hash256 hash))
            {
                return new VenueHead(height, hash);
            }
        }
        return null;
    }

    /// <summary>HEIGHT:HASH.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Height}:{Hash}");
}
