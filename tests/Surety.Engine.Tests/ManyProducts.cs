using System;
using System.Collections.Generic;
using Surety.Core.Numerics;
using Surety.Engine.Governance;
using Surety.Engine.Instruments;
using Surety.Protocol.Commands;
using Surety.Protocol.Rows;
using Surety.Scenarios;
using Surety.Simulation;
using static Surety.Scenarios.TestVenue;

namespace Surety.Engine.Tests;

/// <summary>
/// A venue with one of everything, in a pool of portfolio margin and one of standard margin, and a random day in it: perpetuals, also
/// below zero, futures, options of every kind, digitals, coupons, baskets; coins whose index is the market's; prices that stop, jump
/// and disagree, also at expiries; halts, auctions, changed terms, sources that come and go.
/// </summary>
internal sealed partial class ManyProducts
{
    public const int Traders = 10;
    private const ushort Ether = 7;
    private const ushort Oil = 8;
    private const long Ms = 1_000_000;
    private const long Minute = 60_000;
    private readonly OptionsVenue _options;
    private readonly List<int>[] _markets = [[], []];
    private readonly int[] _american = new int[2];
    private readonly uint[] _first = [FirstTrader, 0];
    private readonly long[] _silentUntil = new long[9];
    private readonly long[] _price = [8_000, 0, 0, 0, 0, 0, 0, 200, 20];
    private ulong _report = 1_000_000;
    private SplitMix _random;

    /// <param name="seed">Of everything random.</param>
    /// <param name="change">What the genesis record has besides.</param>
    public ManyProducts(ulong seed, Action<GenesisBox>? change = null)
    {
        _random = new SplitMix(seed);
        _options =
            new OptionsVenue(160_000, Traders,
                (ref CreatePool p) => (p.Rules.TransferMarginPpm, p.Rules.OutflowPpm) = (PoolRules.Off, PoolRules.Off), change);
        CreateIndexWithSources("ETH_USD", 0, 0);
        CreateIndexWithSources("OIL_USD", -1_000_00, 50_00);
        Venue.Must(CommandKind.CreateAsset, new CreateAsset
        {
            Name = ShortName.From("ETH"),
            Decimals = 8,
            HaircutPpm = 150_000,
            PriceIndex = OptionalId.Of(Ether),
            CollateralCapAtoms = 5_000_00000000,
            PoolCapAtoms = 1_000_000_00000000,
        });
        CreatePool pool = PoolTerms();
        pool.Name = ShortName.From("standard");
        pool.CollateralCount = 3;
        pool.Collateral[2] = 2;
        pool.Rules.LiquidationRatePpm = 0;
        (pool.Rules.TransferMarginPpm, pool.Rules.OutflowPpm, pool.Rules.ProfitHaircutPpm) = (PoolRules.Off, PoolRules.Off, PoolRules.Off);
        Venue.Must(CommandKind.CreatePool, pool);
        _first[1] = (uint)Venue.State.Counts.Accounts;
        for (int i = 0; i < Traders; i++)
        {
            Venue.Must(CommandKind.OpenAccount, new OpenAccount { Scopes = KeyScopes.Customer, Pool = 1 });
            Venue.Deposit(_first[1] + (uint)i, 40_000 * Dollar);
        }
        for (ushort of = 0; of < 2; of++)
        {
            Venue.Deposit(Venue.State.Pools[of].InsuranceAccount, 50_000 * Dollar);
            for (uint i = 0; i < Traders; i += 2)
            {
                Venue.Deposit(_first[of] + i, 2_00000000, asset: 1);
            }
        }
        for (uint i = 1; i < Traders; i += 3)
        {
            Venue.Deposit(_first[1] + i, 60_00000000, asset: 2);
        }
        ReportAll();
        List();
        ReportAll();
    }

    public TestVenue Venue => _options.Venue;

    /// <summary>The venue's time, milliseconds.</summary>
    private long Now => Venue.TimeNs / Ms;

    /// <summary>One or a few commands.</summary>
    public void Step()
    {
        Venue.TimeNs += _random.Below(24_000) * Ms;
        int pool = (int)_random.Below(2);
        switch (_random.Below(100))
        {
            case < 38:
                Walk();
                break;
            case < 60:
                Trade(pool);
                break;
            case < 74:
                Rest(pool);
                break;
            case < 80:
                Condition(pool);
                break;
            case < 84:
                ChangeOrders(pool);
                break;
            case < 92:
                Money(pool);
                break;
            case < 96:
                Volatility();
                break;
            default:
                Operate(pool);
                break;
        }
    }

