using System;
using System.Collections.Generic;
using System.Linq;
using System.Runtime.InteropServices;
using System.Text.Json.Nodes;
using Surety.Core.Hashing;
using Surety.Protocol.Blocks;
using Surety.Protocol.Commands;
using Surety.Protocol.Rows;
using Surety.Replay.Venues;

namespace Surety.Proofs.Tests.Vectors;

/// <summary>One signature over several commands: the batch's record, and the commands as they stand behind it in the journal.</summary>
internal static class BatchVectors
{
    private const uint Key = 9;
    private static readonly VectorSigner Customer = new("customer");
    private static readonly Hash256 Venue = Hash256.Of("a venue"u8);

    public static IEnumerable<Vector> All()
    {
        byte[][] commands = [.. Enumerable.Range(0, 4).Select(i => Command((ulong)i + 1))];
        byte[] batch = Sign(Customer, commands);
        byte[][] marked = [.. commands.Select((c, i) => Mark(c, (uint)i))];
        yield return Of("batch", "four orders of a key", batch, marked);
        byte[][] one = [commands[0]];
        yield return Of("one", "one order", Sign(Customer, one), [marked[0]]);
        yield return Of("stamped", "the sequencer's stamp on a command, which is not signed", batch, [Stamped(marked[0]), .. marked[1..]]);
        yield return Of(
            "repeated", "a command twice, the second time with the next place", batch, [marked[0], Mark(commands[0], 1), .. marked[2..]]);
        yield return Of("repeated-beyond", "the last command again", batch, [.. marked, marked[3]]);
        yield return Of("repeated-place", "a command twice with its own place", batch, [marked[0], marked[0], .. marked[2..]]);
        yield return Of("dropped", "a command left out", batch, [.. marked[..1], .. marked[2..]]);
        yield return Of("dropped-last", "the last command left out", batch, marked[..3]);
        yield return Of("none", "all commands left out", batch, []);
        yield return Of("reordered", "two commands have changed places", batch, [marked[1], marked[0], .. marked[2..]]);
        yield return Of(
            "renumbered", "two commands have changed places and numbers", batch,
            [Mark(commands[1], 0), Mark(commands[0], 1), .. marked[2..]]);
        yield return Of("added", "a command that was not signed", batch, [.. marked, Mark(Command(9), 4)]);
        yield return Of("swapped", "another command in a signed one's place", batch, [Mark(Command(9), 0), .. marked[1..]]);
        yield return Of("command-changed", "one bit of a command changed", batch, [Flip(marked[0], 56), .. marked[1..]]);
        yield return Of("command-cut", "a command without its mark's last bytes", batch, [marked[0][..^4], .. marked[1..]]);
        yield return Of(
            "mark-reserved", "what must be zero in a mark is not", batch, [Flip(marked[0], marked[0].Length - 1), .. marked[1..]]);
        yield return Of("signature-changed", "one bit of the signature changed", Flip(batch, 12), marked);
        yield return Of("wrong-key", "signed by another key", Sign(new VectorSigner("stranger"), commands), marked);
        yield return Of("other-venue", "signed for another venue", Sign(Customer, commands, Hash256.Of("another venue"u8)), marked);
        yield return Of("other-key-number", "another key's number in the batch", Flip(batch, 0), marked);
        yield return Of(
            "digests-reordered", "two digests and their commands have changed places",
            [.. batch[..72], .. batch[104..136], .. batch[72..104], .. batch[136..]],
            [Mark(commands[1], 0), Mark(commands[0], 1), .. marked[2..]]);
        yield return Of("digest-dropped", "the last digest and its command left out", Count(batch[..^32], 3), marked[..3]);
        yield return Of(
            "digest-repeated", "the last digest and its command again", Count([.. batch, .. batch[^32..]], 5),
            [.. marked, Mark(commands[3], 4)]);
        yield return Of("counts-more", "a count of five with four digests", Count(batch, 5), marked);
        yield return Of("counts-none", "a count of none", Count(batch[..72], 0), []);
        yield return Of("cut", "the batch without its last byte", batch[..^1], marked);
        yield return Of("longer", "the batch and a byte more", [.. batch, 0], marked);
        byte[][] many = [.. Enumerable.Range(0, 65).Select(i => Command((ulong)i + 1))];
        yield return Of(
            "too-many", "sixty-five commands, truly signed", Sign(Customer, many), [.. many.Select((c, i) => Mark(c, (uint)i))]);
    }

    /// <summary>Null where the key has signed exactly these commands in this order.</summary>
    public static string? Judge(byte[] bytes, JsonObject json) => CommandBatch.FindFlaw(
        new Hash256(Convert.FromHexString((string)json["venue"]!)), PublicKey.From(Convert.FromHexString((string)json["public_key"]!)),
        bytes, [.. ((JsonArray)json["commands"]!).Select(c => (ReadOnlyMemory<byte>)Convert.FromHexString((string)c!))]);

    private static Vector Of(string name, string what, byte[] batch, byte[][] commands) => new(name, what, batch, new JsonObject
    {
        ["venue"] = Venue.ToString(),
        ["public_key"] = Convert.ToHexStringLower(Customer.PublicBytes),
        ["commands"] = new JsonArray([.. commands.Select(c => (JsonNode)Convert.ToHexStringLower(c))]),
    });

    private static byte[] Command(ulong nonce)
    {
        var order =
            new PlaceOrder
            {
                Header = new CommandHeader { Account = 5, Key = Key, Nonce = nonce },
                PriceTicks = 8_000,
                Lots = (long)nonce,
                Side = Side.Buy
            };
        var record = new byte[CommandCodec.SizeOf(CommandKind.PlaceOrder)];
        CommandCodec.Write(CommandKind.PlaceOrder, ref order, record);
        return record;
    }

    private static byte[] Sign(VectorSigner signer, byte[][] commands, Hash256? venue = null)
    {
        byte[] digests = [.. commands.SelectMany(c => Convert.FromHexString(Hash256.Of(CommandCodec.SignedPart(c)).ToString()))];
        var message = new byte[SignedMessage.PrefixBytes + digests.Length];
        SignedMessage.Write(SignedMessage.Batch, venue ?? Venue, digests, message);
        var frame = new BatchFrame { Key = Key, Count = commands.Length, Signature = Signature.From(signer.Sign(message)) };
        return [.. MemoryMarshal.AsBytes([frame]), .. digests];
    }

    private static byte[] Mark(byte[] command, uint place) => [.. command, .. MemoryMarshal.AsBytes([new BatchMark { Place = place }])];

    private static byte[] Count(byte[] batch, int count) => [.. batch[..4], .. BitConverter.GetBytes(count), .. batch[8..]];

    private static byte[] Stamped(byte[] command)
    {
        byte[] stamped = [.. command];
        stamped[0] = 77;
        return stamped;
    }

    private static byte[] Flip(byte[] bytes, int at)
    {
        byte[] changed = [.. bytes];
        changed[at] ^= 1;
        return changed;
    }
}
