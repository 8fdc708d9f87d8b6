using System;
using System.Collections.Generic;
using System.Linq;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Surety.Core.Hashing;
using Surety.Core.Numerics;
using Surety.Node.Proving;
using Surety.Protocol.Blocks;
using Surety.Protocol.Events;
using Surety.Replay.Proving;
using Surety.Scenarios;

namespace Surety.Proofs.Tests;

/// <summary>An event between two accounts is proved to each of them without the other's account, order and fee.</summary>
public class RecordSidesTests
{
    private const ShownSides First = ShownSides.Divided | ShownSides.First, Second = ShownSides.Divided | ShownSides.Second,
        Both = First | Second;

    private static readonly Trade Example = new()
    {
        Header = new EventHeader { Kind = EventKind.Trade, Length = 80, Account = 0x0A1B2C3D, Sequence = 77 },
        TradeId = 5,
        PriceTicks = 8_000,
        Lots = 10,
        TakerOrder = 0x1122334455667788,
        MakerOrder = 0x99AABBCCDDEEFF01,
        TakerFeeAtoms = 0x0102030405060708,
        MakerFeeAtoms = -0x0807060504030201,
        MakerAccount = 0x4E5F6071,
        Market = 3,
    };

    [Fact]
    public void Events_are_divided_as_they_are_laid_out_and_every_event_that_names_another_account_is()
    {
        Assert.Equal(["Header.Account", "MakerAccount", "MakerFeeAtoms", "MakerOrder", "TakerFeeAtoms", "TakerOrder"],
            Sides<Trade>(EventKind.Trade).Order());
        Assert.Equal(["MakerAccount", "MakerFeeAtoms", "MakerOrder"], Sides<Trade>(EventKind.Trade, side: 1).Order());
        Assert.Equal(["Counterparty"], Sides<BalanceChanged>(EventKind.BalanceChanged, side: 1));
        Assert.Equal(["FromAccount"], Sides<PositionTransferred>(EventKind.PositionTransferred, side: 1));
        Assert.Equal(["FromAccount"], Sides<LossShared>(EventKind.LossShared, side: 1));
        Assert.Equal(["FromAccount"], Sides<CollateralSold>(EventKind.CollateralSold, side: 1));
        Assert.Equal(["FromAccount"], Sides<BackstopTook>(EventKind.BackstopTook, side: 1));
        foreach (Type type in typeof(Trade).Assembly.GetTypes()
            .Where(t => t.Namespace == typeof(Trade).Namespace && t.GetField("Header")?.FieldType == typeof(EventHeader)))
        {
            if (type.GetFields().Any(f => f.Name.EndsWith("Account", StringComparison.Ordinal) || f.Name == "Counterparty"))
            {
                var record = new byte[Marshal.SizeOf(type)];
                ref EventHeader header = ref MemoryMarshal.AsRef<EventHeader>(record.AsSpan());
                header.Kind = Enum.Parse<EventKind>(type.Name);
                RecordSides? sides = RecordSides.Of(PagedLog.EventContext, record);
                Assert.True(sides is not null && sides.BytesOf(0)[0] == (4, 4), type.Name);
                Assert.Null(RecordSides.Of(PagedLog.CommandContext, record));
                FieldInfo second =
                    type.GetFields().Single(f => f.Name.EndsWith("Account", StringComparison.Ordinal) || f.Name == "Counterparty");
                header.Account = 0x0A0B0C0D;
                BitConverter.TryWriteBytes(record.AsSpan((int)Marshal.OffsetOf(type, second.Name)), 0x01020304u);
                Assert.Equal((0x0A0B0C0Du, 0x01020304u), (sides!.AccountOf(0, record), sides.AccountOf(1, record)));
            }
        }
    }

