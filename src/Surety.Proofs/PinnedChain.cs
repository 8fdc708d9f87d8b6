using System;
using System.Collections.Generic;
using System.Threading.Tasks;
using Surety.Core.Hashing;
using Surety.Protocol.Blocks;

namespace Surety.Proofs;

/// <summary>
/// What a client remembers of a venue's headers: the last one that it saw and the key that signed it. A header that does not continue
/// them means that the venue was rolled back, that it shows different histories to different clients, or that another server answers in its
/// name.
/// </summary>
public sealed class PinnedChain
{
    private byte[]? _key;

    /// <param name="last">The last header seen in an earlier session; null for a first one, whose first header is taken on trust.</param>
    /// <param name="key">The key that signed it, X and Y; null when none is known.</param>
    /// <param name="venue">SHA-256 of its genesis record; null when it is not known, and the first header says it.</param>
    public PinnedChain(VenueHead? last = null, byte[]? key = null, Hash256? venue = null) => (Last, _key, Venue) = (last, key, venue);

    /// <summary>The last header seen.</summary>
    public VenueHead? Last { get; private set; }

    /// <summary>The venue's key, X and Y; null while no signature was seen.</summary>
    public ReadOnlyMemory<byte>? Key => _key;

    /// <summary>Which venue: what a header proves of signed reports and commands, it proves for the venue that it names.</summary>
    public Hash256? Venue { get; private set; }

    /// <summary>Why the venue is to be trusted no more; null while it may be.</summary>
    public string? Broken { get; private set; }

    /// <summary>Takes a header as it came. Not to be called again before it has returned.</summary>
    /// <param name="header">The header.</param>
    /// <param name="seal">The venue's signature over it; null where it came without.</param>
    /// <param name="older">Asks the venue for headers from a height downward, at most so many.</param>
    /// <returns>Null, or what is wrong; then <see cref="Broken"/> says so from here on.</returns>
    public async Task<string?> TakeAsync(BlockHeader header, HeaderSeal? seal, Func<ulong, int, Task<IReadOnlyList<BlockHeader>>> older)
    {
        Broken ??= Venue is { } known && header.Venue != known ? $"block {header.Height} names another venue" : null;
        Broken ??= CheckKey(in header, seal) ?? await FollowsAsync(header, older).ConfigureAwait(false);
        if (Broken is null)
        {
            Last = new VenueHead(header.Height, header.Hash());
            Venue ??= header.Venue;
            _key ??= seal?.PublicKey.ToArray();
        }
        return Broken;
    }

    private string? CheckKey(in BlockHeader header, HeaderSeal? seal) =>
        seal is null ? _key is null ? null : $"block {header.Height} is not signed by the venue's key"
        : !seal.Covers(header.Hash()) ? $"the venue's signature over block {header.Height} is not valid"
        : _key is not null && !seal.PublicKey.Span.SequenceEqual(_key)
            ? $"block {header.Height} is signed with another key than the venue was known by"
        : null;

    private async Task<string?> FollowsAsync(BlockHeader header, Func<ulong, int, Task<IReadOnlyList<BlockHeader>>> older)
    {
        if (Last is not { } last)
        {
            return null;
        }
        string gone = $"an earlier header is no longer part of the chain: block {last}";
        if (header.Height <= last.Height)
        {
            return header.Height == last.Height && header.Hash() == last.Hash
                ? null
                : $"{gone}; the venue is at block {header.Height}, {header.Hash()}";
        }
        (Hash256 expected, ulong link) = (header.Previous, header.Height - 1);
        while (link > last.Height)
        {
            IReadOnlyList<BlockHeader> list = await older(link, (int)Math.Min(link - last.Height, 1_000)).ConfigureAwait(false);
            if (list.Count == 0)
            {
                return $"the venue does not give the headers between {last.Height} and {header.Height}";
            }
            foreach (BlockHeader before in list)
            {
                if (link <= last.Height)
                {
                    break;
                }
                if (before.Height != link || before.Hash() != expected)
                {
                    return $"block {link} is not the one that its follower names";
                }
                (expected, link) = (before.Previous, link - 1);
            }
        }
        return expected == last.Hash ? null : gone;
    }
}
