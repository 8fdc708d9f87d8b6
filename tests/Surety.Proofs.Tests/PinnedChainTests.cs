using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading.Tasks;
using Surety.Core.Hashing;
using Surety.Protocol.Blocks;
using Surety.Replay.Signing;

namespace Surety.Proofs.Tests;

/// <summary>A client that remembers what it saw is told of a roll-back, a fork, and a stranger's key.</summary>
public sealed class PinnedChainTests : IDisposable
{
    private readonly SigningKey _venue = SigningKey.FromSeed("venue"u8);
    private readonly SigningKey _stranger = SigningKey.FromSeed("stranger"u8);

    public void Dispose()
    {
        _venue.Dispose();
        _stranger.Dispose();
    }

    [Fact]
    public async Task Headers_that_continue_what_was_seen_are_taken_also_after_a_gap()
    {
        BlockHeader[] chain = Chain(2_500);
        var pinned = new PinnedChain();
        foreach (int at in (int[])[0, 1, 1, 2, 40, 2_499])
        {
            Assert.Null(await pinned.TakeAsync(chain[at], Seal(chain[at], _venue), Older(chain)));
        }
        Assert.Equal(2_500UL, pinned.Last!.Height);
    }

    [Theory]
    [InlineData("a shorter chain")]
    [InlineData("another block at the same height")]
    [InlineData("a fork that is longer")]
    [InlineData("a fork whose headers in between are the old ones")]
    [InlineData("headers withheld")]
    public async Task A_header_that_does_not_continue_what_was_seen_breaks_the_chain_for_good(string what)
    {
        BlockHeader[] seen = Chain(20);
        BlockHeader[] fork = [.. seen[..10], .. Chain(30, from: seen[9], time: 7)];
        var pinned = new PinnedChain();
        Assert.Null(await pinned.TakeAsync(seen[19], Seal(seen[19], _venue), Older(seen)));
        // In a later session, from what was kept.
        pinned = new PinnedChain(VenueHead.Parse(pinned.Last!.ToString()), pinned.Key!.Value.ToArray());
        BlockHeader next = what switch { "a shorter chain" => seen[18], "another block at the same height" => fork[19], _ => fork[35] };
        Func<ulong, int, Task<IReadOnlyList<BlockHeader>>> older = what switch
        {
            "headers withheld" => (_, _) => Task.FromResult<IReadOnlyList<BlockHeader>>([]),
            "a fork whose headers in between are the old ones" => Older([.. seen, .. fork[20..]]),
            _ => Older(fork),
        };
        string? reason = await pinned.TakeAsync(next, Seal(next, _venue), older);
        Assert.NotNull(reason);
        Assert.Equal(20UL, pinned.Last!.Height);
        // A venue that shows the old chain again does not make it good.
        Assert.Equal(reason, await pinned.TakeAsync(seen[19], Seal(seen[19], _venue), Older(seen)));
    }

    [Fact]
    public async Task A_header_by_a_stranger_or_by_nobody_is_refused_once_the_venues_key_is_known()
    {
        BlockHeader[] chain = Chain(3);
        async Task<string?> Second(HeaderSeal? seal)
        {
            var pinned = new PinnedChain();
            Assert.Null(await pinned.TakeAsync(chain[0], Seal(chain[0], _venue), Older(chain)));
            return await pinned.TakeAsync(chain[1], seal, Older(chain));
        }
        Assert.Null(await Second(Seal(chain[1], _venue)));
        Assert.Contains("another key", await Second(Seal(chain[1], _stranger)), StringComparison.Ordinal);
        Assert.Contains("not signed", await Second(null), StringComparison.Ordinal);
        Assert.Contains("not valid", await Second(Seal(chain[0], _venue)), StringComparison.Ordinal);
        Assert.Contains("not valid", await Second(Seal(chain[1], _stranger) with { PublicKey = _venue.PublicKey.ToBytes() }),
            StringComparison.Ordinal);
    }

    private static HeaderSeal Seal(BlockHeader header, SigningKey key) =>
        new(header.Height, 1, key.PublicKey.ToBytes(), key.SignMessage(HeaderSeal.Message(header.Hash())));

    private static Func<ulong, int, Task<IReadOnlyList<BlockHeader>>> Older(BlockHeader[] chain) =>
        (from, count) =>
            Task.FromResult<IReadOnlyList<BlockHeader>>([.. chain.Where(h => h.Height <= from).Reverse().Take(Math.Min(count, 700))]);

    private static BlockHeader[] Chain(int count, BlockHeader from = default, long time = 0)
    {
        var chain = new BlockHeader[count];
        BlockHeader last = from;
        for (int i = 0; i < count; i++)
        {
            last = new BlockHeader
            {
                Magic = BlockHeader.ExpectedMagic,
                Height = last.Height + 1,
                TimeNs = time,
                Previous = last.Height == 0 ? Hash256.Zero : last.Hash()
            };
            chain[i] = last;
        }
        return chain;
    }
}
