using System;
using System.Linq;
using System.Security.Cryptography;
using Surety.Core.Hashing;
using Surety.Core.Numerics;

namespace Surety.Core.Tests;

public class HashingTests
{
    [Fact]
    public void Sixteen_lanes_give_the_platforms_digests_for_every_number_and_length_of_pages()
    {
        var random = new SplitMix(7);
        foreach (int pageBytes in new[] { 64, 128, 512, 1024 })
        {
            byte[] buffer = Enumerable.Range(0, pageBytes * 40).Select(_ => (byte)random.Next()).ToArray();
            for (int count = 1; count <= 40; count += 3)
            {
                int[] pages = Enumerable.Range(0, count).Select(i => (i * 7) % 40).ToArray();
                var digests = new Hash256[40];
                Sha256Lanes.HashPages(buffer, pageBytes, 0xABCD, pages, digests);
                foreach (int page in pages)
                {
                    byte[] message =
                        [.. buffer.AsSpan(page * pageBytes, pageBytes), .. BitConverter.GetBytes(0xABCDu),
                            .. BitConverter.GetBytes((uint)page)];
                    Assert.Equal(new Hash256(SHA256.HashData(message)), digests[page]);
                    Assert.Equal(digests[page], Sha256Lanes.HashPage(buffer.AsSpan(page * pageBytes, pageBytes), 0xABCD, (uint)page));
                }
            }
        }
    }

    [Fact]
    public void Sixteen_lanes_give_the_platforms_digests_of_salted_pages_too()
    {
        var random = new SplitMix(17);
        foreach (int pageBytes in new[] { 64, 256, 3_136 })
        {
            byte[] buffer = Enumerable.Range(0, pageBytes * 40).Select(_ => (byte)random.Next()).ToArray();
            var salts = new byte[40 * PageSalts.SaltBytes];
            PageSalts.Write(Hash256.Of("secret"u8), 0xABCD, 0, salts);
            for (int count = 1; count <= 40; count += 3)
            {
                int[] pages = Enumerable.Range(0, count).Select(i => (i * 7) % 40).ToArray();
                var digests = new Hash256[40];
                Sha256Lanes.HashPages(buffer, pageBytes, 0xABCD, pages, digests, salts);
                foreach (int page in pages)
                {
                    byte[] salt = salts[(page * 16)..((page + 1) * 16)];
                    byte[] message =
                        [.. buffer.AsSpan(page * pageBytes, pageBytes), .. BitConverter.GetBytes(0xABCDu),
                            .. BitConverter.GetBytes((uint)page), .. salt];
                    Assert.Equal(new Hash256(SHA256.HashData(message)), digests[page]);
                    Assert.Equal(digests[page], Sha256Lanes.HashPage(buffer.AsSpan(page * pageBytes, pageBytes), 0xABCD, (uint)page, salt));
                }
            }
        }
    }

    [Fact]
    public void Salts_of_pages_are_halves_of_digests_and_do_not_depend_on_how_many_are_made_at_once()
    {
        Hash256 secret = Hash256.Of("venue"u8);
        foreach (int count in new[] { 1, 3, 16, 17, 50 })
        {
            var salts = new byte[count * PageSalts.SaltBytes];
            PageSalts.Write(secret, 7, 90, salts);
            for (int i = 0; i < count; i++)
            {
                byte[] message =
                    [.. Convert.FromHexString(secret.ToString()), .. "PAGE"u8, .. BitConverter.GetBytes(7),
                        .. BitConverter.GetBytes(90 + i)];
                Assert.Equal(SHA256.HashData(message)[..16], salts[(i * 16)..((i + 1) * 16)]);
            }
        }
    }

    [Fact]
    public void Pairs_give_the_platforms_digests()
    {
        Hash256[] children = Enumerable.Range(0, 80).Select(i => Hash256.Of([(byte)i])).ToArray();
        int[] parents = Enumerable.Range(0, 40).ToArray();
        var results = new Hash256[40];
        Sha256Lanes.HashPairs(children, parents, results);
        for (int i = 0; i < 40; i++)
        {
            Assert.Equal(Hash256.OfPair(children[2 * i], children[(2 * i) + 1]), results[i]);
        }
    }

    [Fact]
    public void A_page_that_is_not_whole_blocks_is_refused() =>
        Assert.Throws<ArgumentOutOfRangeException>(() => Sha256Lanes.HashPages(new byte[100], 100, 0, [0], new Hash256[1]));

    [Fact]
    public void The_incremental_tree_has_the_root_of_a_tree_built_anew_and_every_path_leads_to_it()
    {
        var random = new SplitMix(3);
        var tree = new MerkleTree();
        Hash256[] leaves = [];
        for (int step = 0; step < 60; step++)
        {
            int count = Math.Min(leaves.Length + (int)random.Below(9), 300);
            var changed = Enumerable.Range(leaves.Length, count - leaves.Length).ToHashSet();
            Array.Resize(ref leaves, count);
            for (int i = 0; i < 5 && count > 0; i++)
            {
                changed.Add((int)random.Below(count));
            }
            tree.Grow(count);
            foreach (int i in changed)
            {
                leaves[i] = Hash256.Of(BitConverter.GetBytes(random.Next()));
                tree.Leaves[i] = leaves[i];
            }
            tree.Update(changed.Order().ToArray());
            Assert.Equal(SlowRoot(leaves), tree.Root);
        }
        for (int i = 0; i < leaves.Length; i++)
        {
            Assert.Equal(tree.Root, MerkleTree.RootFrom(leaves[i], i, tree.Path(i)));
            Assert.NotEqual(tree.Root, MerkleTree.RootFrom(leaves[i], i ^ 1, tree.Path(i)));
        }
        tree.Clear();
        tree.Grow(1);
        tree.Leaves[0] = leaves[0];
        tree.Update([0]);
        Assert.Equal(leaves[0], tree.Root);
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