    private RefusalCode Send<T>(CommandKind kind, T command, uint account)
        where T : unmanaged => Venue.Send(kind, command, account, account >= _first[1] ? account + 1 : KeyOf(account));

    private uint Someone(int pool) => _first[pool] + (uint)_random.Below(Traders);

    private int Somewhere(int pool) => _markets[pool][(int)_random.Below(_markets[pool].Count)];

    private void ReportAll()
    {
        foreach (ushort index in (ReadOnlySpan<ushort>)[0, Ether, Oil])
        {
            Report(index, 7, 0);
        }
    }

    // The sources of a mask, each at its own distance from the price.
    private void Report(ushort index, int sources, long spread)
    {
        _report++;
        for (uint key = 1; key <= 3; key++)
        {
            if ((sources & (1 << (int)(key - 1))) != 0)
            {
                long price = (_price[index] * 100) + _random.Below(60) + ((long)key * spread);
                Venue.Send(CommandKind.ReportPrice,
                    new ReportPrice
                    {
                        Index = index,
                        Price = price,
                        Confidence = _random.Below(30),
                        ObservedNs = Venue.TimeNs,
                        ReportSequence = _report
                    }, 0, key);
            }
        }
    }

    private void Walk()
    {
        foreach (ushort index in (ReadOnlySpan<ushort>)[0, Ether, Oil])
        {
            if (_random.Chance(4))
            {
                _silentUntil[index] = Now + (2 * Minute) + _random.Below(20 * Minute);
            }
            long around = index switch { 0 => 8_000, Ether => 200, _ => 5 };
            long width = index switch { 0 => 150, Ether => 5, _ => 4 };
            bool jumps = _random.Chance(12);
            _price[index] += (_random.Below((2 * width) + 1) - width + ((around - _price[index]) / 80)) * (jumps ? 12 : 1);
            _price[index] = Math.Max(_price[index], index == Oil ? -30 : around / 3);
            if (_silentUntil[index] <= Now)
            {
                Report(index, _random.Chance(150) ? 1 << (int)_random.Below(3) : 7, _random.Chance(30) ? _price[index] * 2 : 0);
            }
        }
    }

    private void Volatility()
    {
        _report++;
        long level = 6_000 + _random.Below(4_000);
        for (ushort node = 1; node <= 6; node++)
        {
            for (uint key = 1; key <= 3 && !_random.Chance(30); key++)
            {
                Venue.Send(CommandKind.ReportPrice,
                    new ReportPrice { Index = node, Price = level, ObservedNs = Venue.TimeNs, ReportSequence = _report }, 0, key);
            }
        }
    }

    private void Trade(int pool)
    {
        int market = _random.Chance(100) ? _american[pool] : Somewhere(pool);
        long mark = Venue.State.Markets[market].MarkTicks;
        uint seller = Someone(pool);
        uint buyer = Someone(pool);
        bool costly = Math.Abs(mark) > 1_000;
        long lots = 1 + _random.Below(costly ? 90_000 : 99_000);
        if (Send(CommandKind.PlaceOrder, Limit(Side.Sell, mark, lots, market: market), seller) == RefusalCode.None)
        {
            Send(CommandKind.PlaceOrder,
                Limit(Side.Buy, mark + _random.Below(3), lots,
                pool == 1 && _random.Chance(200) ? TimeInForce.FillOrKill : TimeInForce.ImmediateOrCancel, market: market), buyer);
            if (_random.Chance(700))
            {
                Send(CommandKind.CancelAll, new CancelAll { Market = OptionalId.Of((uint)market) }, seller);
            }
        }
    }

    private PlaceOrder Order(int market)
    {
        long mark = Venue.State.Markets[market].MarkTicks;
        var side = (Side)_random.Below(2);
        long distance = _random.Below(Math.Max(Math.Abs(mark) / 40, 5)) - 2;
        PlaceOrder order =
            Limit(side, side == Side.Buy ? mark - distance : mark + distance, 1 + _random.Below(5_000), (TimeInForce)_random.Below(5),
                market: market);
        order.TimeInForce = order.TimeInForce == TimeInForce.FillOrKill ? TimeInForce.ImmediateOrCancel : order.TimeInForce;
        order.SelfTrade = (SelfTradePrevention)_random.Below(4);
        order.Options = _random.Chance(200) ? (OrderOptions)_random.Below(16) : OrderOptions.None;
        order.ClientOrderId = _random.Chance(300) ? _random.Next() >> 10 : 0;
        order.DisplayLots = _random.Chance(200) && order.TimeInForce == TimeInForce.GoodTillCancelled ? 1 + (order.Lots / 5) : 0;
        order.GoodTillNs = order.TimeInForce == TimeInForce.GoodTillTime ? Venue.TimeNs + _random.Below(3_000_000 * Ms) : 0;
        return order;
    }

