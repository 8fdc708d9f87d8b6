using System;
using System.Collections.Generic;
using System.Linq;
using System.Runtime.InteropServices;
using Surety.Core.Hashing;
using Surety.Core.Numerics;
using Surety.Engine.Blocks;
using Surety.Engine.State;
using Surety.Node.Proving;
using Surety.Protocol.Blocks;
using Surety.Protocol.Commands;
using Surety.Protocol.Events;
using Surety.Protocol.Rows;
using Surety.Replay.Proving;
using Surety.Scenarios;

namespace Surety.Proofs.Tests;

/// <summary>A receipt shows one record, and nothing of its neighbours.</summary>
public class RecordProofTests
{
    private readonly TestVenue _venue = Traded();

    private Ledger Ledger => _venue.Ledger;

    [Fact]
    public void A_receipt_holds_no_byte_sequence_of_any_other_record_of_its_block()
    {
        var random = new SplitMix(8);
        var log = new PagedLog(PagedLog.CommandContext, 1);
        log.Begin(Hash256.Of("secret"u8));
        for (int i = 0; i < 40; i++)
        {
            log.Append(Enumerable.Range(0, 8 * (6 + (int)random.Below(9))).Select(_ => (byte)random.Next()).ToArray());
        }
        var header = new BlockHeader { Magic = BlockHeader.ExpectedMagic, CommandCount = 40, CommandsRoot = log.Seal() };
        for (int place = 0; place < log.Count; place++)
        {
            byte[] bytes = Prover.OfLog(in header, log, ProvenRoot.Commands, place).ToBytes();
            for (int other = 0; other < log.Count; other++)
            {
                ReadOnlySpan<byte> neighbour = log.Record(other);
                for (int at = 0; other != place && at + 8 <= neighbour.Length; at++)
                {
                    Assert.True(bytes.AsSpan().IndexOf(neighbour.Slice(at, 8)) < 0,
                        $"command {other} byte {at} stands in the receipt of command {place}");
                }
            }
        }
        // And of a block as the engine makes it: nothing of what a neighbour's account has signed.
        for (int place = 0; place < Ledger.Commands.Count; place++)
        {
            byte[] bytes = Prover.OfCommand(Ledger, place).ToBytes();
            for (int other = 0; other < Ledger.Commands.Count; other++)
            {
                bool isThere = bytes.AsSpan().IndexOf(Ledger.Commands.Record(other)[CommandHeader.StampSize..]) >= 0;
                Assert.Equal(place == other, isThere);
            }
        }
    }

    [Fact]
    public void Who_knows_all_of_a_neighbour_but_its_salt_cannot_confirm_it()
    {
        const int Own = 3, Other = 4;
        RecordProof proof = Prover.OfCommand(Ledger, Own);
        byte[] neighbour = Ledger.Commands.Record(Other).ToArray();
        Hash256 commitment = proof.Others.Span[Other - 1];
        var salt = new byte[RecordSalts.SaltBytes];
        RecordSalts.Write(Ledger.Secret, PagedLog.CommandContext, Other, salt);
        Assert.Equal(commitment, RecordSalts.Commit(salt, Other, neighbour));
        // What an attacker can try: no salt, the salt that he was given, what can be computed from it, and no commitment at all.
        byte[] given = proof.Salt.ToArray();
        byte[][] tried =
            [new byte[16], given, Hash256Bytes(Hash256.Of(given))[..16], Hash256Bytes(Hash256.Of(given))[16..],
                [.. given.Select(b => (byte)~b)]];
        Assert.All(tried, t => Assert.NotEqual(commitment, RecordSalts.Commit(t, Other, neighbour)));
        Assert.NotEqual(commitment, Hash256.Of(neighbour));
        // The salts of a pair come from one digest, and neither half is the other.
        RecordSalts.Write(Ledger.Secret, PagedLog.CommandContext, 2, salt);
        Assert.NotEqual(given, salt);
    }

    [Fact]
    public void Two_equal_records_have_different_commitments_at_different_places_and_in_different_blocks()
    {
        var seen = new HashSet<Hash256>();
        foreach (ulong height in (ulong[])[1, 2])
        {
            var log = new PagedLog(PagedLog.EventContext, 1);
            log.Begin(RecordSalts.SimulatedSecret(Hash256.Of("venue"u8), height));
            for (int i = 0; i < 40; i++)
            {
                log.Append(new byte[64]);
            }
            log.Seal();
            Assert.True(log.Group(0).ToArray().Concat(log.Group(16).ToArray()).All(seen.Add));
        }
    }

    [Fact]
    public void A_swapped_salt_record_place_or_log_is_refused()
    {
        Hash256 block = Ledger.Last.Hash();
        RecordProof a = Prover.OfCommand(Ledger, 5), b = Prover.OfCommand(Ledger, 6);
        RecordProof With(ReadOnlyMemory<byte>? salt = null, ReadOnlyMemory<byte>? record = null, uint? place = null,
            ProvenRoot root = ProvenRoot.Commands) => new()
            {
                Header = a.Header,
                Root = root,
                Place = place ?? a.Place,
                Salt = salt ?? a.Salt,
                Record = record ?? a.Record,
                Others = a.Others,
                Path = a.Path,
            };
        Assert.Equal(ProofVerdict.Holds, With().Check(block));
        Assert.Equal(ProofVerdict.WrongPath, With(salt: b.Salt).Check(block));
        Assert.Equal(ProofVerdict.WrongPath, With(record: b.Record).Check(block));
        Assert.Equal(ProofVerdict.WrongPath, With(salt: b.Salt, record: b.Record).Check(block));
        Assert.Equal(ProofVerdict.WrongPath, With(place: b.Place).Check(block));
        Assert.Equal(ProofVerdict.WrongPath, With(place: a.Place + 16).Check(block));
        Assert.Equal(ProofVerdict.WrongPath, With(root: ProvenRoot.Events).Check(block));
        Assert.Equal(ProofVerdict.WrongBlock, With().Check(Ledger.Last.Previous));
        // A record cut short or padded cannot stand for another: the length is part of what is hashed.
        Assert.Equal(ProofVerdict.WrongPath, With(record: a.Record[..^8]).Check(block));
        Assert.Equal(ProofVerdict.WrongPath, With(record: (byte[])[.. a.Record.ToArray(), .. new byte[8]]).Check(block));
    }

