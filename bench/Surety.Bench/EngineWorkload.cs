using System;
using System.Collections.Generic;
using System.Runtime.CompilerServices;
using Surety.Core.Numerics;
using Surety.Engine;
using Surety.Protocol;
using Surety.Protocol.Blocks;
using Surety.Protocol.Commands;
using Surety.Protocol.Events;
using Surety.Protocol.Rows;

namespace Surety.Bench;

/// <summary>
/// The public mix: 9% good-till-cancelled, 3% immediate-or-cancel, 6% cancels, 82% moves, about 6% of commands trading,
/// about 1,000 resting orders a book over 750 prices. Made by running an engine, whose events say which orders exist.
/// </summary>
public sealed class EngineWorkload
{
    private const long CentrePrice = 32_768;
    private const int HalfSpan = 375;
    private const long StartNs = 1_600_000_000_000_000_000;
    private const int RestingPerBook = 1000;

    private readonly List<(ulong Id, uint Account)>[] _resting;
    private readonly Dictionary<ulong, int> _place = [];
    private readonly ulong[] _nonces;
    private readonly SuretyEngine _engine;
    private readonly int _accounts;
    private readonly int _markets;
    private SplitMix _random;
    private ulong _sequence;
    private long _timeNs = StartNs;

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
        Genesis genesis = Genesis.Default("bench", default, StartNs);
        genesis.RequireSignatures = 0;
        genesis.MaxAccounts = accounts + 16;
        genesis.MaxKeys = accounts + 16;
        genesis.MaxMarkets = markets;
        genesis.MaxIndexes = markets;
        genesis.MaxOrders = Math.Max(16_384, markets * 2048);
        genesis.ClientOrdersPerAccount = 4;
        genesis.MaxTriggers = 64;
        genesis.MaxTwaps = 64;
        genesis.MaxWithdrawals = 64;
        (genesis.AddressesPerOwner, genesis.AddressDelaySeconds, genesis.KeyDelaySeconds, genesis.ConfirmSeconds) = (0, 0, 0, 0);
        genesis.OrdersPerAccount = 4096;
        genesis.BlockCommands = 65_536;
        genesis.BlockMs = 86_400_000;
        Genesis = genesis;
        _nonces = new ulong[accounts + 16];
        _engine = new SuretyEngine(genesis);
        Prepare();
        int trades = (int)_engine.State.Venue[0].Trades;
        for (int i = 0; i < commands; i++)
        {
            Step();
        }
        TradeShare = (_engine.State.Venue[0].Trades - (ulong)trades) / (double)commands;
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

    private CommandRecording Target => _prepared ? Stream : Setup;

    private bool _prepared;

    private void Prepare()
    {
        var asset = new CreateAsset { Name = ShortName.From("USD"), Decimals = 6, CollateralCapAtoms = Asset.MaxAmountAtoms };
        Send(CommandKind.CreateAsset, ref asset, 0);
        var pool = new CreatePool { Name = ShortName.From("main"), CollateralCount = 1, FeeTierCount = 1, LiquidationFeePpm = 1000 };
        pool.FeeTiers[0] = new FeeTier { MakerPpm = -20, TakerPpm = 250 };
        Send(CommandKind.CreatePool, ref pool, 0);
        for (int m = 0; m < _markets; m++)
        {
            var index = new CreateIndex { Name = ShortName.From($"I{m}"), Decimals = 2, Quorum = 1, MaxAgeMs = 86_400_000 };
            Send(CommandKind.CreateIndex, ref index, 0);
            var source = new SetPriceSource { Index = (ushort)m, SourceKey = 0, Weight = 1 };
            Send(CommandKind.SetPriceSource, ref source, 0);
            var list = new ListMarket { Terms = TermsOf(m) };
            Send(CommandKind.ListMarket, ref list, 0);
        }
        for (int a = 0; a < _accounts; a++)
        {
            var open = new OpenAccount { Pool = 0, Scopes = KeyScopes.Customer };
            Send(CommandKind.OpenAccount, ref open, 0);
            var deposit = new Deposit { ToAccount = AccountNumber(a), Asset = 0, AmountAtoms = 1_000_000_000_000 };
            Send(CommandKind.Deposit, ref deposit, 0);
        }
        for (int m = 0; m < _markets; m++)
        {
            var report = new ReportPrice { Index = (ushort)m, Price = CentrePrice * 50, ObservedNs = _timeNs, ReportSequence = 1 };
            Send(CommandKind.ReportPrice, ref report, 0);
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
                var cancel = new CancelOrder { OrderId = id };
                Send(CommandKind.CancelOrder, ref cancel, account);
                return;
            }
            ref readonly Order order = ref _engine.State.Orders[OrderIds.Slot(id)];
            long price = PriceFor(order.Side, _random.Chance(plenty ? 50 : 10));
            price += price == order.PriceTicks ? (order.Side == Side.Buy ? -1 : 1) : 0;
            var move = new AmendOrder { OrderId = id, PriceTicks = price };
            Send(CommandKind.AmendOrder, ref move, account);
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
        Send(CommandKind.PlaceOrder, ref order, AccountNumber(account));
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

    private void Send<T>(CommandKind kind, ref T command, uint account)
        where T : unmanaged
    {
        ref CommandHeader header = ref Unsafe.As<T, CommandHeader>(ref command);
        header.Sequence = ++_sequence;
        header.TimeNs = _timeNs += 1000;
        header.Account = account;
        header.Key = account == 0 ? 0 : account - 1;
        header.Nonce = ++_nonces[header.Key];
        ReadOnlySpan<byte> record = Target.Add(kind, ref command);
        int from = _engine.Events.Log.Length;
        if (from > 1 << 22)
        {
            _engine.Events.Log.Clear();
            from = 0;
        }
        RefusalCode code = _engine.Apply(record);
        if (!_prepared && code != RefusalCode.None)
        {
            throw new InvalidOperationException($"{kind}: {code}");
        }
        Refusals += code == RefusalCode.None ? 0 : 1;
        Follow(from);
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

    private static MarketTerms TermsOf(int number)
    {
        var list = new MarketTerms
        {
            Name = ShortName.From($"M{number}-PERP"),
            Kind = MarketKind.LinearPerpetual,
            Pool = 0,
            Index = (ushort)number,
            TierCount = 3,
            AtomsPerTickLot = 500,
            IndexUnitsPerTick = 50,
            MinPriceTicks = 1,
            MaxPriceTicks = 65_535,
            MaxOrderLots = 10_000,
            MaxPositionLots = 1_000_000,
            MarginFloorTicks = 10,
            OpenInterestLowerAtoms = 1L << 50,
            OpenInterestUpperAtoms = 1L << 52,
            BasisCapPpm = 5000,
            BasisWindowMs = 150_000,
            LiquidationBoundPpm = 20_000,
            MarketOrderBoundPpm = 50_000,
            FundingInterestPpm = 100,
            FundingCapPpm = 20_000,
        };
        list.Tiers[0] = new ListedTier { FromNotionalAtoms = 0, InitialPpm = 20_000, MaintenancePpm = 10_000 };
        list.Tiers[1] = new ListedTier { FromNotionalAtoms = 500_000_000_000, InitialPpm = 50_000, MaintenancePpm = 25_000 };
        list.Tiers[2] = new ListedTier { FromNotionalAtoms = 5_000_000_000_000, InitialPpm = 100_000, MaintenancePpm = 50_000 };
        return list;
    }
}
