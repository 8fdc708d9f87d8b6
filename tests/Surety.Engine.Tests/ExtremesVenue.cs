using System;
using System.Collections.Generic;
using System.Linq;
using Surety.Core.Numerics;
using Surety.Engine.Governance;
using Surety.Engine.Instruments;
using Surety.Protocol.Blocks;
using Surety.Protocol.Commands;
using Surety.Protocol.Events;
using Surety.Protocol.Rows;
using Surety.Scenarios;
using Surety.Simulation;
using static Surety.Scenarios.TestVenue;

namespace Surety.Engine.Tests;

/// <summary>
/// A venue at the edges of its ranges and a random day in it: markets whose largest position is worth all that a position may be,
/// prices at both ends of their domain, below zero and beside zero, lots at the maximum, balances near 2^55 and supplies near 2^61,
/// hours and weeks between two commands; perpetuals, futures, options, digitals, coupons, exercises, in pools of standard and of
/// portfolio margin, cross and isolated, with terms that change and owners that are linked.
/// </summary>
internal sealed partial class ExtremesVenue
{
    private const int Pools = 3;
    private const int Traders = 5;
    private const long Ms = 1_000_000;
    private readonly List<(uint Account, uint Key)>[] _accounts = new List<(uint, uint)>[Pools];
    private readonly List<int>[] _markets = new List<int>[Pools];
    private readonly List<(ushort Index, long Low, long High, long Price)> _indexes = [];
    private SplitMix _random;
    private ulong _report = 1_000;

    public ExtremesVenue(ulong seed)
    {
        _random = new SplitMix(seed);
        Venue = new TestVenue(Traders, box =>
        {
            (box.Value.MaxMarkets, box.Value.MaxIndexes, box.Value.MaxPools, box.Value.MaxAssets, box.Value.MaxAccounts) =
                (48, 16, 4, 8, 64);
            (box.Value.PositionsPerAccount, box.Value.MaxOrders, box.Value.MaxTriggers, box.Value.MaxTwaps, box.Value.MaxWithdrawals) =
                (16, 512, 64, 32, 32);
            box.Value.OrdersPerAccount = 32;
            box.Value.BlockCommands = 4_096;
        });
        _indexes.Add((0, -99_999, 60_000_00, 8_000_00));
        _accounts[0] = [.. Enumerable.Range(0, Traders).Select(i => (FirstTrader + (uint)i, KeyOf(FirstTrader + (uint)i)))];
        _markets[0] = [Perpetual, Future];
        for (int i = 0; i < 4; i++)
        {
            AddIndex(i);
        }
        AddPools();
        for (ushort pool = 0; pool < Pools; pool++)
        {
            for (int i = 0; i < 6; i++)
            {
                AddPlain(pool, i);
                AddContract(pool, i);
            }
            foreach ((uint account, uint _) in _accounts[pool].Append((Venue.State.Pools[pool].InsuranceAccount, 0u)))
            {
                Venue.Send(CommandKind.Deposit, new Deposit
                {
                    ToAccount = account,
                    Asset = Venue.State.Pools[pool].Collateral[0],
                    AmountAtoms = 1L << 53,
                });
            }
        }
        ReportAll();
    }

    public TestVenue Venue { get; }

    /// <summary>Commands that were accepted, by kind.</summary>
    public Dictionary<CommandKind, int> Accepted { get; } = [];

    /// <summary>Events, by kind.</summary>
    public Dictionary<EventKind, int> Seen { get; } = [];

    /// <summary>What was accepted and what happened, for a failure's message.</summary>
    public override string ToString() =>
        string.Join(", ",
            Accepted.OrderBy(a => a.Key).Select(a => $"{a.Key} {a.Value}")
            .Concat(Seen.OrderBy(a => a.Key).Select(a => $"{a.Key} {a.Value}")));