    [Fact]
    public void Every_bit_of_a_small_proof_counts()
    {
        byte[] bytes = Prover.OfCommand(Ledger, 1).ToBytes();
        Hash256 block = Ledger.Last.Hash();
        Assert.Equal(ProofVerdict.Holds, RecordProof.Read(bytes)!.Check(block));
        for (int bit = 0; bit < bytes.Length * 8; bit++)
        {
            byte[] changed = [.. bytes];
            changed[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.False(RecordProof.Read(changed)?.Check(block) == ProofVerdict.Holds, $"bit {bit}");
        }
    }

    [Fact]
    public void Random_blocks_prove_every_record()
    {
        var random = new SplitMix(5);
        for (int block = 0; block < 40; block++)
        {
            var log = new PagedLog(PagedLog.EventContext, 1);
            Hash256 secret = Hash256.Of(BitConverter.GetBytes(random.Next()));
            log.Begin(secret);
            int count = 1 + (int)random.Below(block < 30 ? 70 : 4_500);
            for (int i = 0; i < count; i++)
            {
                log.Append(Enumerable.Range(0, 8 * (2 + (int)random.Below(127))).Select(_ => (byte)random.Next()).ToArray());
                log.HashAhead();
            }
            var header = new BlockHeader { Magic = BlockHeader.ExpectedMagic, EventCount = (ulong)count, EventsRoot = log.Seal() };
            for (int i = 0; i < 30; i++)
            {
                int place = i == 0 ? count - 1 : (int)random.Below(count);
                RecordProof proof = RecordProof.Read(Prover.OfLog(in header, log, ProvenRoot.Events, place).ToBytes())!;
                Assert.Equal(ProofVerdict.Holds, proof.Check(header.Hash()));
                Assert.True(proof.Record.Span.SequenceEqual(log.Record(place)));
            }
        }
    }

    [Fact]
    public void A_stored_block_proves_what_the_ledger_proves()
    {
        var stored = new StoredBlock(Ledger.Last, Ledger.Commands.Bytes.ToArray(), Ledger.Engine.Events.Log.Bytes.ToArray(), Ledger.Secret);
        for (ulong sequence = Ledger.Last.FirstSequence; sequence <= stored.LastSequence; sequence++)
        {
            Assert.Equal(Prover.OfCommand(Ledger, (int)(sequence - Ledger.Last.FirstSequence)).ToBytes(),
                stored.ProveCommand(stored.FindCommand(sequence)).ToBytes());
        }
        int at = stored.FindEvent((kind, _) => kind == EventKind.Trade);
        RecordProof trade = stored.ProveEvent(at);
        Assert.Equal(ProofVerdict.Holds, trade.Check(Ledger.Last.Hash()));
        Assert.Equal(Prover.OfEvent(Ledger, (int)trade.Place).ToBytes(), trade.ToBytes());
    }

    [Fact]
    public void A_margin_calls_neighbours_and_an_accounts_neighbours_are_not_proved_to_clients()
    {
        foreach (Table table in _venue.State.Tables.Where(t => t.Id is not (TableId.Accounts or TableId.Positions)))
        {
            Assert.Throws<ArgumentException>(() => Prover.ForClient(Ledger, table.Id, TestVenue.FirstTrader));
        }
        Assert.Equal(1, _venue.State.Tables.Single(t => t.Id == TableId.Accounts).RowsPerPage);
        Assert.Equal(_venue.State.PositionsPerAccount, _venue.State.Tables.Single(t => t.Id == TableId.Positions).RowsPerPage);
        Assert.Equal((uint)TestVenue.FirstTrader, Prover.ForClient(Ledger, TableId.Positions, TestVenue.FirstTrader).PageIndex);
    }

    [Fact]
    public void The_signature_of_a_header_covers_every_byte_of_it_and_nothing_else()
    {
        using var key = Surety.Replay.Signing.SigningKey.FromSeed("venue"u8);
        byte[] header = Ledger.Last.ToBytes();
        var seal =
            HeaderSeal.Read(new HeaderSeal(1, 7, key.PublicKey.ToBytes(), key.SignMessage(HeaderSeal.Message(Ledger.Last.Hash())))
                .ToBytes())!;
        Assert.True(seal.Covers(Ledger.Last.Hash()));
        for (int at = 0; at < header.Length; at += 5)
        {
            byte[] changed = [.. header];
            changed[at] ^= 1;
            Assert.False(seal.Covers(Hash256.Of(changed)));
        }
        Assert.False((seal with { Signature = new byte[64] }).Covers(Ledger.Last.Hash()));
        Assert.False((seal with { PublicKey = new byte[64] }).Covers(Ledger.Last.Hash()));
        // A signature over the bare hash, or over a command, is none over the header.
        Assert.False((seal with { Signature = key.SignMessage(Hash256Bytes(Ledger.Last.Hash())) }).Covers(Ledger.Last.Hash()));
    }

    private static byte[] Hash256Bytes(Hash256 hash) => MemoryMarshal.AsBytes([hash]).ToArray();

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
