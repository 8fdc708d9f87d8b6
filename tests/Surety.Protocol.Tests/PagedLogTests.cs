using System;
using System.Linq;
using Surety.Core.Hashing;
using Surety.Core.Numerics;
using Surety.Protocol.Blocks;

namespace Surety.Protocol.Tests;

public class PagedLogTests
{
    [Fact]
    public void A_record_never_straddles_two_pages_and_the_root_covers_all_of_them()
    {
        var log = new PagedLog(5, 1);
        var random = new SplitMix(9);
        for (int round = 0; round < 3; round++)
        {
            Hash256 secret = Hash256.Of(BitConverter.GetBytes(round));
            log.Begin(secret);
            // More than one chunk, and not a whole number of groups.
            int records = round == 1 ? 2_048 : 2_400 + (7 * round);
            for (int i = 0; i < records; i++)
            {
                int size = 8 * (2 + (int)random.Below(100));
                int before = log.Length;
                log.Append(Enumerable.Repeat((byte)(i + 1), size).ToArray());
                int start = log.Length - size;
                Assert.Equal(start / PagedLog.PageBytes, (log.Length - 1) / PagedLog.PageBytes);
                Assert.True(start == before || log.Bytes[before..start].IndexOfAnyExcept((byte)0) < 0);
                log.HashAhead();
            }
            Hash256 root = log.Seal();
            Hash256[] leaves =
                [.. Enumerable.Range(0, log.Count).Chunk(16)
                    .Select((places, g) => Sha256Lanes.HashPage(SlowGroup(log, secret, places), 5, (uint)g))];
            Assert.Equal(SlowRoot(leaves), root);
            Assert.Equal(root, MerkleTree.RootFrom(leaves[^1], leaves.Length - 1, log.Path(log.Count - 1)));
            log.Clear();
            Assert.Equal(Hash256.Zero, log.Seal());
        }
    }

    private static byte[] SlowGroup(PagedLog log, Hash256 secret, int[] places)
    {
        var group = new byte[16 * Hash256.Size];
        foreach (int place in places)
        {
            var salt = new byte[RecordSalts.SaltBytes];
            RecordSalts.Write(secret, 5, (uint)place, salt);
            RecordSalts.Commit(salt, (uint)place, log.Record(place)).CopyTo(group.AsSpan(place % 16 * Hash256.Size));
        }
        return group;
    }

    private static Hash256 SlowRoot(Hash256[] leaves)
    {
        if (leaves.Length == 0)
        {
            return Hash256.Zero;
        }
        int size = 1;
        while (size < leaves.Length)
        {
            size *= 2;
        }
        var level = new Hash256[size];
        leaves.CopyTo(level, 0);
        for (; level.Length > 1;
            level = Enumerable.Range(0, level.Length / 2).Select(i => Hash256.OfPair(level[2 * i], level[(2 * i) + 1])).ToArray())
        {
        }
        return level[0];
    }
}