    /// <summary>One command, or a few.</summary>
    public void Step()
    {
        Pass();
        int pool = (int)_random.Below(Pools);
        switch (_random.Below(100))
        {
            case < 22:
                Report();
                break;
            case < 46:
                Trade(pool);
                break;
            case < 66:
                Rest(pool);
                break;
            case < 72:
                Condition(pool);
                break;
            case < 94:
                Money(pool);
                break;
            default:
                Operate(pool);
                break;
        }
    }

    private RefusalCode Send<T>(CommandKind kind, T command, uint account = 0, uint key = 0)
        where T : unmanaged
    {
        RefusalCode code = Venue.Send(kind, command, account, key);
        if (code == RefusalCode.None)
        {
            Accepted[kind] = Accepted.GetValueOrDefault(kind) + 1;
        }
        Venue.Records.Clear();
        var events = new EventReader(Venue.Engine.Events.Log.Bytes, Venue.Ledger.EventsFrom);
        while (events.MoveNext())
        {
            Seen[events.Kind] = Seen.GetValueOrDefault(events.Kind) + 1;
        }
        return code;
    }

    // Mostly seconds; sometimes exactly nothing, hours, or weeks.
    private void Pass() => Venue.TimeNs += _random.Below(1_000) switch
    {
        < 300 => 0,
        < 960 => _random.Below(4_000) * Ms,
        < 990 => _random.Below(180_000) * Ms,
        < 998 => _random.Below(40 * 3_600_000L) * Ms,
        _ => _random.Below(40 * 86_400_000L) * Ms,
    };

    // Of every size up to a most: as many near it as near nothing.
    private long Amount(long most) => Math.Clamp(_random.Below(4) switch
    {
        0 => most - _random.Below(3),
        1 => 1 + _random.Below(3),
        _ => (long)(_random.Next() >> 1) & ((1L << (int)(1 + _random.Below(62))) - 1),
    }, 1, Math.Max(most, 1));

    private long Between(long low, long high) => low + (long)((UInt128)_random.Next() * (UInt128)((Int128)high - low + 1) >> 64);

    private void ReportAll()
    {
        for (int i = 0; i < _indexes.Count; i++)
        {
            Report(i, 7);
        }
    }

    private void Report()
    {
        int at = (int)_random.Below(_indexes.Count);
        (ushort index, long low, long high, long price) = _indexes[at];
        long width = Math.Max(Math.Abs(price) / 50, 1);
        price = _random.Below(100) switch
        {
            < 90 => price + Between(-width, width),
            < 91 => low + 1 + _random.Below(3),
            < 92 => high - 1 - _random.Below(3),
            < 93 => _random.Below(3) - 1,
            < 96 => price + Between(-width * 20, width * 20),
            _ => at == 0 ? 8_000_00 : Between(low + 1, high - 1),
        };
        _indexes[at] = (index, low, high, Math.Clamp(price, low + 1, high - 1));
        Report(at, _random.Chance(900) ? 7 : (int)(1 + _random.Below(7)));
    }

    private void Report(int at, int sources)
    {
        _report++;
        (ushort index, _, _, long price) = _indexes[at];
        for (uint key = 1; key <= 3; key++)
        {
            if ((sources & (1 << (int)(key - 1))) != 0)
            {
                Send(CommandKind.ReportPrice,
                    new ReportPrice
                    {
                        Index = index,
                        Price = price,
                        Confidence = _random.Chance(50) ? Amount(1L << 50) : 0,
                        ObservedNs = Venue.TimeNs,
                        ReportSequence = _report
                    }, 0, key);
            }
        }
    }

    private int Somewhere(int pool) => _markets[pool][(int)_random.Below(_markets[pool].Count)];

    private (uint Account, uint Key) Someone(int pool) => _accounts[pool][(int)_random.Below(_accounts[pool].Count)];

    private long Lots(in Market market) =>
        Math.Min(Amount(Math.Max(market.MaxOrderLots >> (int)_random.Below(16), 1)), market.MaxOrderLots);

