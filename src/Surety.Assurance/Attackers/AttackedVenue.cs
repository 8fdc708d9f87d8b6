using System;
using System.Collections.Generic;
using Surety.Engine;
using Surety.Engine.Auditing;
using Surety.Engine.Blocks;
using Surety.Engine.Indexes;
using Surety.Engine.Instruments;
using Surety.Engine.Margin;
using Surety.Engine.State;
using Surety.Protocol;
using Surety.Protocol.Blocks;
using Surety.Protocol.Commands;
using Surety.Protocol.Events;
using Surety.Protocol.Rows;
using Surety.Simulation;

namespace Surety.Assurance.Attackers;

/// <summary>
/// A venue at rest: the index stands still, makers quote around it, six accounts hold leveraged positions that a move of two thirds of a
/// percent would bring below maintenance, the fund has money. What an attacker gains here no luck with prices gave.
/// </summary>
internal sealed class AttackedVenue
{
    /// <summary>Rounds of a play, ten seconds each.</summary>
    public const int Rounds = 40;

    /// <summary>Accounts of the attacker, each under a name of its own.</summary>
    public const int AttackerAccounts = 4;

    // Until everything that was begun has come to its end.
    private const int RoundsAfter = 20;

    private const long StartNs = 1_600_000_000_000_000_000;
    private const long Price = 8_000;
    private const long PriceOfVictims = 8_160;
    private const int Sources = 4;
    private const int Makers = 2;
    private const int Victims = 6;
    private const uint Fund = 1;
    private const uint FirstMaker = 2;
    private const uint FirstVictim = FirstMaker + Makers;
    private const uint Bank = FirstVictim + Victims;
    private const uint FirstAttacker = Bank + 1;
    private const long Dollar = Listings.Dollar;
    private const long AttackerDollars = 50_000;
    private const long VictimLots = 5_000;
    private const long VictimDollars = 2_082;

    private readonly LedgerTarget _target;
    private readonly CommandSender _sender;
    private ulong _reports;
    private long _fundAtFirst;
    private long _halts;
    private long _forged;
    private long _trades;
    private long _withdrawn;
    private long _liquidations;
    private long _leastSlack = long.MaxValue;
    private long _mostBasis;
    private int _from;

    private AttackedVenue(bool isWeak)
    {
        MarketTerms perpetual = Listings.Small("BTC-PERPETUAL");
        MarketTerms future = Listings.Small("BTC-TOMORROW", StartNs + 86_400_000_000_000);
        Genesis genesis = VenueBuilder.Unsigned("attacked", StartNs, 32, 64);
        (genesis.MaxOrders, genesis.MaxTriggers, genesis.MaxTwaps, genesis.MaxWithdrawals) = (1_024, 64, 16, 64);
        // One block, so that its events can be read at the end.
        (genesis.MaxMarkets, genesis.MaxIndexes, genesis.BlockCommands, genesis.BlockMs) = (2, 2, 1_000_000, 86_400_000);
        _target = new LedgerTarget(new Ledger(genesis));
        _sender = new CommandSender(_target, account => account == 0 ? 0 : account + Sources - 1) { TimeNs = StartNs };
        new VenueBuilder(_sender)
            .Index("BTC_USD", decimals: 2, maxAgeMs: 60_000, jumpFloor: 100_00, quorum: 3)
            .Sources(Sources)
            .Settlement("USD", 6)
            .Collateral("BTC", 8, index: 0, haircutPpm: 100_000, capAtoms: 100_00000000, poolCapAtoms: 1_000_000_00000000)
            .Pool(Listings.SmallPool())
            .Market(perpetual)
            .Market(future)
            .Customers(Makers, 1_000_000 * Dollar)
            .Customers(Victims, VictimDollars * Dollar)
            .Customers(1 + AttackerAccounts, AttackerDollars * Dollar)
            .Deposit(Fund, 20_000 * Dollar)
            .Deposit(Bank, 5_000_000 * Dollar);
        Lever();
        Report(Price);
        if (isWeak)
        {
            _sender.Must(CommandKind.SetPriceSource,
                new SetPriceSource { Index = 0, SourceKey = Sources, Weight = 10, JumpPpm = 1_000_000_000 });
        }
        _fundAtFirst = Worth(Fund);
        _from = _target.Ledger.Engine.Events.Log.Length;
    }

