using System;
using System.Buffers;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text.Json;
using System.Threading;
using Surety.Engine.Indexes;
using Surety.Gateway.Api;
using Surety.Node.History;
using Surety.Node.Instruments;
using Surety.Node.Sequencing;
using Surety.Protocol.Blocks;
using Surety.Protocol.Commands;
using Surety.Protocol.Events;
using Surety.Protocol.Rows;
using Surety.Scenarios;
using static Surety.Scenarios.TestVenue;

namespace Surety.Node.Tests;

/// <summary>What history works out from events is what the engine has: costs of positions, profits of fills, volumes.</summary>
public sealed class ProjectionTests : IDisposable
{
    private const uint A = FirstTrader;
    private const uint B = FirstTrader + 1;
    private const long MinuteMs = 60_000;
    private const long DayMs = 86_400_000;
    private readonly string _directory = Directory.CreateTempSubdirectory("surety-projection-").FullName;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void Positions_cost_what_they_cost_in_the_engine_through_trades_liquidations_and_deleveraging(int seed)
    {
        const int Traders = 8;
        var venue = new TestVenue(Traders, box => box.Value.BlockMs = 86_400_000);
        var follower = new Follower(venue);
        var random = new Random(seed);
        long price = 8_000;
        int transfers = 0;
        for (int i = 0; i < 600; i++)
        {
            (uint one, uint other) = (A + (uint)random.Next(Traders), A + (uint)random.Next(Traders));
            if (one != other)
            {
                long at = price + random.Next(-20, 21);
                venue.Place(one, Limit(Side.Sell, at, 1 + random.Next(60_000)));
                follower.Follow();
                venue.Place(other, Limit(Side.Buy, at, 1 + random.Next(60_000), TimeInForce.ImmediateOrCancel));
                follower.Follow();
            }
            if (i % 20 == 19)
            {
                price = Math.Clamp(price * random.Next(930, 1_075) / 1_000, 3_000, 15_000);
                venue.TimeNs += 5_000_000_000;
                venue.Price(price);
                transfers += follower.Follow();
                follower.Check();
            }
            if (i == 300)
            {
                // As after a start from a snapshot.
                follower = new Follower(venue);
                follower.History.Begin(venue.State);
                follower.Check();
            }
        }
        follower.Check();
        Assert.True(transfers > 0);
    }