    private long Price(in Market market, Side side) => Math.Clamp(_random.Below(10) switch
    {
        0 => market.MinPriceTicks,
        1 => market.MaxPriceTicks,
        2 => Between(market.MinPriceTicks, market.MaxPriceTicks),
        3 => 0,
        _ => market.MarkTicks + ((side == Side.Buy ? -1 : 1) * (_random.Below(6) - 2)),
    }, market.MinPriceTicks, market.MaxPriceTicks);

    private void Trade(int pool)
    {
        int number = Somewhere(pool);
        ref readonly Market market = ref Venue.State.Markets[number];
        (uint account, uint key) = Someone(pool);
        (uint other, uint otherKey) = Someone(pool);
        long lots = Lots(in market);
        long price = _random.Chance(700) ? market.MarkTicks : Price(in market, Side.Sell);
        if (Send(CommandKind.PlaceOrder, Limit(Side.Sell, price, lots, market: number), account, key) == RefusalCode.None)
        {
            Send(CommandKind.PlaceOrder,
                Limit(Side.Buy, price, lots, _random.Chance(300) ? TimeInForce.FillOrKill : TimeInForce.ImmediateOrCancel, market: number),
                other, otherKey);
        }
        if (_random.Chance(500))
        {
            Send(CommandKind.CancelAll, new CancelAll(), account, key);
        }
    }

    private void Rest(int pool)
    {
        int number = Somewhere(pool);
        ref readonly Market market = ref Venue.State.Markets[number];
        (uint account, uint key) = Someone(pool);
        var side = (Side)_random.Below(2);
        if (_random.Chance(250))
        {
            var quote = new MassQuote { Count = 1 };
            quote.Entries[0] = new QuoteEntry
            {
                Market = (ushort)number,
                BidTicks = Price(in market, Side.Buy),
                BidLots = Lots(in market),
                AskTicks = Price(in market, Side.Sell),
                AskLots = Lots(in market),
            };
            Send(CommandKind.MassQuote, quote, account, key);
            return;
        }
        if (Own(account) is var own and not 0 && _random.Chance(300))
        {
            Send(CommandKind.AmendOrder,
                new AmendOrder
                {
                    OrderId = own,
                    PriceTicks = Price(in market, side),
                    TotalLots = _random.Chance(500)
                ? 0
                : Lots(in market)
                }, account, key);
            return;
        }
        PlaceOrder order = Limit(side, Price(in market, side), Lots(in market), (TimeInForce)_random.Below(5), market: number);
        order.SelfTrade = (SelfTradePrevention)_random.Below(4);
        order.Options = _random.Chance(300) ? (OrderOptions)_random.Below(32) : OrderOptions.None;
        order.DisplayLots = _random.Chance(200) ? Amount(order.Lots) : 0;
        order.GoodTillNs = order.TimeInForce == TimeInForce.GoodTillTime ? Venue.TimeNs + Amount(1L << 60) : 0;
        order.ClientOrderId = _random.Chance(200) ? _random.Next() >> 2 : 0;
        Send(CommandKind.PlaceOrder, order, account, key);
    }

    private void Condition(int pool)
    {
        int number = Somewhere(pool);
        ref readonly Market market = ref Venue.State.Markets[number];
        (uint account, uint key) = Someone(pool);
        var side = (Side)_random.Below(2);
        if (_random.Chance(250))
        {
            Send(CommandKind.PlaceTwap,
                new PlaceTwap
                {
                    Market =
                (ushort)number,
                    Side = side,
                    PriceTicks = Price(in market, side),
                    TotalLots = Amount(1L << 45),
                    Slices = (int)Amount(100_000),
                    IntervalNs = Amount(1L << 55)
                }, account, key);
            return;
        }
        bool trails = _random.Chance(300);
        Send(CommandKind.PlaceTrigger, new PlaceTrigger
        {
            Market = (ushort)number,
            Side = side,
            Kind = trails ? TriggerKind.TrailingStop : (TriggerKind)_random.Below(2),
            Source = (TriggerSource)_random.Below(3),
            TriggerTicks = Price(in market, side),
            TrailTicks = trails ? Amount(1L << 62) : 0,
            PriceTicks = Price(in market, side),
            Lots = Lots(in market),
            Options = (OrderOptions)_random.Below(32),
            OneCancelsOther = _random.Chance(300) ? Own(account) : 0,
            GoodTillNs = _random.Chance(300) ? Venue.TimeNs + Amount(1L << 60) : 0,
        }, account, key);
    }