    [Fact]
    public void A_trades_receipt_to_one_side_holds_no_byte_of_the_others_account_order_or_fee()
    {
        (PagedLog log, BlockHeader header) = Log();
        byte[][] taker =
            [BitConverter.GetBytes(Example.Header.Account), BitConverter.GetBytes(Example.TakerOrder),
                BitConverter.GetBytes(Example.TakerFeeAtoms)];
        byte[][] maker =
            [BitConverter.GetBytes(Example.MakerAccount), BitConverter.GetBytes(Example.MakerOrder),
                BitConverter.GetBytes(Example.MakerFeeAtoms)];
        foreach ((ShownSides shown, byte[][] there, byte[][] hidden) in ((ShownSides, byte[][], byte[][])[])
            [(ShownSides.First, taker, maker), (ShownSides.Second, maker, taker), (ShownSides.None, [], [.. taker, .. maker]),
                (Both, [.. taker, .. maker], [])])
        {
            RecordProof proof = Prover.OfLog(in header, log, ProvenRoot.Events, 5, shown);
            byte[] bytes = proof.ToBytes();
            Assert.All(there, field => Assert.True(bytes.AsSpan().IndexOf(field) > 0));
            // Not even the four bytes of the account or half of a number.
            Assert.All(hidden,
                field => Assert.True(bytes.AsSpan().IndexOf(field.AsSpan(0, 4)) < 0
                && bytes.AsSpan().IndexOf(field.AsSpan(field.Length - 4)) < 0));
            Assert.Equal(ProofVerdict.Holds, RecordProof.Read(bytes)!.Check(header.Hash()));
            Trade shownTrade = MemoryMarshal.Read<Trade>(proof.Record.Span);
            Assert.Equal((Example.TradeId, Example.PriceTicks, Example.Lots, Example.Market, 77UL),
                (shownTrade.TradeId, shownTrade.PriceTicks, shownTrade.Lots, shownTrade.Market, shownTrade.Header.Sequence));
        }
    }

    [Fact]
    public void Who_knows_all_of_the_other_side_but_its_salt_cannot_confirm_it()
    {
        (PagedLog log, BlockHeader header) = Log();
        RecordProof proof = Prover.OfLog(in header, log, ProvenRoot.Events, 5, ShownSides.Second);
        RecordSides sides = RecordSides.Of(PagedLog.EventContext, log.Record(5))!;
        var taker = new Hash256(proof.Salt.Span);
        var salts = new byte[32];
        RecordSides.WriteSalts(log.Secret, 5, salts);
        Assert.Equal(taker, sides.CommitSide(salts.AsSpan(0, 16), 5, 0, log.Record(5)));
        byte[] given = proof.SecondSalt.ToArray();
        byte[] digest = Convert.FromHexString(Hash256.Of(given).ToString());
        foreach (byte[] salt in (byte[][])[new byte[16], given, digest[..16], digest[16..], [.. given.Select(b => (byte)~b)]])
        {
            Assert.NotEqual(taker, sides.CommitSide(salt, 5, 0, log.Record(5)));
        }
        // A stranger, who has the commitment in a neighbour's receipt and all of the trade, cannot confirm it either.
        Hash256 whole = Prover.OfLog(in header, log, ProvenRoot.Events, 6).Others.Span[5];
        Assert.Equal(whole, sides.Commit(taker, sides.CommitSide(given, 5, 1, log.Record(5)), 5, log.Record(5)));
        byte[] none = new byte[16];
        Assert.NotEqual(whole, RecordSalts.Commit(none, 5, log.Record(5)));
        Assert.NotEqual(whole,
            sides.Commit(sides.CommitSide(none, 5, 0, log.Record(5)), sides.CommitSide(none, 5, 1, log.Record(5)), 5, log.Record(5)));
    }

