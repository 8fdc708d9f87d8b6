using System;
using System.Collections.Generic;
using System.Linq;
using Surety.Core.Hashing;
using Surety.Engine.Indexes;
using Surety.Engine.State;
using Surety.Protocol;
using Surety.Protocol.Blocks;
using Surety.Protocol.Rows;
using Surety.Replay.Proving;
using Surety.Scenarios;

namespace Surety.Proofs.Tests;

/// <summary>An account's proof shows its own pages, and nothing of its neighbours' by which a guess could be checked.</summary>
public class PageSaltTests
{
    private const uint Own = TestVenue.FirstTrader;
    private readonly TestVenue _venue = Traded();

    [Fact]
    public void Who_knows_all_of_the_neighbouring_account_but_its_salt_cannot_confirm_it()
    {
        PageProof[] mine =
            [Prover.ForClient(_venue.Ledger, TableId.Accounts, Own), Prover.ForClient(_venue.Ledger, TableId.Positions, Own)];
        foreach (PageProof proof in mine)
        {
            Table table = _venue.State.Tables.Single(t => (uint)t.Id == proof.Table);
            // The first hash on the path is that of the neighbour's page, all of whose content the attacker has.
            uint neighbour = proof.PageIndex ^ 1;
            byte[] page = table.Pages.Slice((int)neighbour * table.PageBytes, table.PageBytes).ToArray();
            Hash256 shown = proof.Path.Span[0];
            Assert.Equal(shown, Sha256Lanes.HashPage(page, proof.Table, neighbour, table.Salt((int)neighbour)));
            // What can be tried: no salt, salts that were given, what can be computed from them, and the venue's public hashes as a secret.
            Assert.All(Tried(mine), salt => Assert.NotEqual(shown, Sha256Lanes.HashPage(page, proof.Table, neighbour, salt)));
            Hash256[] known = [_venue.State.GenesisHash, proof.Header.Hash(), proof.Header.StateRoot, Hash256.Zero];
            Assert.All(known,
                secret =>
                Assert.NotEqual(shown, Sha256Lanes.HashPage(page, proof.Table, neighbour, SaltOf(secret, proof.Table, neighbour))));
        }
    }

    [Fact]
    public void No_proof_holds_the_salt_of_another_page()
    {
        byte[] bytes = Prover.ForClient(_venue.Ledger, TableId.Accounts, Own).ToBytes();
        foreach (Table table in _venue.State.Tables)
        {
            for (int page = 0; page < table.PageCount; page++)
            {
                bool isShown = table.Id == TableId.Accounts && page == Own;
                Assert.Equal(isShown, bytes.AsSpan().IndexOf(table.Salt(page)) >= 0);
            }
        }
    }

    [Fact]
    public void Two_venues_with_the_same_state_and_different_secrets_share_no_hash()
    {
        VenueState same = Restored(GenesisRecord.Simulated(_venue.State.Genesis)),
            other = Restored(new GenesisRecord(_venue.State.Genesis, Hash256.Of("another secret"u8)));
        Assert.Equal(_venue.Ledger.Last.StateRoot, same.UpdateRoot());
        Assert.NotEqual(_venue.Ledger.Last.StateRoot, other.UpdateRoot());
        foreach ((Table a, Table b) in _venue.State.Tables.Zip(other.Tables).Where(t => t.First.PageCount > 0))
        {
            Assert.True(a.Pages.SequenceEqual(b.Pages));
            Assert.NotEqual(a.UpdateRoot(), b.UpdateRoot());
            for (int page = 0; page < a.PageCount; page++)
            {
                Assert.False(a.Salt(page).SequenceEqual(b.Salt(page)));
                // Only the hash of what was never used is the same everywhere.
                Assert.All(a.Path(page).Zip(b.Path(page)).Where(s => s.First == s.Second), s => Assert.True(IsUnused(s.First)));
            }
        }
    }

    [Fact]
    public void Every_page_of_a_venue_has_a_salt_of_its_own_that_stays_when_more_are_used()
    {
        var seen = new HashSet<string>();
        foreach (Table table in _venue.State.Tables)
        {
            for (int page = 0; page < table.PageCount; page++)
            {
                Assert.True(seen.Add(Convert.ToHexString(table.Salt(page))), $"{table.Id} page {page}");
            }
        }
        string before = Convert.ToHexString(_venue.State.Accounts.Salt((int)Own));
        _venue.State.Accounts.Write(_venue.State.Accounts.Capacity - 1);
        _venue.State.UpdateRoot();
        Assert.Equal(before, Convert.ToHexString(_venue.State.Accounts.Salt((int)Own)));
        Assert.True(seen.Add(Convert.ToHexString(_venue.State.Accounts.Salt(_venue.State.Accounts.PageCount - 1))));
    }