    private SuretyEngine Engine => _target.Ledger.Engine;

    private IndexedState State => Engine.State;

    /// <summary>Plays a plan: the figure of a goal, how near the plan came to more, and what was broken on the way.</summary>
    /// <param name="goal">The goal.</param>
    /// <param name="plan">The plan, by rounds.</param>
    /// <param name="isWeak">Whether the attacker's source outweighs the honest ones: a venue that attacks must succeed
    /// against.</param>
    public static (long Figure, long Nearness, string? Broken) Play(AttackGoal goal, IReadOnlyList<Attack> plan, bool isWeak)
    {
        var venue = new AttackedVenue(isWeak);
        string? broken = null;
        try
        {
            int at = 0;
            for (int round = 0; round < Rounds + RoundsAfter; round++)
            {
                venue._sender.TimeNs += 10_000_000_000;
                venue.Report(Price);
                venue.Quote();
                for (; at < plan.Count && plan[at].Round <= round; at++)
                {
                    venue.Do(plan[at]);
                }
                venue.Look();
            }
            venue.Count();
            broken = Audit.FindViolation(venue.Engine);
        }
        catch (Exception e) when (e is InvariantViolationException or OverflowException or IndexOutOfRangeException)
        {
            broken = $"the venue stopped: {e.Message}";
            venue._halts += Rounds;
        }
        return (venue.FigureOf(goal), venue.NearnessTo(goal), broken);
    }

    private long FigureOf(AttackGoal goal) => goal switch
    {
        // In whole dollars: what roundings leave is no attack.
        AttackGoal.Profit => Math.Max(ProfitAtoms() / Dollar, 0),
        AttackGoal.Liquidations => _liquidations,
        AttackGoal.FundLoss => Math.Max((_fundAtFirst - Worth(Fund)) / Dollar, 0),
        AttackGoal.Halts => _halts,
        _ => _forged,
    };

    // What tells plans of the same figure apart. Doing nothing loses nothing and leads nowhere.
    private long NearnessTo(AttackGoal goal) => goal switch
    {
        AttackGoal.Profit => _trades == 0 ? long.MinValue / 2 : ProfitAtoms(),
        AttackGoal.Liquidations => -_leastSlack,
        AttackGoal.FundLoss => _fundAtFirst - Worth(Fund) - (_leastSlack / 1_000),
        AttackGoal.Halts => _mostBasis,
        _ => 0,
    };

    private long ProfitAtoms()
    {
        long worth = _withdrawn - (AttackerAccounts * AttackerDollars * Dollar);
        for (uint account = FirstAttacker; account < FirstAttacker + AttackerAccounts; account++)
        {
            worth += Worth(account);
        }
        return worth;
    }

    private long Worth(uint account)
    {
        long worth = Engine.Margin.WorthOfUnit(MarginUnit.Cross(account));
        int first = (int)account * State.PositionsPerAccount;
        for (int row = first; row < first + State.PositionsPerAccount; row++)
        {
            worth += State.Positions[row].Lots != 0 && State.Positions[row].IsIsolated
                ? Engine.Margin.WorthOfUnit(MarginUnit.Isolated(account, row))
                : State.Positions[row].IsolatedAtoms;
        }
        return worth;
    }

    private void Report(long price)
    {
        for (uint source = 1; source < Sources; source++)
        {
            _sender.Send(CommandKind.ReportPrice,
                new ReportPrice { Price = price * 100, ObservedNs = _sender.TimeNs, ReportSequence = ++_reports }, 0, source);
        }
    }