    [Fact]
    public void A_swapped_or_dropped_side_is_refused()
    {
        (PagedLog log, BlockHeader header) = Log();
        Hash256 block = header.Hash();
        BlockHeader copy = header;
        RecordProof maker = Prover.OfLog(in header, log, ProvenRoot.Events, 5, ShownSides.Second),
            taker = Prover.OfLog(in header, log, ProvenRoot.Events, 5, ShownSides.First);
        RecordProof other = Prover.OfLog(in header, log, ProvenRoot.Events, 21, ShownSides.Second),
            both = Prover.OfLog(in header, log, ProvenRoot.Events, 5, Both);
        RecordProof With(RecordProof from, ReadOnlyMemory<byte>? first = null, ReadOnlyMemory<byte>? second = null,
            ShownSides? shown = null, byte[]? record = null) => new()
            {
                Header = copy,
                Root = from.Root,
                Shown = shown ?? from.Shown,
                Place = from.Place,
                Salt = first ?? from.Salt,
                SecondSalt = second ?? from.SecondSalt,
                Record = record ?? from.Record,
                Others = from.Others,
                Path = from.Path,
            };
        Assert.All((RecordProof[])[With(maker), With(taker), With(both)], p => Assert.Equal(ProofVerdict.Holds, p.Check(block)));
        RecordProof[] refused =
        [
            With(maker, first: maker.SecondSalt, second: maker.Salt),
            With(maker, first: maker.SecondSalt, second: maker.Salt, shown: First),
            With(both, first: both.SecondSalt, second: both.Salt), With(maker, first: other.Salt), With(maker, second: other.SecondSalt),
            With(maker, first: new byte[32]), With(maker, first: ReadOnlyMemory<byte>.Empty),
            With(maker, second: ReadOnlyMemory<byte>.Empty),
            With(maker, second: ReadOnlyMemory<byte>.Empty, shown: ShownSides.None),
            With(both, second: ReadOnlyMemory<byte>.Empty, shown: ShownSides.None),
            With(maker, shown: First), With(maker, shown: Both), With(maker, shown: ShownSides.Divided), With(taker, shown: Second),
            With(both, shown: Second),
            // The other side's content, true or not, is not accepted without its salt.
            With(maker, record: log.Record(5).ToArray()), With(maker, record: taker.Record.ToArray()),
                With(maker, record: other.Record.ToArray()),
        ];
        Assert.All(refused, p => Assert.Equal(ProofVerdict.WrongPath, p.Check(block)));
        Assert.All(refused,
            p => Assert.NotEqual(ProofVerdict.Holds, RecordProof.Read(p.ToBytes())?.Check(block) ?? ProofVerdict.WrongPath));
        // A side of one account's cannot be passed off as another's.
        byte[] changed = maker.Record.ToArray();
        MemoryMarshal.AsRef<Trade>(changed.AsSpan()).MakerAccount ^= 1;
        Assert.Equal(ProofVerdict.WrongPath, With(maker, record: changed).Check(block));
    }

    [Fact]
    public void Every_bit_of_a_receipt_counts_whatever_it_shows()
    {
        (PagedLog log, BlockHeader header) = Log();
        Hash256 block = header.Hash();
        foreach (ShownSides shown in (ShownSides[])[ShownSides.None, ShownSides.First, ShownSides.Second, Both])
        {
            byte[] bytes = Prover.OfLog(in header, log, ProvenRoot.Events, 5, shown).ToBytes();
            for (int bit = 0; bit < bytes.Length * 8; bit++)
            {
                byte[] changed = [.. bytes];
                changed[bit / 8] ^= (byte)(1 << (bit % 8));
                Assert.False(RecordProof.Read(changed)?.Check(block) == ProofVerdict.Holds, $"{shown} bit {bit}");
            }
        }
    }

    [Fact]
    public void Blocks_of_divided_and_whole_events_in_any_mixture_prove_every_record()
    {
        var random = new SplitMix(11);
        // Every divided event; then a trade of another length and events that are not divided.
        (ushort Kind, int Length)[] kinds =
        [
            .. RecordSides.All.Select(s => (s.Kind, s.Length)), ((ushort)EventKind.Trade, Unsafe.SizeOf<Trade>() + 8),
            ((ushort)EventKind.OrderPlaced, Unsafe.SizeOf<OrderPlaced>()),
            ((ushort)EventKind.CommandRefused, Unsafe.SizeOf<CommandRefused>()),
        ];
        for (int block = 0; block < 30; block++)
        {
            var log = new PagedLog(PagedLog.EventContext, 1);
            log.Begin(Hash256.Of(BitConverter.GetBytes(random.Next())));
            int count = 1 + (int)random.Below(block < 25 ? 70 : 4_500);
            for (int i = 0; i < count; i++)
            {
                (ushort kind, int length) = kinds[(int)random.Below(kinds.Length)];
                byte[] record = Enumerable.Range(0, length).Select(_ => (byte)random.Next()).ToArray();
                BitConverter.TryWriteBytes(record, kind);
                log.Append(record);
                log.HashAhead();
            }
            var header = new BlockHeader { Magic = BlockHeader.ExpectedMagic, EventCount = (ulong)count, EventsRoot = log.Seal() };
            for (int i = 0; i < 40; i++)
            {
                int place = i == 0 ? count - 1 : (int)random.Below(count);
                RecordProof proof =
                    RecordProof.Read(Prover.OfLog(in header, log, ProvenRoot.Events, place, (ShownSides)random.Below(4)).ToBytes())!;
                Assert.Equal(ProofVerdict.Holds, proof.Check(header.Hash()));
                Assert.Equal(RecordSides.Of(PagedLog.EventContext, log.Record(place)) is not null, proof.Shown != ShownSides.None);
            }
        }
    }

