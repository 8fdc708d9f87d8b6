using System;
using System.Collections.Generic;
using System.Linq;
using Surety.Core.Numerics;
using Surety.Engine.Auditing;
using Surety.Engine.State;
using Surety.Protocol.Blocks;
using Surety.Protocol.Commands;
using Surety.Protocol.Events;
using Surety.Protocol.Rows;
using Surety.Scenarios;
using Surety.Simulation.Scenarios;
using static Surety.Scenarios.TestVenue;

namespace Surety.Engine.Tests;

/// <summary>
/// The theorem of docs/liquidation.md, tried: what one person owns, valued at the index, never grows by a liquidation and the
/// unwinding that follows it, beyond the declared subsidy and the fee schedule's rebates, whatever accounts are on which side.
/// </summary>
public class BothSidesTests
{
    private const uint Fund = 1;
    private const int Other = 2;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public void A_person_on_both_sides_gains_no_more_from_liquidations_than_his_accounts_paid_and_the_declared_subsidy(ulong seed)
    {
        var random = new SplitMix(seed);
        var seen = new Coverage();
        for (int i = 0; i < 50; i++)
        {
            ulong one = random.Next();
            var attack = new Attack(one);
            attack.Run(seen);
            Assert.True(attack.GainAtoms <= attack.BoundAtoms,
                $"seed {seed}, venue {i} ({one}): gained {attack.GainAtoms} atoms, the bound is "
                + $"{attack.BoundAtoms}; largest in step {attack.LargestStep}");
            Assert.Null(Audit.FindViolation(attack.Venue.Engine));
        }
        // The property is only worth something if every way of both sides was taken.
        Assert.True(seen.Liquidations > 50 && seen.TakenOver > 10 && seen.FundSales > 10 && seen.Auctioned > 0 && seen.Coins > 0
            && seen.Deleveraged > 5 && seen.Insolvent > 5, $"{seen}");
    }

    private sealed record Coverage
    {
        public int Liquidations { get; set; }

        public int TakenOver { get; set; }

        public int FundSales { get; set; }

        public int Auctioned { get; set; }

        public int Coins { get; set; }

        public int Deleveraged { get; set; }

        public int Insolvent { get; set; }
    }

    /// <summary>One venue: two strangers who never quote, and one person's accounts, on all sides.</summary>
    private sealed class Attack
    {
        private const int Strangers = 2;
        private const int Identities = 5;
        private readonly List<(uint Account, uint Owner)> _own = [];
        private readonly uint _rich;
        private SplitMix _random;
        private ulong _report = 1_000_000;

        public Attack(ulong seed)
        {
            _random = new SplitMix(seed);
            CreatePool pool = PoolTerms();
            pool.Rules.FundLossPpm = PoolRules.Off;
            pool.Rules.BidDelayMs = 1_000;
            pool.Rules.TransferMarginPpm = PoolRules.Off;
            pool.Rules.OutflowPpm = PoolRules.Off;
            MarketTerms terms = Terms("BTC-PERPETUAL", 0);
            Venue = new TestVenue(Strangers + Identities, terms: terms, pool: pool);
            Venue.Must(CommandKind.ListMarket, new ListMarket { Terms = Terms("BTC-NEXT", StartNs + (30L * 86_400_000_000_000)) });
            Venue.Price(8_000);
            for (uint i = 0; i < Identities; i++)
            {
                uint owner = FirstTrader + Strangers + i;
                _own.Add((owner, owner));
                if (_random.Chance(500))
                {
                    Venue.Must(CommandKind.CreateSubAccount, new CreateSubAccount(), owner);
                    uint sub = (uint)Venue.State.Counts.Accounts - 1;
                    Venue.Deposit(sub, 100_000 * Dollar);
                    _own.Add((sub, owner));
                }
            }
            for (uint i = 0; i < Strangers; i++)
            {
                Venue.Deposit(FirstTrader + i, 200_000_000 * Dollar);
            }
            // Some of his identities are known to be one.
            if (_random.Chance(300))
            {
                Venue.Must(CommandKind.LinkOwners, new LinkOwners { Owner = _own[0].Owner, With = _own[^1].Owner });
            }
            _rich = _own[^1].Account;
            Venue.Deposit(_rich, 40_000_000 * Dollar);
            Venue.Deposit(Fund, 1 + _random.Below(_random.Chance(300) ? 200_000 * Dollar : 20_000_000 * Dollar));
        }

        public TestVenue Venue { get; }