    // All long, at a price from which the index then fell: what is left is a quarter more than maintenance.
    private void Lever()
    {
        Report(PriceOfVictims);
        for (uint victim = FirstVictim; victim < Bank; victim++)
        {
            var market = (ushort)(victim % 2);
            _sender.Must(CommandKind.PlaceOrder, Limit(market, Side.Sell, PriceOfVictims, VictimLots), Bank);
            _sender.Must(CommandKind.PlaceOrder, Limit(market, Side.Buy, PriceOfVictims, VictimLots), victim);
        }
    }

    private void Quote()
    {
        for (uint maker = FirstMaker; maker < FirstVictim; maker++)
        {
            _sender.Send(CommandKind.CancelAll, new CancelAll(), maker);
            for (ushort market = 0; market < 2; market++)
            {
                for (int level = 0; level < 3; level++)
                {
                    long away = 2 + (level * 4) + maker - FirstMaker;
                    _sender.Send(CommandKind.PlaceOrder, Limit(market, Side.Buy, Price - away, 4_000), maker);
                    _sender.Send(CommandKind.PlaceOrder, Limit(market, Side.Sell, Price + away, 4_000), maker);
                }
            }
        }
    }

    private void Do(Attack move)
    {
        uint account = FirstAttacker + (uint)move.Account;
        uint other = FirstAttacker + (uint)(move.A % AttackerAccounts);
        var market = (ushort)(move.A % 2);
        var side = (Side)(move.A / 2 % 2);
        switch (move.Kind)
        {
            case AttackMove.Order:
                // Mostly near, sometimes as far as may be.
                long away = (move.A / 4 % 5 == 0 ? move.A / 20 % 1_601 : move.A / 20 % 61) - (move.A / 4 % 5 == 0 ? 800 : 30);
                PlaceOrder order = Limit(market, side, Price + away, 1 + (move.B / 20));
                order.TimeInForce = (TimeInForce)(move.B % 3);
                order.SelfTrade = (SelfTradePrevention)(move.B / 3 % 4);
                _sender.Send(CommandKind.PlaceOrder, order, account);
                break;
            case AttackMove.Take:
                PlaceOrder take = Limit(market, side, 0, 1 + (move.B / 10));
                (take.Options, take.TimeInForce) = (OrderOptions.Market, TimeInForce.ImmediateOrCancel);
                _sender.Send(CommandKind.PlaceOrder, take, account);
                break;
            case AttackMove.Push:
                long far = (1 + (move.A / 4 % 400)) * (side == Side.Buy ? 1 : -1);
                _sender.Send(CommandKind.PlaceOrder, Limit(market, side, Price + far, 1 + (move.B / 20)), account);
                Side against = side == Side.Buy ? Side.Sell : Side.Buy;
                uint partner = FirstAttacker + (uint)((move.Account + 1) % AttackerAccounts);
                _sender.Send(CommandKind.PlaceOrder, Limit(market, against, Price + far + Math.Sign(far), 1 + (move.B / 20)), partner);
                break;
            case AttackMove.CancelAll:
                _sender.Send(CommandKind.CancelAll, new CancelAll(), account);
                break;
            case AttackMove.Stop:
                _sender.Send(CommandKind.PlaceTrigger,
                    new PlaceTrigger
                    {
                        Market = market,
                        Side = side,
                        Kind = (TriggerKind)(move.B % 3),
                        Source = (TriggerSource)(move.B / 3 % 3),
                        TriggerTicks = Price + (move.A / 4 % 161) - 80,
                        Lots = 1 + (move.B / 50),
                        Options = OrderOptions.Market,
                    },
                    account);
                break;
            case AttackMove.Transfer:
                _sender.Send(CommandKind.Transfer,
                    new Transfer { ToAccount = other, AmountAtoms = 1 + (move.B * AttackerDollars * Dollar / 1_000_000) }, account);
                break;
            default:
                DoMore(move, account, market);
                break;
        }
    }