    [Fact]
    public void The_trades_of_a_venue_are_proved_to_each_side_and_so_by_a_stored_block()
    {
        var venue = new TestVenue();
        venue.Trade(TestVenue.FirstTrader, TestVenue.FirstTrader + 1, 8_000, 10);
        venue.Ledger.SealNow();
        var stored =
            new StoredBlock(venue.Ledger.Last, venue.Ledger.Commands.Bytes.ToArray(), venue.Engine.Events.Log.Bytes.ToArray(),
                venue.Ledger.Secret);
        int at = stored.FindEvent((kind, _) => kind == EventKind.Trade);
        foreach (ShownSides shown in (ShownSides[])[ShownSides.None, ShownSides.First, ShownSides.Second, Both])
        {
            RecordProof proof = stored.ProveEvent(at, shown);
            Assert.Equal(ProofVerdict.Holds, proof.Check(venue.Ledger.Last.Hash()));
            Assert.Equal(Prover.OfEvent(venue.Ledger, (int)proof.Place, shown).ToBytes(), proof.ToBytes());
            Trade trade = MemoryMarshal.Read<Trade>(proof.Record.Span);
            Assert.Equal((shown & ShownSides.First) != 0, trade.Header.Account != 0);
            Assert.Equal((shown & ShownSides.Second) != 0, trade.MakerAccount != 0);
        }
    }

    private static List<string> Sides<T>(EventKind kind, int side = -1)
        where T : unmanaged
    {
        var record = new byte[Unsafe.SizeOf<T>()];
        BitConverter.TryWriteBytes(record, (ushort)kind);
        RecordSides sides = RecordSides.Of(PagedLog.EventContext, record)!;
        var found = new List<string>();
        for (int s = side < 0 ? 0 : side; s <= (side < 0 ? 1 : side); s++)
        {
            foreach ((int at, int length) in sides.BytesOf(s))
            {
                if ((at, length) == (4, 4))
                {
                    found.Add("Header.Account");
                    continue;
                }
                FieldInfo field =
                    typeof(T).GetFields().Single(f => f.FieldType != typeof(EventHeader) && (int)Marshal.OffsetOf<T>(f.Name) == at);
                Assert.True(Marshal.SizeOf(field.FieldType) <= length, field.Name);
                found.Add(field.Name);
            }
        }
        return found;
    }

    private static (PagedLog Log, BlockHeader Header) Log()
    {
        var random = new SplitMix(4);
        var log = new PagedLog(PagedLog.EventContext, 1);
        log.Begin(Hash256.Of("secret of a block"u8));
        for (int i = 0; i < 40; i++)
        {
            Trade trade = Example;
            if (i != 5)
            {
                (trade.TradeId, trade.TakerOrder, trade.MakerOrder, trade.Header.Account, trade.MakerAccount) =
                    ((ulong)i, random.Next(), random.Next(), (uint)random.Next(), (uint)random.Next());
                (trade.TakerFeeAtoms, trade.MakerFeeAtoms) = ((long)random.Next(), (long)random.Next());
            }
            log.Append(MemoryMarshal.AsBytes([trade]));
        }
        return (log, new BlockHeader { Magic = BlockHeader.ExpectedMagic, EventCount = 40, EventsRoot = log.Seal() });
    }
}