    private void Money(int pool)
    {
        (uint account, uint key) = Someone(pool);
        ref readonly Pool terms = ref Venue.State.Pools[pool];
        ushort asset = terms.Collateral[(int)_random.Below(terms.CollateralCount)];
        ushort market = (ushort)Somewhere(pool);
        switch (_random.Below(12))
        {
            case 0 or 1 or 2:
                Send(CommandKind.Deposit, new Deposit
                {
                    ToAccount = _random.Chance(100) ? terms.InsuranceAccount : account,
                    Asset = asset,
                    AmountAtoms = Amount(_random.Chance(300) ? Asset.MaxAmountAtoms : 1L << 48),
                });
                break;
            case 3:
                Send(CommandKind.Withdraw, new Withdraw { Asset = asset, AmountAtoms = Amount(Asset.MaxAmountAtoms) }, account, key);
                break;
            case 4:
                Health health = Venue.Engine.Margin.Cross(account);
                Send(CommandKind.Withdraw,
                    new Withdraw { Asset = terms.Collateral[0], AmountAtoms = Math.Max(health.OpeningAtoms - health.InitialAtoms, 1) },
                    account, key);
                break;
            case 5:
                Send(CommandKind.Transfer,
                    new Transfer
                    {
                        ToAccount = _random.Chance(500) ? terms.InsuranceAccount : Someone((int)_random.Below(Pools)).Account,
                        Asset = asset,
                        AmountAtoms = Amount(Asset.MaxAmountAtoms)
                    }, account, key);
                break;
            case 6:
                Send(CommandKind.ConfirmWithdrawal,
                    new ConfirmWithdrawal
                    {
                        WithdrawalId = Venue.State.Withdrawals[(int)_random.Below(16)].Id,
                        Paid = (uint)_random.Below(2)
                    });
                break;
            case 7:
                Send(CommandKind.SetMarginMode, new SetMarginMode { Market = market, Isolated = (ushort)_random.Below(2) }, account, key);
                break;
            case 8:
                Send(CommandKind.AdjustIsolatedMargin,
                    new AdjustIsolatedMargin
                    {
                        Market = market,
                        AmountAtoms = Amount(Asset.MaxAmountAtoms) * (_random.Chance(600) ? 1 : -1)
                    }, account, key);
                break;
            case 9:
                Send(CommandKind.PlaceBackstopBid,
                    new PlaceBackstopBid
                    {
                        DiscountPpm = (int)Amount(1_000_000),
                        MaxNotionalAtoms = _random.Chance(200) ? 0 : Amount(Asset.MaxAmountAtoms)
                    }, account, key);
                break;
            case 10:
                int row = Venue.State.FindPosition(account, market);
                Send(CommandKind.ExerciseContract,
                    new ExerciseContract { Market = market, Lots = row < 0 ? 1 : Amount(Math.Max(Venue.State.Positions[row].Lots, 1)) },
                    account, key);
                break;
            default:
                Send(CommandKind.SetQuoteProtection,
                    new SetQuoteProtection
                    {
                        Market = market,
                        WindowNs = Amount(1L << 60),
                        LotsLimit = Amount(1L << 60),
                        DeltaLimit = Amount(1L << 60),
                        FreezeNs = Amount(1L << 60)
                    }, account, key);
                break;
        }
    }

