using System;
using System.Collections.Generic;
using Surety.Core.Numerics;
using Surety.Engine;
using Surety.Protocol;
using Surety.Protocol.Blocks;
using Surety.Protocol.Commands;
using Surety.Protocol.Events;
using Surety.Protocol.Rows;
using Surety.Simulation;

namespace Surety.Bench;

/// <summary>
/// The public mix: 9% good-till-cancelled, 3% immediate-or-cancel, 6% cancels, 82% moves, about 6% of commands trading,
/// about 1,000 resting orders a book over 750 prices. Made by running an engine, whose events say which orders exist.
/// </summary>
public sealed class EngineWorkload : ICommandTarget
{
    private const long CentrePrice = 32_768;
    private const int HalfSpan = 375;
    private const long StartNs = 1_600_000_000_000_000_000;
    private const int RestingPerBook = 1000;
    private const long Apart = 1_000;

    private readonly List<(ulong Id, uint Account)>[] _resting;
    private readonly Dictionary<ulong, int> _place = [];
    private readonly CommandSender _sender;
    private readonly SuretyEngine _engine;
    private readonly int _accounts;
    private readonly int _markets;
    private SplitMix _random;

    /// <param name="markets">1, or 100.</param>
    /// <param name="accounts">1,000, or 100,000.</param>
    /// <param name="commands">How many commands after the setup.</param>
    /// <param name="seed">Of everything random.</param>
    public EngineWorkload(int markets, int accounts, int commands, ulong seed)
    {
        _markets = markets;
        _accounts = accounts;
        _random = new SplitMix(seed);
        _resting = new List<(ulong, uint)>[markets];
        for (int i = 0; i < markets; i++)
        {
            _resting[i] = [];
        }
        Genesis genesis = VenueBuilder.Unsigned("bench", StartNs, accounts + 16, accounts + 16);
        genesis.MaxMarkets = markets;
        genesis.MaxIndexes = markets;
        genesis.MaxOrders = Math.Max(16_384, markets * 2048);
        genesis.ClientOrdersPerAccount = 4;
        genesis.MaxTriggers = 64;
        genesis.MaxTwaps = 64;
        genesis.MaxWithdrawals = 64;
        genesis.OrdersPerAccount = 4096;
        genesis.BlockCommands = 65_536;
        genesis.BlockMs = 86_400_000;
        Genesis = genesis;
        _engine = new SuretyEngine(genesis);
        // Of the accounts the insurance fund's alone has no key.
        _sender = new CommandSender(this, account => account == 0 ? 0 : account - 1) { TimeNs = StartNs + Apart };
        Prepare();
        int trades = (int)_engine.State.Counts.Trades;
        for (int i = 0; i < commands; i++)
        {
            Step();
        }
        TradeShare = (_engine.State.Counts.Trades - (ulong)trades) / (double)commands;
        int open = 0;
        foreach (List<(ulong, uint)> book in _resting)
        {
            open += book.Count;
        }
        RestingOrders = open;
    }

    /// <summary>The venue the stream is for.</summary>
    public Genesis Genesis { get; }

    /// <summary>Listing, funding, opening positions and filling the books: not timed.</summary>
    public CommandRecording Setup { get; } = new();

    /// <summary>The timed commands.</summary>
    public CommandRecording Stream { get; } = new();

    /// <summary>Trades for each timed command.</summary>
    public double TradeShare { get; }

    /// <summary>Orders resting at the end, all books together.</summary>
    public int RestingOrders { get; }

    /// <summary>Refusals in the timed stream.</summary>
    public int Refusals { get; private set; }

    /// <inheritdoc/>
    public ulong LastSequence { get; private set; }

    /// <inheritdoc/>
    public long LastDetail => 0;

    private CommandRecording Target => _prepared ? Stream : Setup;

    // The last command's time.
    private long LastNs => _sender.TimeNs - Apart;

    private bool _prepared;

    private void Prepare()
    {
        CreatePool pool = Listings.Pool("main", 1, (0, -20, 250));
        pool.LiquidationFeePpm = 1_000;
        VenueBuilder venue = new VenueBuilder(_sender).Settlement("USD", 6).Pool(pool);
        for (int m = 0; m < _markets; m++)
        {
            venue.Index(new CreateIndex { Name = ShortName.From($"I{m}"), Decimals = 2, Quorum = 1, MaxAgeMs = 86_400_000 })
                .Source(0, jumpPpm: 0).Market(Listings.Busy(m));
        }
        venue.Customers(_accounts, 1_000_000_000_000);
        for (int m = 0; m < _markets; m++)
        {
            var report = new ReportPrice { Index = (ushort)m, Price = CentrePrice * 50, ObservedNs = LastNs, ReportSequence = 1 };
            _sender.Must(CommandKind.ReportPrice, report);
        }
        // Positions: with many markets, each account meets a counterparty in each of its five.
        if (_markets > 1)
        {
            for (int a = 0; a + 1 < _accounts; a += 2)
            {
                for (int k = 0; k < 5; k++)
                {
                    int market = MarketOf(a, k);
                    long lots = 1 + _random.Below(50);
                    Place(a, market, Side.Buy, CentrePrice, lots, TimeInForce.GoodTillCancelled);
                    Place(a + 1, market, Side.Sell, CentrePrice, lots, TimeInForce.ImmediateOrCancel);
                }
            }
        }
        for (int m = 0; m < _markets; m++)
        {
            while (_resting[m].Count < RestingPerBook)
            {
                Rest(m, crossing: false);
            }
        }
        _prepared = true;
    }