    private void Rest(int pool)
    {
        if (_random.Chance(800))
        {
            Send(CommandKind.PlaceOrder, Order(Somewhere(pool)), Someone(pool));
            return;
        }
        var quote = new MassQuote { Count = 2 };
        for (int i = 0; i < 2; i++)
        {
            int market = Somewhere(pool);
            long mark = Venue.State.Markets[market].MarkTicks;
            long away = 1 + _random.Below(Math.Max(Math.Abs(mark) / 100, 4));
            quote.Entries[i] = new QuoteEntry
            {
                Market = (ushort)market,
                BidTicks = mark - away,
                BidLots = _random.Below(3_000),
                AskTicks = mark + away,
                AskLots = _random.Below(3_000),
            };
        }
        Send(CommandKind.MassQuote, quote, Someone(pool));
    }

    private void Condition(int pool)
    {
        int market = Somewhere(pool);
        uint account = Someone(pool);
        long mark = Venue.State.Markets[market].MarkTicks;
        var side = (Side)_random.Below(2);
        if (_random.Chance(250))
        {
            Send(CommandKind.PlaceTwap,
                new PlaceTwap
                {
                    Market = (ushort)market,
                    Side = side,
                    PriceTicks = mark + (side == Side.Buy ? 20 : -20),
                    TotalLots = 20 + _random.Below(2_000),
                    Slices = 2 + (int)_random.Below(20),
                    IntervalNs = (1_000 + _random.Below(200_000)) * Ms
                }, account);
            return;
        }
        bool trails = _random.Chance(300);
        Send(CommandKind.PlaceTrigger, new PlaceTrigger
        {
            Market = (ushort)market,
            Side = side,
            Kind = trails ? TriggerKind.TrailingStop : (TriggerKind)_random.Below(2),
            Source = (TriggerSource)_random.Below(3),
            TriggerTicks = mark + _random.Below(400) - 200,
            TrailTicks = trails ? 1 + _random.Below(200) : 0,
            PriceTicks = mark + _random.Below(40) - 20,
            Lots = 1 + _random.Below(4_000),
            Options = _random.Chance(500) ? OrderOptions.Market : OrderOptions.ReduceOnly,
            OneCancelsOther = _random.Chance(300) ? Own(account) : 0,
            GoodTillNs = _random.Chance(300) ? Venue.TimeNs + _random.Below(1_000_000 * Ms) : 0,
        }, account);
    }

    private void ChangeOrders(int pool)
    {
        uint account = Someone(pool);
        ulong own = Own(account);
        if (own == 0)
        {
            return;
        }
        if (_random.Chance(300))
        {
            Send(CommandKind.CancelOrder, new CancelOrder { OrderId = own }, account);
            return;
        }
        Order order = Venue.State.Orders[OrderIds.Slot(own)];
        Send(CommandKind.AmendOrder,
            new AmendOrder
            {
                OrderId = own,
                PriceTicks = order.PriceTicks + _random.Below(7) - 3,
                TotalLots = _random.Chance(500) ? 0 : 1 + _random.Below(4_000)
            }, account);
    }

