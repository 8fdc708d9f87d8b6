using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Surety.Proofs.Tests.Vectors;

/// <summary>
/// One case for every verifier: what it is given, whom it trusts, and what it must say. The bytes are whole, or those of another vector
/// with edits, so that a reader sees what was changed.
/// </summary>
/// <param name="Name">The file's name.</param>
/// <param name="What">What was done to the bytes, in words.</param>
/// <param name="Bytes">What is to be verified.</param>
/// <param name="Inputs">What the reader trusts or asks for, and what comes beside the bytes.</param>
/// <param name="Of">The vector that it was made from; null for an own one.</param>
internal sealed record Vector(string Name, string What, byte[] Bytes, JsonObject Inputs, Vector? Of = null)
{
    private static readonly JsonSerializerOptions Readable = new()
    {
        WriteIndented = true,
        IndentSize = 1,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    /// <summary>The file, with the verdict of the verifier here: its reason, or null where it accepts.</summary>
    public string ToJson(string? reason)
    {
        var json = new JsonObject { ["what"] = What, ["verdict"] = reason is null ? "accepted" : "refused", ["reason"] = reason ?? "" };
        foreach ((string name, JsonNode? value) in Inputs)
        {
            json[name] = value?.DeepClone();
        }
        if (Of is null)
        {
            json["bytes"] = Convert.ToHexStringLower(Bytes);
        }
        else
        {
            json["of"] = Of.Name;
            json["edits"] = new JsonArray([.. Edits(Of.Bytes, Bytes).Select(e => (JsonNode)new JsonObject
            {
                ["at"] = e.At, ["remove"] = e.Remove, ["insert"] = Convert.ToHexStringLower(e.Insert),
            })]);
        }
        return json.ToJsonString(Readable) + "\n";
    }

    /// <summary>The bytes of a file, read as any verifier reads them.</summary>
    public static byte[] BytesOf(string directory, JsonObject json)
    {
        if (json["bytes"] is { } whole)
        {
            return Convert.FromHexString((string)whole!);
        }
        byte[] bytes = BytesOf(directory, Read(Path.Combine(directory, (string)json["of"]! + ".json")));
        foreach (JsonNode? edit in ((JsonArray)json["edits"]!).Reverse())
        {
            (int at, int remove) = ((int)edit!["at"]!, (int)edit["remove"]!);
            bytes = [.. bytes[..at], .. Convert.FromHexString((string)edit["insert"]!), .. bytes[(at + remove)..]];
        }
        return bytes;
    }

    public static JsonObject Read(string file) => (JsonObject)JsonNode.Parse(File.ReadAllText(file))!;

    private static IEnumerable<(int At, int Remove, byte[] Insert)> Edits(byte[] from, byte[] to) =>
        from.Length == to.Length ? Ranges(from, to) : Parts(from, to);

    // Bytes that differ, those taken together that are closer than what an edit takes to write.
    private static IEnumerable<(int At, int Remove, byte[] Insert)> Ranges(byte[] from, byte[] to)
    {
        const int Apart = 24;
        int begin = -1;
        int end = -1;
        for (int i = 0; i < from.Length; i++)
        {
            if (from[i] == to[i])
            {
                continue;
            }
            if (begin >= 0 && i - end > Apart)
            {
                yield return (begin, end - begin, to[begin..end]);
                begin = -1;
            }
            begin = begin < 0 ? i : begin;
            end = i + 1;
        }
        if (begin >= 0)
        {
            yield return (begin, end - begin, to[begin..end]);
        }
    }

    // The first bytes, the last ones and what is between, each without what is the same before and behind: an edit of a count at the
    // beginning, of a part in the middle and of a digest at the end stay apart.
    private static IEnumerable<(int At, int Remove, byte[] Insert)> Parts(byte[] from, byte[] to)
    {
        int head = Math.Min(16, Math.Min(from.Length, to.Length));
        int tail = Math.Min(32, Math.Min(from.Length, to.Length) - head);
        (int, int, byte[])[] edits =
        [
            Trim(from[..head], to[..head], 0),
            Trim(from[head..^tail], to[head..^tail], head),
            Trim(from[^tail..], to[^tail..], from.Length - tail),
        ];
        return edits.Where(e => e.Item2 != 0 || e.Item3.Length != 0);
    }

    private static (int At, int Remove, byte[] Insert) Trim(byte[] from, byte[] to, int at)
    {
        int most = Math.Min(from.Length, to.Length);
        int before = from.AsSpan().CommonPrefixLength(to);
        int behind = 0;
        while (behind < most - before && from[^(behind + 1)] == to[^(behind + 1)])
        {
            behind++;
        }
        return (at + before, from.Length - before - behind, to[before..^behind]);
    }
}