    private void Step()
    {
        int market = (int)_random.Below(_markets);
        List<(ulong Id, uint Account)> resting = _resting[market];
        long draw = _random.Below(100);
        bool plenty = resting.Count > RestingPerBook;
        if (draw < 9 || resting.Count == 0)
        {
            Rest(market, crossing: _random.Chance(plenty ? 60 : 10));
        }
        else if (draw < 12)
        {
            Side side = (Side)_random.Below(2);
            long beyond = side == Side.Buy ? CentrePrice + HalfSpan : CentrePrice - HalfSpan;
            Place(AccountIn(market), market, side, beyond, 1 + _random.Below(20), TimeInForce.ImmediateOrCancel);
        }
        else
        {
            (ulong id, uint account) = resting[(int)_random.Below(resting.Count)];
            if (draw < 18)
            {
                Send(CommandKind.CancelOrder, new CancelOrder { OrderId = id }, account);
                return;
            }
            ref readonly Order order = ref _engine.State.Orders[OrderIds.Slot(id)];
            long price = PriceFor(order.Side, _random.Chance(plenty ? 50 : 10));
            price += price == order.PriceTicks ? (order.Side == Side.Buy ? -1 : 1) : 0;
            Send(CommandKind.AmendOrder, new AmendOrder { OrderId = id, PriceTicks = price }, account);
        }
    }

    private void Rest(int market, bool crossing)
    {
        Side side = (Side)_random.Below(2);
        Place(AccountIn(market), market, side, PriceFor(side, crossing), 1 + _random.Below(100), TimeInForce.GoodTillCancelled);
    }

    // Buys below the centre, sells above; a crossing one a little beyond it.
    private long PriceFor(Side side, bool crossing)
    {
        long distance = crossing ? -1 - _random.Below(8) : 1 + _random.Below(HalfSpan);
        return side == Side.Buy ? CentrePrice - distance : CentrePrice + distance;
    }

    private void Place(int account, int market, Side side, long price, long lots, TimeInForce timeInForce)
    {
        var order = new PlaceOrder { Market = (ushort)market, Side = side, PriceTicks = price, Lots = lots, TimeInForce = timeInForce };
        Send(CommandKind.PlaceOrder, order, AccountNumber(account));
    }

    // Accounts are numbered after the operator and the pool's insurance fund; keys after the operator's.
    private static uint AccountNumber(int account) => (uint)account + 2;

    private int MarketOf(int account, int place) => ((account / 2) + (place * 17)) % _markets;

    private int AccountIn(int market)
    {
        if (_markets == 1)
        {
            return (int)_random.Below(_accounts);
        }
        // One of the accounts that trade this market: see MarketOf.
        int place = (int)_random.Below(5);
        int pairs = _accounts / 2 / _markets;
        int residue = (market - (place * 17) + (_markets * 17)) % _markets;
        return (2 * (((int)_random.Below(pairs) * _markets) + residue)) + (int)_random.Below(2);
    }

    private void Send<T>(CommandKind kind, T command, uint account)
        where T : unmanaged
    {
        if (_prepared)
        {
            _sender.Send(kind, command, account);
        }
        else
        {
            _sender.Must(kind, command, account);
        }
    }

    /// <inheritdoc/>
    public RefusalCode Apply(ReadOnlySpan<byte> record)
    {
        Target.Add(record);
        LastSequence++;
        _sender.TimeNs += Apart;
        int from = _engine.Events.Log.Length;
        if (from > 1 << 22)
        {
            _engine.Events.Log.Clear();
            from = 0;
        }
        RefusalCode code = _engine.Apply(record);
        Refusals += code == RefusalCode.None ? 0 : 1;
        Follow(from);
        return code;
    }

    private void Follow(int from)
    {
        var events = new EventReader(_engine.Events.Log.Bytes, from);
        while (events.MoveNext())
        {
            if (events.Kind == EventKind.OrderEnded)
            {
                ulong id = events.As<OrderEnded>().OrderId;
                if (_place.Remove(id, out int place))
                {
                    List<(ulong Id, uint Account)> book = _resting[events.As<OrderEnded>().Market];
                    book[place] = book[^1];
                    book.RemoveAt(book.Count - 1);
                    if (place < book.Count)
                    {
                        _place[book[place].Id] = place;
                    }
                }
            }
            else if (events.Kind == EventKind.OrderPlaced)
            {
                OrderPlaced placed = events.As<OrderPlaced>();
                if (_engine.State.Orders[OrderIds.Slot(placed.OrderId)].Id == placed.OrderId)
                {
                    _place[placed.OrderId] = _resting[placed.Market].Count;
                    _resting[placed.Market].Add((placed.OrderId, placed.Header.Account));
                }
            }
        }
    }
}