    [Fact]
    public void A_proof_with_another_salt_is_refused()
    {
        Hash256 block = _venue.Ledger.Last.Hash();
        PageProof proof = Prover.ForClient(_venue.Ledger, TableId.Accounts, Own);
        PageProof With(ReadOnlyMemory<byte> salt, ReadOnlyMemory<byte>? page = null) => new()
        {
            Header = proof.Header,
            Table = proof.Table,
            PageIndex = proof.PageIndex,
            Salt = salt,
            Page = page ?? proof.Page,
            Path = proof.Path,
            Directory = proof.Directory,
        };
        Assert.Equal(ProofVerdict.Holds, With(proof.Salt).Check(block));
        Assert.All(Tried([Prover.ForClient(_venue.Ledger, TableId.Positions, Own)]),
            salt => Assert.Equal(ProofVerdict.WrongPath, With(salt).Check(block)));
        Assert.Equal(ProofVerdict.WrongPath, With(_venue.State.Accounts.Salt((int)Own ^ 1).ToArray()).Check(block));
        // No byte passes from page to salt or the other way round.
        byte[] all =
            [.. proof.Page.ToArray(), .. BitConverter.GetBytes(proof.Table), .. BitConverter.GetBytes(proof.PageIndex),
                .. proof.Salt.ToArray()];
        Assert.Equal(ProofVerdict.WrongPath, With(default).Check(block));
        Assert.Equal(ProofVerdict.WrongPath, With(all.AsMemory(proof.Page.Length - 64)).Check(block));
        Assert.Equal(ProofVerdict.WrongPath, With(proof.Salt, all.AsMemory(0, proof.Page.Length - 64)).Check(block));
    }

    [Fact]
    public void Proofs_of_the_version_without_salts_are_not_read()
    {
        byte[] bytes = Prover.ForClient(_venue.Ledger, TableId.Accounts, Own).ToBytes();
        Assert.NotNull(PageProof.Read(bytes));
        bytes[4] = 2;
        Assert.Null(PageProof.Read(bytes));
        byte[] header = _venue.Ledger.Last.ToBytes();
        header[4] = 2;
        Assert.False(BlockHeader.TryRead(header, out _));
    }

    private static byte[] SaltOf(Hash256 secret, uint table, uint page)
    {
        var salt = new byte[PageSalts.SaltBytes];
        PageSalts.Write(secret, table, (int)page, salt);
        return salt;
    }

    private static List<byte[]> Tried(PageProof[] given)
    {
        List<byte[]> tried = [[], new byte[16]];
        foreach (PageProof proof in given)
        {
            byte[] digest = Convert.FromHexString(Hash256.Of(proof.Salt.Span).ToString());
            tried.AddRange([proof.Salt.ToArray(), digest[..16], digest[16..], [.. proof.Salt.ToArray().Select(b => (byte)~b)]]);
        }
        return tried;
    }

    private static bool IsUnused(Hash256 hash)
    {
        Hash256 empty = Hash256.Zero;
        for (int level = 0; level <= MerkleTree.MaxDepth; level++)
        {
            if (hash == empty)
            {
                return true;
            }
            empty = Hash256.OfPair(empty, empty);
        }
        return false;
    }

    private VenueState Restored(GenesisRecord genesisRecord)
    {
        var state = new IndexedState(genesisRecord);
        state.Restore(id => _venue.State.Tables.Single(t => t.Id == id).Pages);
        return state;
    }

    private static TestVenue Traded()
    {
        var venue = new TestVenue();
        for (int i = 0; i < 10; i++)
        {
            venue.Trade(TestVenue.FirstTrader, TestVenue.FirstTrader + 1, 8_000 + i, 10);
            venue.Placed(TestVenue.FirstTrader + 2, TestVenue.Limit(Side.Buy, 7_000 + i, 3));
        }
        venue.Ledger.SealNow();
        return venue;
    }
}