        public long GainAtoms { get; private set; }

        public long BoundAtoms { get; private set; }

        public string LargestStep { get; private set; } = "";

        public void Run(Coverage seen)
        {
            Open();
            long price = 8_000;
            Bid();
            Venue.Wait(2_000);
            long largest = 0;
            for (int step = 0; step < 44; step++)
            {
                // Bids are placed at the price that stands: what comes next is not known to them.
                Quote(price);
                if (step is 0 or 6 or 14)
                {
                    // A gap; most leave the accounts with little or nothing.
                    price = Math.Max(price + (price * (_random.Below(2) == 0 ? 1 : -1) * (10 + _random.Below(90)) / 1_000), 100);
                }
                long before = GainAtoms - BoundAtoms;
                Step(price + (step % 2), seen);
                if (GainAtoms - BoundAtoms - before > largest)
                {
                    largest = GainAtoms - BoundAtoms - before;
                    LargestStep = $"{step} ({largest})";
                }
            }
        }

        private static MarketTerms Terms(string name, long expiryNs)
        {
            // Mark is the index: what a book can do to a mark is bounded elsewhere, by the basis cap (MarkTests).
            MarketTerms terms = Listing(name, expiryNs).Terms;
            terms.BasisCapPpm = 0;
            return terms;
        }

        private void Send<T>(CommandKind kind, T command, int own)
            where T : unmanaged => Venue.Send(kind, command, _own[own].Account, KeyOf(_own[own].Owner));

        private void Open()
        {
            for (int i = 0; i < _own.Count - 1; i++)
            {
                if (_random.Chance(150))
                {
                    Send(CommandKind.SetMarginMode, new SetMarginMode { Market = 0, Isolated = 1 }, i);
                    Send(CommandKind.AdjustIsolatedMargin, new AdjustIsolatedMargin { Market = 0, AmountAtoms = 20_000 * Dollar }, i);
                }
                if (_random.Chance(450))
                {
                    // Coins instead of cash: what is lost becomes a debt against them.
                    Venue.Deposit(_own[i].Account, 1 + _random.Below(30_00000000), asset: 1);
                    Send(CommandKind.Withdraw, new Withdraw { AmountAtoms = (60_000 + _random.Below(40_000)) * Dollar }, i);
                }
            }
            for (int i = 0; i < 14; i++)
            {
                int own = (int)_random.Below(_own.Count - 1);
                int market = _random.Chance(700) ? Perpetual : Other;
                var side = (Side)_random.Below(2);
                long lots = 1 + _random.Below(100_000);
                bool among = _random.Chance(300);
                int other = (int)_random.Below(_own.Count);
                PlaceOrder maker = Limit(side == Side.Buy ? Side.Sell : Side.Buy, 8_000, lots, market: market);
                if (among)
                {
                    Send(CommandKind.PlaceOrder, maker, other);
                }
                else
                {
                    Venue.Place(FirstTrader + (uint)_random.Below(Strangers), maker);
                }
                Send(CommandKind.PlaceOrder, Limit(side, 8_000, lots, TimeInForce.ImmediateOrCancel, market: market), own);
                Send(CommandKind.CancelAll, new CancelAll(), other);
                for (uint stranger = FirstTrader; stranger < FirstTrader + Strangers; stranger++)
                {
                    Venue.Send(CommandKind.CancelAll, new CancelAll(), stranger);
                }
            }
        }

        private void Bid()
        {
            for (int i = 0; i < _own.Count; i++)
            {
                if (_random.Chance(_own[i].Account == _rich ? 800 : 200))
                {
                    Send(CommandKind.PlaceBackstopBid,
                        new PlaceBackstopBid
                        {
                            DiscountPpm = (int)_random.Below(_random.Chance(500) ? 10_000 : 110_000),
                            MaxNotionalAtoms = (1 + _random.Below(3_000_000)) * Dollar
                        }, i);
                }
            }
        }

        // One identity's orders around mark, a few ticks to two per cent away.
        private void Quote(long price)
        {
            int rich = _own.FindIndex(o => o.Account == _rich);
            Send(CommandKind.CancelAll, new CancelAll(), rich);
            foreach (int market in (ReadOnlySpan<int>)[Perpetual, Other])
            {
                foreach (Side side in (ReadOnlySpan<Side>)[Side.Buy, Side.Sell])
                {
                    if (_random.Chance(600))
                    {
                        long away = 1 + (price * _random.Below(22) / 1_000);
                        Send(CommandKind.PlaceOrder,
                            Limit(side, side == Side.Buy ? price - away : price + away, 1 + _random.Below(100_000),
                            options: OrderOptions.PostOnly, market: market), rich);
                    }
                }
            }
        }