    private void Money(int pool)
    {
        uint account = Someone(pool);
        ushort market = (ushort)Somewhere(pool);
        switch (_random.Below(11) switch { < 9 and var kind => kind, _ => 2 })
        {
            case 0:
                Venue.Deposit(account, 1 + _random.Below(6_000 * Dollar));
                break;
            case 1:
                Venue.Deposit(account, 1 + _random.Below(1_00000000), asset: 1);
                break;
            case 2:
                // All that margin lets go: what is left stands at its limit.
                Health health = Venue.Engine.Margin.Cross(account);
                long free = Math.Max(health.OpeningAtoms - health.InitialAtoms, 1);
                Send(CommandKind.Withdraw,
                    new Withdraw
                    {
                        Asset = (ushort)(_random.Chance(800) ? 0 : 1),
                        AmountAtoms = _random.Chance(500) ? free : 1 + _random.Below(20_000 * Dollar)
                    }, account);
                break;
            case 3:
                Send(CommandKind.SetMarginMode, new SetMarginMode { Market = market, Isolated = (ushort)_random.Below(2) }, account);
                break;
            case 4:
                Send(CommandKind.AdjustIsolatedMargin,
                    new AdjustIsolatedMargin { Market = market, AmountAtoms = _random.Below(8_000 * Dollar) - (2_000 * Dollar) }, account);
                break;
            case 5:
                Send(CommandKind.PlaceBackstopBid,
                    new PlaceBackstopBid
                    {
                        DiscountPpm = (int)_random.Below(60_000),
                        MaxNotionalAtoms = _random.Below(3) * 40_000 * Dollar
                    }, account);
                break;
            case 6:
                Venue.Send(CommandKind.ConfirmWithdrawal,
                    new ConfirmWithdrawal
                    {
                        WithdrawalId = Venue.State.Withdrawals[(int)_random.Below(8)].Id,
                        Paid = (uint)_random.Below(2)
                    });
                break;
            case 7:
                Send(CommandKind.SetQuoteProtection,
                    new SetQuoteProtection
                    {
                        Market = market,
                        WindowNs = _random.Below(2) * 60_000 * Ms,
                        LotsLimit = 2_000,
                        DeltaLimit = 1_500,
                        FreezeNs = 30_000 * Ms
                    }, account);
                break;
            default:
                market = (ushort)_american[pool];
                for (uint i = 0; i < Traders; i++)
                {
                    int row = Venue.State.FindPosition(_first[pool] + i, market);
                    if (row >= 0 && Venue.State.Positions[row].Lots > 0)
                    {
                        Send(CommandKind.ExerciseContract,
                            new ExerciseContract { Market = market, Lots = 1 + (Venue.State.Positions[row].Lots / 3) }, _first[pool] + i);
                        return;
                    }
                }
                break;
        }
    }

    private void Operate(int pool)
    {
        int market = Somewhere(pool);
        ref readonly Market m = ref Venue.State.Markets[market];
        switch (_random.Below(6))
        {
            case 0:
                Venue.Send(CommandKind.SetMarketStatus,
                    new SetMarketStatus { Market = (ushort)market, Status = (MarketStatus)(1 + _random.Below(3)) });
                break;
            case 1:
            case 2:
                for (int i = 0; i < _markets[pool].Count; i++)
                {
                    Venue.Send(CommandKind.SetMarketStatus,
                        new SetMarketStatus { Market = (ushort)_markets[pool][i], Status = MarketStatus.Trading });
                }
                break;
            case 3:
                ushort index = (ushort)(_random.Chance(500) ? 0 : Ether);
                Venue.Send(CommandKind.SetPriceSource, new SetPriceSource
                {
                    Index = index,
                    SourceKey = 1 + (uint)_random.Below(3),
                    Weight = _random.Chance(100) ? 0 : 1 + (uint)_random.Below(2),
                    JumpPpm = 1_000_000_000,
                });
                break;
            default:
                MarketTerms terms = MarketTerms.Of(in m);
                terms.MarginFloorTicks = 1 + _random.Below(400);
                terms.BasisCapPpm = (int)_random.Below(8_000);
                terms.OracleGraceMs = (int)_random.Below(200_000);
                terms.LiquidationBoundPpm = 5_000 + (int)_random.Below(40_000);
                terms.AuctionMs = m.AuctionMs == 0 ? 0 : (int)_random.Below(100_000);
                terms.OpenInterestLowerAtoms = (1 + _random.Below(100)) * 1_000_000 * Dollar;
                int more = (int)_random.Below(3_000);
                for (int i = 0; i < m.TierCount; i++)
                {
                    terms.Tiers[i].MaintenancePpm += more - 1_500;
                }
                Venue.Send(CommandKind.ChangeMarket, new ChangeMarket
                {
                    ActivateNs = Venue.TimeNs + (3_600_000 * Ms) + _random.Below(600_000 * Ms),
                    Market = (uint)market,
                    Terms = terms,
                });
                break;
        }
    }

    private ulong Own(uint account)
    {
        int slot = Venue.State.Derived.FirstOrderOf[account];
        for (long skip = _random.Below(4); skip > 0 && slot >= 0 && Venue.State.Derived.Links[slot].AccountNext >= 0; skip--)
        {
            slot = Venue.State.Derived.Links[slot].AccountNext;
        }
        return slot < 0 ? 0 : Venue.State.Orders[slot].Id;
    }
}
