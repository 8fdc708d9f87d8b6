using System;
using System.Linq;
using System.Runtime.InteropServices;
using Surety.Core.Hashing;
using Surety.Core.Numerics;
using Surety.Engine.State;
using Surety.Protocol.Blocks;
using Surety.Protocol.Rows;
using Surety.Replay.Proving;
using Surety.Scenarios;

namespace Surety.Proofs.Tests;

public class ProofTests
{
    private readonly TestVenue _venue = Traded();

    [Fact]
    public void An_accounts_state_is_proved_by_a_page_and_a_short_path()
    {
        PageProof proof = PageProof.Read(Prover.OfRow(_venue.Ledger, TableId.Accounts, (int)TestVenue.FirstTrader).ToBytes())!;
        Assert.Equal(ProofVerdict.Holds, proof.Check(_venue.Ledger.Last.Hash()));
        Account account = MemoryMarshal.Read<Account>(proof.Page.Span);
        Assert.Equal(_venue.State.Accounts[(int)TestVenue.FirstTrader].Balances[0], account.Balances[0]);
        Assert.InRange(proof.ToBytes().Length, 1, 2_048);
    }

    [Fact]
    public void Every_row_of_every_table_can_be_proved()
    {
        foreach (Table table in _venue.State.Tables)
        {
            for (int page = 0; page < table.PageCount; page++)
            {
                Assert.Equal(ProofVerdict.Holds,
                    Prover.OfRow(_venue.Ledger, table.Id, page * table.RowsPerPage).Check(_venue.Ledger.Last.Hash()));
            }
        }
    }

    [Fact]
    public void Every_event_and_every_command_can_be_proved_alone()
    {
        PagedLog events = _venue.Engine.Events.Log;
        for (int place = 0; place < events.Count; place++)
        {
            RecordProof proof = RecordProof.Read(Prover.OfEvent(_venue.Ledger, place).ToBytes())!;
            Assert.Equal(ProofVerdict.Holds, proof.Check(_venue.Ledger.Last.Hash()));
            Assert.True(new EventReader(proof.Record.Span).MoveNext());
        }
        Assert.Equal((ulong)_venue.Ledger.Commands.Count, _venue.Ledger.Last.CommandCount);
        for (int place = 0; place < _venue.Ledger.Commands.Count; place++)
        {
            Assert.Equal(ProofVerdict.Holds, Prover.OfCommand(_venue.Ledger, place).Check(_venue.Ledger.Last.Hash()));
        }
    }

    [Fact]
    public void A_proof_with_any_bit_changed_does_not_hold()
    {
        byte[] bytes =
            Prover.OfRow(_venue.Ledger, TableId.Positions, (int)TestVenue.FirstTrader * _venue.State.PositionsPerAccount).ToBytes();
        Hash256 block = _venue.Ledger.Last.Hash();
        for (int bit = 0; bit < bytes.Length * 8; bit++)
        {
            byte[] changed = [.. bytes];
            changed[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.False(PageProof.Read(changed)?.Check(block) == ProofVerdict.Holds, $"bit {bit}");
        }
    }

    [Fact]
    public void Random_and_truncated_bytes_are_no_proof()
    {
        byte[] bytes = Prover.OfRow(_venue.Ledger, TableId.Accounts, 0).ToBytes();
        byte[] record = Prover.OfEvent(_venue.Ledger, 0).ToBytes();
        for (int length = 0; length < bytes.Length; length++)
        {
            Assert.Null(PageProof.Read(bytes.AsSpan(0, length)));
            Assert.Null(RecordProof.Read(bytes.AsSpan(0, length)));
            Assert.Null(length < record.Length ? RecordProof.Read(record.AsSpan(0, length)) : null);
        }
        var random = new SplitMix(1);
        Assert.Null(PageProof.Read(Enumerable.Range(0, 2_000).Select(_ => (byte)random.Next()).ToArray()));
    }

    [Fact]
    public void The_verifier_does_not_contain_the_engine() =>
        Assert.DoesNotContain(typeof(PageProof).Assembly.GetReferencedAssemblies(),
            a => a.Name is "Surety.Engine" or "Surety.Journal" or "Surety.Node");

    [Fact]
    public void The_bytes_of_a_proof_are_frozen() =>
        Golden.Check("proof.hex",
            Convert.ToHexStringLower(Prover.OfRow(_venue.Ledger, TableId.Accounts, 2).ToBytes()) + "\n"
            + Convert.ToHexStringLower(Prover.OfCommand(_venue.Ledger, 2).ToBytes()) + "\n");

    private static TestVenue Traded()
    {
        var venue = new TestVenue();
        for (int i = 0; i < 40; i++)
        {
            venue.Trade(TestVenue.FirstTrader, TestVenue.FirstTrader + 1, 8_000 + i, 10);
            venue.Placed(TestVenue.FirstTrader + 2, TestVenue.Limit(Side.Buy, 7_000 + i, 3));
        }
        venue.Ledger.SealNow();
        return venue;
    }
}