        private void Step(long price, Coverage seen)
        {
            // Each report for itself: what the fund trades before the index moves is valued before it moves.
            _report++;
            for (uint key = 1; key <= 3; key++)
            {
                Measure(price, key, seen);
            }
        }

        private void Measure(long reported, uint key, Coverage seen)
        {
            VenueState state = Venue.State;
            var accounts = _own.Select(o => state.Accounts[(int)o.Account]).ToArray();
            var positions =
                _own.Select(o =>
                    Enumerable.Range((int)o.Account * state.PositionsPerAccount, state.PositionsPerAccount)
                        .Select(row => state.Positions[row]).ToArray()).ToArray();
            int from = Venue.Engine.Events.Log.Length;
            Venue.Must(CommandKind.ReportPrice,
                new ReportPrice { Price = reported * 100, ObservedNs = Venue.TimeNs, ReportSequence = _report }, 0, key);
            long price = state.Indexes[0].Price / 100;
            long before = 0;
            long after = 0;
            for (int i = 0; i < _own.Count; i++)
            {
                before += Worth(in accounts[i], positions[i], price);
                Account now = state.Accounts[(int)_own[i].Account];
                after += Worth(in now,
                    [.. Enumerable.Range((int)_own[i].Account * state.PositionsPerAccount, state.PositionsPerAccount)
                    .Select(row => state.Positions[row])], price);
            }
            GainAtoms += after - before;
            BoundAtoms += Allowed(from, seen);
        }

        // Roundings, the rebates that the schedule pays, and the subsidy on what the fund unwinds.
        private long Allowed(int from, Coverage seen)
        {
            long allowed = 0;
            var own = _own.Select(o => o.Account).ToHashSet();
            var reader = new EventReader(Venue.Engine.Events.Log.Bytes, from);
            while (reader.MoveNext())
            {
                allowed += 2;
                switch (reader.Kind)
                {
                    case EventKind.Trade:
                        Trade trade = reader.As<Trade>();
                        allowed += own.Contains(trade.MakerAccount) ? Math.Max(-trade.MakerFeeAtoms, 0) : 0;
                        if (trade.Header.Account == Fund)
                        {
                            seen.FundSales++;
                            allowed += Rounding.PpmCeiling(trade.Lots * trade.PriceTicks * 1_000, FundHolding.SubsidyPpm);
                        }
                        break;
                    case EventKind.LiquidationStarted:
                        seen.Liquidations++;
                        break;
                    case EventKind.LiquidationEnded:
                        seen.Insolvent += reader.As<LiquidationEnded>().ResidualAtoms < 0 ? 1 : 0;
                        break;
                    case EventKind.PositionTransferred:
                        LiquidationOutcome cause = reader.As<PositionTransferred>().Cause;
                        seen.TakenOver += cause == LiquidationOutcome.TakenOver ? 1 : 0;
                        seen.Auctioned += cause == LiquidationOutcome.Auctioned ? 1 : 0;
                        seen.Deleveraged += cause == LiquidationOutcome.Deleveraged ? 1 : 0;
                        break;
                    case EventKind.CollateralSold:
                        seen.Coins++;
                        CollateralSold sold = reader.As<CollateralSold>();
                        allowed += sold.FromAccount == Fund ? Rounding.PpmCeiling(sold.ProceedsAtoms, FundHolding.SubsidyPpm) + 1 : 0;
                        break;
                }
            }
            return allowed;
        }

        // At the index, each unit for itself and never below zero: no account owes more than a unit has.
        private long Worth(in Account account, Position[] positions, long price)
        {
            VenueState state = Venue.State;
            long cross = account.Balances[0] + (long)((Int128)account.Balances[1] * price / 100);
            long worth = 0;
            foreach (Position position in positions)
            {
                if (!position.Market.Exists)
                {
                    continue;
                }
                long value = (position.Lots * price * 1_000) - position.EntryCostAtoms
                    - (position.Lots * (state.Markets[position.Market.Number].FundingIndex - position.FundingIndex));
                if (position.IsIsolated)
                {
                    worth += Math.Max(position.IsolatedAtoms + value, 0);
                }
                else
                {
                    cross += value;
                }
            }
            return worth + Math.Max(cross, 0);
        }
    }
}