    private void Operate(int pool)
    {
        int number = Somewhere(pool);
        switch (_random.Below(10))
        {
            case 0:
                Send(CommandKind.SetMarketStatus,
                    new SetMarketStatus
                    {
                        Market = (ushort)number,
                        Status = _random.Chance(300) ? (MarketStatus)(1 + _random.Below(3)) : MarketStatus.Trading
                    });
                break;
            case 1 or 2 or 3:
                foreach (int market in _markets[pool])
                {
                    Send(CommandKind.SetMarketStatus, new SetMarketStatus { Market = (ushort)market, Status = MarketStatus.Trading });
                }
                break;
            case 4:
                MarketTerms terms = MarketTerms.Of(in Venue.State.Markets[number]);
                MarketTerms edge = EdgeTerms("X", (ushort)pool, (int)_random.Below(_indexes.Count), Venue.TimeNs + 1);
                (terms.BasisCapPpm, terms.LiquidationBoundPpm, terms.FundingCapPpm, terms.FundingInterestPpm) =
                    (edge.BasisCapPpm, edge.LiquidationBoundPpm, edge.FundingCapPpm, edge.FundingInterestPpm);
                (terms.OpenInterestLowerAtoms, terms.OpenInterestUpperAtoms, terms.ImpactAtoms) =
                    (edge.OpenInterestLowerAtoms, edge.OpenInterestUpperAtoms, edge.ImpactAtoms);
                terms.Tiers[0] = edge.Tiers[0];
                terms.MaxOrderLots = Math.Max(terms.MaxOrderLots / (1 + _random.Below(3)), 1);
                terms.MaxPositionLots = Math.Max(terms.MaxPositionLots / (1 + _random.Below(2)), terms.MaxOrderLots);
                terms.MarginFloorTicks = 1 + _random.Below(Math.Max(Math.Abs(terms.MaxPriceTicks), 2));
                Send(CommandKind.ChangeMarket, new ChangeMarket
                {
                    ActivateNs = Venue.TimeNs + (3_600_000 * Ms) + Amount(1L << 50),
                    Market = (uint)number,
                    Terms = terms,
                });
                break;
            case 5:
                int at = (int)_random.Below(_indexes.Count);
                Send(CommandKind.SetPriceSource, new SetPriceSource
                {
                    Index = _indexes[at].Index,
                    SourceKey = 1 + (uint)_random.Below(3),
                    Weight = (uint)(_random.Chance(100) ? 0 : Amount(1_000_000)),
                    JumpPpm = 1_000_000_000,
                });
                break;
            case 6:
                at = (int)_random.Below(_indexes.Count);
                Send(CommandKind.ConfirmIndexPrice, new ConfirmIndexPrice
                {
                    Index = _indexes[at].Index,
                    Price = Venue.State.Indexes[_indexes[at].Index].Candidate,
                    TolerancePpm = 100_000,
                });
                break;
            case 7:
                if (_random.Chance(100))
                {
                    Send(CommandKind.LinkOwners,
                        new LinkOwners { Owner = Someone(pool).Account, With = Someone((int)_random.Below(Pools)).Account });
                }
                break;
            case 8:
                at = (int)_random.Below(_indexes.Count);
                Send(CommandKind.PostBond,
                    new PostBond
                    {
                        Index = _indexes[at].Index,
                        SourceKey = 1 + (uint)_random.Below(3),
                        AmountAtoms = Amount(1L << 45) * (_random.Chance(700) ? 1 : -1)
                    }, 0, 0);
                break;
            default:
                // Contracts and futures expire: others take their place while there is room.
                if (Venue.State.Counts.Markets < 46)
                {
                    AddContract((ushort)pool, (int)_random.Below(6));
                    AddPlain((ushort)pool, (int)_random.Below(6));
                    ReportAll();
                }
                break;
        }
    }

    private ulong Own(uint account)
    {
        int slot = Venue.State.Derived.FirstOrderOf[account];
        for (long skip = _random.Below(3); skip > 0 && slot >= 0 && Venue.State.Derived.Links[slot].AccountNext >= 0; skip--)
        {
            slot = Venue.State.Derived.Links[slot].AccountNext;
        }
        return slot < 0 ? 0 : Venue.State.Orders[slot].Id;
    }
}
