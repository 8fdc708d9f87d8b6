using System;
using System.Collections.Generic;
using System.Linq;
using System.Text.Json.Nodes;
using System.Threading.Tasks;
using Surety.Core.Hashing;
using Surety.Protocol.Blocks;

namespace Surety.Proofs.Tests.Vectors;

/// <summary>
/// Headers that come to a client who remembers one: its pin, the header, the venue's signature, and the headers that the venue gives when
/// it is asked for those between.
/// </summary>
internal static class HeaderVectors
{
    private static readonly VectorSigner Venue = new("venue");
    private static readonly VectorSigner Stranger = new("stranger");
    private static readonly Hash256 Name = Hash256.Of("a venue"u8);

    public static IEnumerable<Vector> All()
    {
        BlockHeader[] seen = Chain(12);
        BlockHeader[] longer = Chain(16, seen);
        BlockHeader[] fork = Chain(16, seen[..5], time: 5);
        BlockHeader last = seen[^1];
        BlockHeader next = longer[12];
        yield return Of("first", "the first header that a client ever sees, signed", longer[3], Seal(longer[3], Venue), pin: null);
        yield return Of(
            "first-unsigned", "the first header that a client ever sees, of a venue that signs none", longer[3], null, pin: null);
        yield return Of("next", "the header after the one that is remembered", next, Seal(next, Venue), last);
        yield return Of("same", "the header that is remembered, again", last, Seal(last, Venue), last);
        yield return Of("gap", "a header four further on, with those between", longer[15], Seal(longer[15], Venue), last, longer);
        yield return Of(
            "rolled-back", "a header before the one that is remembered, of the same chain", seen[8], Seal(seen[8], Venue), last, seen);
        yield return Of("fork-same-height", "another header at the same height", fork[11], Seal(fork[11], Venue), last, fork);
        yield return Of("fork-next", "a header of the next height that follows another one", fork[12], Seal(fork[12], Venue), last, fork);
        yield return Of(
            "fork-longer", "a longer chain that left the remembered one before it", fork[15], Seal(fork[15], Venue), last, fork);
        yield return Of(
            "fork-old-between", "a longer fork, the headers between being those of the old chain", fork[15], Seal(fork[15], Venue), last,
            longer);
        yield return Of(
            "gap-withheld", "a header four further on, the venue gives none between", longer[15], Seal(longer[15], Venue), last);
        yield return Of(
            "gap-repeated", "a header four further on, one between stands twice", longer[15], Seal(longer[15], Venue), last,
            [.. longer[..14], longer[13], longer[14]]);
        yield return Of(
            "gap-dropped", "a header four further on, one between is left out", longer[15], Seal(longer[15], Venue), last,
            [.. longer[..13], .. longer[14..]]);
        yield return Of(
            "gap-swapped", "a header four further on, two between have changed places", longer[15], Seal(longer[15], Venue), last,
            [.. longer[..12], longer[13], longer[12], longer[14]]);
        BlockHeader jump = next with { Height = 20 };
        yield return Of(
            "height-jumps", "a header that follows the remembered one and says that it is eight further on", jump, Seal(jump, Venue),
            last, longer);
        yield return Of("unsigned", "the next header without a signature, after signed ones", next, null, last);
        yield return Of("wrong-key", "the next header, signed by another key", next, Seal(next, Stranger), last);
        yield return Of(
            "wrong-key-named", "the next header, signed by another key, the venue's own named", next,
            Seal(next, Stranger) with { PublicKey = Venue.PublicBytes }, last);
        yield return Of("signature-of-another", "the next header with the signature over the one before", next, Seal(last, Venue), last);
        yield return Of("signature-changed", "one bit of the signature changed", next, Changed(Seal(next, Venue), 9), last);
        yield return Of("signature-zero", "a signature of zeros", next, Seal(next, Venue) with { Signature = new byte[64] }, last);
        yield return Of(
            "key-off-the-curve", "a public key that is no point of the curve, to a client who remembers none", next,
            Seal(next, Venue) with { PublicKey = Venue.PublicBytes[..63].Append((byte)(Venue.PublicBytes[63] ^ 1)).ToArray() }, last,
            key: null);
        BlockHeader foreign = next with { Venue = Hash256.Of("another venue"u8) };
        yield return Of(
            "another-venue", "the next header, which names another venue, whose signed reports would count then", foreign,
            Seal(foreign, Venue), last);
        BlockHeader old = next with { Magic = BlockHeader.ExpectedMagic - (1UL << 32) };
        yield return Of("old-version", "the next header, of the version before", old, Seal(old, Venue), last);
        byte[] bytes = next.ToBytes();
        yield return Of("cut", "the next header without its last byte", bytes[..^1], Seal(next, Venue), last);
        yield return Of("longer", "the next header and a byte more", [.. bytes, 0], Seal(next, Venue), last);
        foreach ((string name, int at) in (List<(string, int)>)[("height", 8), ("previous", 88), ("events-root", 152), ("state-root", 184)])
        {
            byte[] changed = [.. bytes];
            changed[at] ^= 1;
            yield return Of(
                $"changed-{name}", $"one bit changed in the header's {name.Replace('-', ' ')}", changed, Seal(next, Venue), last);
        }
    }