    [Fact]
    public void What_a_fill_closed_is_the_difference_of_prices_and_a_settled_position_is_gone()
    {
        var venue = new TestVenue(change: box => box.Value.BlockMs = 86_400_000);
        var follower = new Follower(venue);
        (uint, uint, long, long)[] trades = [(A, B, 8_000, 10), (A, B, 8_100, 10), (B, A, 8_150, 4), (B, A, 7_990, 20)];
        foreach ((uint buyer, uint seller, long price, long lots) in trades)
        {
            venue.Trade(buyer, seller, price, lots, Future);
            follower.Follow();
        }
        long atoms = venue.State.Markets[Future].AtomsPerTickLot;
        List<TradeRow> fills = follower.History.TradesOfAccount(A, 10);
        fills.Reverse();
        // Bought at 8,050 in the mean, then 4 sold at 8,150, the other 16 at 7,990, and 4 more sold short.
        Assert.Equal([0, 0, 4 * 100 * atoms, 16 * -60 * atoms], fills.Select(f => Profit(f, A)));
        Assert.Equal([0, 0, 4 * -100 * atoms, 16 * 60 * atoms], fills.Select(f => Profit(f, B)));
        Assert.Equal((-4, -4 * 7_990 * atoms), follower.History.PositionOf(A, Future));
        var states = new List<string>();
        follower.History.StateChanged = s => states.Add($"{s.Market} {s.State}");
        long end = StartNs + 86_400_000_000_000;
        while (venue.State.Markets[Future].Status != MarketStatus.Expired && venue.TimeNs < end + 600_000_000_000)
        {
            venue.Wait(50_000);
            follower.Follow();
            venue.Price(8_000);
            follower.Follow();
        }
        Assert.Equal((0L, 0L), follower.History.PositionOf(A, Future));
        Assert.Equal([$"{Future} settled", $"{Future} closed"], states);
        Assert.Equal(8_000, follower.History.DeliveryTicks(Future));
        Assert.Null(follower.History.DeliveryTicks(Perpetual));
        // An account's settlement is shown with its lots and the market's price.
        IReadOnlyList<Instrument> all = new InstrumentCatalog(venue.State).Current.All;
        List<EventRow> settled = follower.History.EventsOfAccount(A, 1, e => e.Kind == EventKind.PositionSettled);
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            MarketHistoryMethods.SettlementRows(json, settled, all, follower.History);
        }
        JsonElement shown = JsonDocument.Parse(buffer.WrittenMemory).RootElement.GetProperty("settlements")[0];
        int units = venue.State.Indexes[all[Future].IndexNumber].Decimals;
        Assert.Equal(8_000m * venue.State.Markets[Future].IndexUnitsPerTick,
            shown.GetProperty("mark_price").GetDecimal() * (decimal)Math.Pow(10, units));
        Assert.Equal(MemoryMarshal.Read<PositionSettled>(settled[0].Event).ProfitAtoms,
            shown.GetProperty("profit_loss").GetDecimal() * (decimal)Math.Pow(10, all[Future].MoneyDecimals));
    }

    private static long Profit(TradeRow fill, uint account) => fill.TakerAccount == account ? fill.TakerProfitAtoms : fill.MakerProfitAtoms;

    [Fact]
    public void Lots_that_are_exercised_and_assigned_and_options_that_end_are_followed()
    {
        const long Week = (StartNs / 1_000_000) + (7 * DayMs);
        var venue = new OptionsVenue();
        int put = venue.List(OptionsVenue.Put(8_500, Week, "holder may take max(8500 - S, 0)\n"), Week);
        venue.Venue.Price(8_000);
        var follower = new Follower(venue.Venue);
        venue.Venue.Trade(A, B, 600, 100, put);
        venue.Venue.Trade(A, B + 1, 610, 50, put);
        follower.Follow();
        venue.Venue.Must(CommandKind.ExerciseContract, new ExerciseContract { Market = (ushort)put, Lots = 70 }, A);
        venue.Venue.TimeNs += 3_000_000_000;
        venue.Venue.Price(7_900);
        follower.Follow();
        Assert.Equal(80, follower.History.PositionOf(A, put).Lots);
        follower.Check();
    }

    [Fact]
    public void Volumes_of_a_day_a_week_and_thirty_days_add_up_and_are_there_after_a_restart()
    {
        const long Start = StartNs / 1_000_000 / DayMs * DayMs;
        var history = new RecentHistory { AtomsOf = _ => 1 };
        var told = new List<(long Ms, long Lots)>();
        // A trade every other minute for forty days: more minutes than are kept.
        for (long ms = Start; ms < Start + (40 * DayMs); ms += 2 * MinuteMs)
        {
            long lots = 1 + ((ms / MinuteMs) % 97);
            Trade(history, (ulong)told.Count + 1, ms, lots);
            told.Add((ms, lots));
        }
        long now = told[^1].Ms;
        Check(history);
        string path = Path.Combine(_directory, "history");
        history.SaveAt(1, path);
        history.Sealed(new BlockHeader { Height = 1 });
        for (int i = 0; i < 500 && !File.Exists(path); i++)
        {
            Thread.Sleep(10);
        }
        var restored = new RecentHistory();
        restored.Load(path, history.LastSequence);
        Check(restored);

        void Check(RecentHistory one)
        {
            foreach (int days in (int[])[1, 7, 30])
            {
                // Thirty days count from the start of an hour.
                long since = now - (days * DayMs);
                long counted = since - (days == 30 ? since % 3_600_000 : 0);
                Assert.Equal(told.Where(t => t.Ms >= counted).Sum(t => t.Lots), one.TradedLots(Perpetual, since));
            }
            Assert.Equal(0, one.TradedLots(Future, 0));
        }
    }

    private static void Trade(RecentHistory history, ulong sequence, long ms, long lots)
    {
        var trade = new Trade
        {
            Header = { Kind = EventKind.Trade, Length = (ushort)Unsafe.SizeOf<Trade>(), Account = A, Sequence = sequence },
            TradeId = sequence,
            PriceTicks = 8_000,
            Lots = lots,
            MakerAccount = B,
            Market = Perpetual,
        };
        var header = new CommandHeader();
        var record = new byte[CommandHeader.Size];
        CommandCodec.Write(CommandKind.Tick, ref header, record);
        var outcome = new Outcome(RefusalCode.None, 0, sequence, ms * 1_000_000, 0);
        history.Executed(new ExecutedCommand { Record = record, Events = MemoryMarshal.AsBytes([trade]), Outcome = outcome });
    }

    // Hands what a venue's commands caused to a history, as the outbox does.
    private sealed class Follower
    {
        private readonly TestVenue _venue;
        private int _from;

        public Follower(TestVenue venue)
        {
            _venue = venue;
            _from = venue.Engine.Events.Log.Length;
            History = new RecentHistory
            {
                IndexOf = m => venue.State.Markets[m].Index,
                AtomsOf = m => venue.State.Markets[m].AtomsPerTickLot,
            };
        }

        public RecentHistory History { get; }

        public int Follow()
        {
            if (_venue.Engine.Events.Log.Length < _from)
            {
                // A block was sealed: its log is a new one.
                _from = 0;
            }
            var events = new EventReader(_venue.Engine.Events.Log.Bytes, _from);
            var bytes = new List<byte>();
            int transfers = 0;
            while (events.MoveNext())
            {
                bytes.AddRange(events.Current);
                transfers += events.Kind == EventKind.PositionTransferred ? 1 : 0;
            }
            _from = _venue.Engine.Events.Log.Length;
            History.Executed(new ExecutedCommand
            {
                Record = _venue.Records[^1],
                Events = CollectionsMarshal.AsSpan(bytes),
                Outcome = new Outcome(RefusalCode.None, 0, _venue.Ledger.LastSequence, _venue.TimeNs, 0),
            });
            return transfers;
        }

        public void Check()
        {
            IndexedState state = _venue.State;
            for (int account = 0; account < state.Counts.Accounts; account++)
            {
                for (int market = 0; market < state.Counts.Markets; market++)
                {
                    int row = state.FindPosition((uint)account, market);
                    (long, long) own = row < 0 ? (0, 0) : (state.Positions[row].Lots, state.Positions[row].EntryCostAtoms);
                    Assert.Equal(own, History.PositionOf((uint)account, market));
                }
            }
        }
    }
}