    private void DoMore(Attack move, uint account, ushort market)
    {
        switch (move.Kind)
        {
            case AttackMove.Withdraw:
                long atoms = 1 + (move.B * AttackerDollars * Dollar / 1_000_000);
                bool went = _sender.Send(CommandKind.Withdraw, new Withdraw { AmountAtoms = atoms }, account) == RefusalCode.None;
                _withdrawn += went ? atoms : 0;
                break;
            case AttackMove.Isolate when move.B % 3 == 0:
                _sender.Send(CommandKind.AdjustIsolatedMargin,
                    new AdjustIsolatedMargin { Market = market, AmountAtoms = (move.A - 500_000) * Dollar / 50 }, account);
                break;
            case AttackMove.Isolate:
                _sender.Send(CommandKind.SetMarginMode, new SetMarginMode { Market = market, Isolated = (ushort)(move.B % 2) }, account);
                break;
            case AttackMove.Bid:
                _sender.Send(CommandKind.PlaceBackstopBid,
                    new PlaceBackstopBid { MaxNotionalAtoms = move.B * Dollar, DiscountPpm = (int)(move.A / 10) }, account);
                break;
            case AttackMove.Lie:
                _sender.Send(CommandKind.ReportPrice,
                    new ReportPrice
                    {
                        Price = 1 + (move.A % 3 == 0 ? move.B * 2 : (Price * 100) + (move.B % 80_001) - 40_000),
                        ObservedNs = _sender.TimeNs,
                        ReportSequence = ++_reports,
                    },
                    0, Sources);
                break;
            case AttackMove.Forge:
                Forge(move, account);
                break;
            default:
                break;
        }
    }

    // For any account that is not the attacker's, with the attacker's key.
    private void Forge(Attack move, uint account)
    {
        uint key = account + Sources - 1;
        var victim = (uint)(move.A % FirstAttacker);
        RefusalCode code = (move.B % 6) switch
        {
            0 => _sender.Send(CommandKind.Transfer, new Transfer { ToAccount = account, AmountAtoms = 1 + move.B }, victim, key),
            1 => _sender.Send(CommandKind.Withdraw, new Withdraw { AmountAtoms = 1 + move.B }, victim, key),
            2 => _sender.Send(CommandKind.CancelAll, new CancelAll(), victim, key),
            3 => _sender.Send(CommandKind.PlaceOrder, Limit(0, Side.Buy, Price, 1), victim, key),
            4 => _sender.Send(CommandKind.Deposit, new Deposit { ToAccount = account, AmountAtoms = 1 + move.B }, victim, key),
            _ => _sender.Send(CommandKind.SetMarginMode, new SetMarginMode { Market = 0, Isolated = 1 }, victim, key),
        };
        _forged += code == RefusalCode.None ? 1 : 0;
    }

    private void Look()
    {
        for (int market = 0; market < 2; market++)
        {
            ref readonly Market now = ref State.Markets[market];
            _halts += now.Status == MarketStatus.Trading && now.Causes == MarketCauses.None ? 0 : 1;
            _mostBasis = Math.Max(_mostBasis, Math.Abs(now.MarkTicks - now.IndexTicks));
        }
        for (uint victim = FirstVictim; victim < Bank; victim++)
        {
            Health health = Engine.Margin.Cross(victim);
            _leastSlack = Math.Min(_leastSlack, health.EquityAtoms - health.MaintenanceAtoms);
        }
    }

    // All events of a play are in one block.
    private void Count()
    {
        var events = new EventReader(Engine.Events.Log.Bytes, _from);
        while (events.MoveNext())
        {
            if (events.Kind == EventKind.Trade)
            {
                ref readonly Trade trade = ref events.As<Trade>();
                _trades += trade.Header.Account >= FirstAttacker || trade.MakerAccount >= FirstAttacker ? 1 : 0;
            }
            if (events.Kind == EventKind.LiquidationStarted)
            {
                uint account = events.As<EventHeader>().Account;
                _liquidations += account < FirstAttacker && account != Fund ? 1 : 0;
            }
        }
    }

    private static PlaceOrder Limit(ushort market, Side side, long price, long lots) =>
        new() { Market = market, Side = side, PriceTicks = price, Lots = lots };
}