    /// <summary>Null where the client takes the header.</summary>
    public static async Task<string?> Judge(byte[] bytes, JsonObject json)
    {
        if (!BlockHeader.TryRead(bytes, out BlockHeader header))
        {
            return "this is not a block header of this version";
        }
        var pinned = json["pin"] is JsonObject pin
            ? new PinnedChain(
                VenueHead.Parse($"{pin["height"]}:{pin["hash"]}"), pin["key"] is { } key ? Convert.FromHexString((string)key!) : null,
                new Hash256(Convert.FromHexString((string)pin["venue"]!)))
            : new PinnedChain();
        List<BlockHeader> older = [];
        foreach (JsonNode? one in (JsonArray)json["older"]!)
        {
            Assert.True(BlockHeader.TryRead(Convert.FromHexString((string)one!), out BlockHeader before));
            older.Add(before);
        }
        return await pinned.TakeAsync(header, HeaderSeal.Read(Convert.FromHexString((string)json["seal"]!)), (from, count) =>
            Task.FromResult<IReadOnlyList<BlockHeader>>([.. older.Where(h => h.Height <= from).Reverse().Take(count)]));
    }

    private static Vector Of(
        string name, string what, BlockHeader header, HeaderSeal? seal, BlockHeader? pin, BlockHeader[]? older =
            null, string? key = "") =>
        Of(name, what, header.ToBytes(), seal, pin, older, key);

    private static Vector Of(
        string name, string what, byte[] header, HeaderSeal? seal, BlockHeader? pin, BlockHeader[]? older = null, string? key = "") =>
        new(name, what, header, new JsonObject
        {
            ["pin"] = pin is { } known ? new JsonObject
            {
                ["height"] = known.Height,
                ["hash"] = known.Hash().ToString(),
                ["venue"] = Name.ToString(),
                ["key"] = key is null ? null : Convert.ToHexStringLower(Venue.PublicBytes),
            } : null,
            ["seal"] = seal is null ? "" : Convert.ToHexStringLower(seal.ToBytes()),
            ["older"] = new JsonArray([.. (older ?? []).Skip(10).Select(h => (JsonNode)Convert.ToHexStringLower(h.ToBytes()))]),
        });

    private static BlockHeader[] Chain(int count, BlockHeader[]? from = null, long time = 0)
    {
        List<BlockHeader> chain = [.. from ?? []];
        while (chain.Count < count)
        {
            chain.Add(new BlockHeader
            {
                Magic = BlockHeader.ExpectedMagic,
                Height = (ulong)chain.Count + 1,
                TimeNs = time,
                Venue = Name,
                Previous = chain.Count == 0 ? Hash256.Zero : chain[^1].Hash(),
                StateRoot = Hash256.Of([(byte)chain.Count]),
            });
        }
        return [.. chain];
    }

    private static HeaderSeal Seal(BlockHeader header, VectorSigner signer) =>
        new(header.Height, 7, signer.PublicBytes, signer.Sign(HeaderSeal.Message(header.Hash())));

    private static HeaderSeal Changed(HeaderSeal seal, int at)
    {
        byte[] signature = seal.Signature.ToArray();
        signature[at] ^= 1;
        return seal with { Signature = signature };
    }
}
