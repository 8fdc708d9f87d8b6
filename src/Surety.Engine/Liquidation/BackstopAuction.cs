using System;
using Surety.Core.Numerics;
using Surety.Engine.Accounts;
using Surety.Engine.Commands;
using Surety.Engine.Events;
using Surety.Engine.Instruments;
using Surety.Engine.Margin;
using Surety.Engine.State;

namespace Surety.Engine.Liquidation;

/// <summary>
/// A Dutch auction of what is left of an account, held within the step: the discount on the portfolio's notional rises from
/// nothing until it meets the first standing bid that can take the whole; of equal ones the older. It ends without a sale at
/// the pool's largest discount, which is the reserve price. The discount is paid by the account as far as it lasts, then by
/// the insurance fund as far as it may.
/// </summary>
internal sealed class BackstopAuction(VenueState state, EventLog events, AccountMargin margin, PositionKeeping keeping, Custody custody, InsuranceFund fund)
{
    public RefusalCode Place(in PlaceBackstopBid command, out long detail)
    {
        uint account = command.Header.Account;
        detail = account;
        if (state.Accounts[(int)account].Pool == ushort.MaxValue)
        {
            return RefusalCode.WrongPool;
        }
        detail = 48;
        if (command.DiscountPpm is < 0 or > (int)Rounding.Million || command.MaxNotionalAtoms is < 0 or > Asset.MaxAmountAtoms)
        {
            return RefusalCode.InvalidField;
        }
        int row = -1;
        for (int i = 0; i < BackstopBid.Most; i++)
        {
            uint holder = state.BackstopBids[i].AccountPlusOne;
            row = holder == account + 1 || (holder == 0 && row < 0) ? i : row;
        }
        detail = BackstopBid.Most;
        if (row < 0)
        {
            return RefusalCode.LimitReached;
        }
        Health health = margin.Cross(account);
        detail = health.InitialAtoms - health.OpeningAtoms;
        if (detail > 0 && command.MaxNotionalAtoms > 0)
        {
            return RefusalCode.BackstopUnderwater;
        }

        // Point of no return.
        detail = 0;
        for (int i = 0; i < BackstopBid.Most; i++)
        {
            row = state.BackstopBids[i].AccountPlusOne == account + 1 ? i : row;
        }
        state.BackstopBids.Write(row) = command.MaxNotionalAtoms == 0 ? default : new BackstopBid
        {
            AccountPlusOne = account + 1,
            DiscountPpm = command.DiscountPpm,
            MaxNotionalAtoms = command.MaxNotionalAtoms,
            TimeNs = state.TimeNs,
        };
        return RefusalCode.None;
    }

    /// <summary>Sells the unit's whole portfolio; false when nobody bids for it who can take it.</summary>
    public bool TrySell(uint account, int isolatedRow, Health health)
    {
        long notional = NotionalIfActable(account, isolatedRow, out int largestMarket);
        if (notional <= 0)
        {
            return false;
        }
        int after = -1;
        while ((after = NextBid(account, notional, after)) >= 0)
        {
            BackstopBid bid = state.BackstopBids[after];
            long discount = Rounding.PpmCeiling(notional, bid.DiscountPpm);
            long accountPays = Math.Clamp(health.EquityAtoms, 0, discount);
            long deficit = Math.Max(-health.EquityAtoms, 0);
            long fundPays = discount - accountPays;
            bool isFund = account == fund.AccountOf(state.Accounts[(int)account].Pool);
            uint provider = bid.AccountPlusOne - 1;
            if ((fundPays + deficit > 0 && (isFund || fundPays + deficit > fund.AvailableAtoms(largestMarket)))
                || !CanTake(provider, account, isolatedRow, discount))
            {
                continue;
            }
            fund.Cover(account, isolatedRow, largestMarket, deficit);
            MovePositions(provider, account, isolatedRow);
            custody.ChangeUnit(account, isolatedRow, -accountPays, BalanceReason.BackstopDiscount, provider);
            if (fundPays > 0)
            {
                fund.Spend(state.Accounts[(int)account].Pool, largestMarket, fundPays);
                custody.Change(fund.AccountOf(state.Accounts[(int)account].Pool), 0, -fundPays, BalanceReason.BackstopDiscount, provider);
            }
            custody.Change(provider, 0, discount, BalanceReason.BackstopDiscount, account);
            events.Write(EventKind.BackstopTook, provider, new BackstopTook
            {
                NotionalAtoms = notional,
                AccountPaidAtoms = accountPays,
                FundPaidAtoms = fundPays,
                FromAccount = account,
                DiscountPpm = bid.DiscountPpm,
            });
            return true;
        }
        return false;
    }

    /// <summary>
    /// Sells an account's collateral to cover its debt in the settlement asset, at the least discount on the index price that
    /// anyone bids and never below the reserve; what nobody wants at that price stays the account's.
    /// </summary>
    public void SellCollateral(uint account)
    {
        ref readonly Pool pool = ref state.Pools[state.Accounts[(int)account].Pool];
        for (int slot = 1; slot < pool.CollateralCount; slot++)
        {
            int after = -1;
            while (state.Accounts[(int)account].Balances[0] < 0 && state.Accounts[(int)account].Balances[slot] > 0 && (after = NextBid(account, 0, after)) >= 0)
            {
                SellTo(after, account, slot);
            }
        }
    }

    private void SellTo(int bidRow, uint account, int slot)
    {
        BackstopBid bid = state.BackstopBids[bidRow];
        uint provider = bid.AccountPlusOne - 1;
        ref readonly Pool pool = ref state.Pools[state.Accounts[(int)account].Pool];
        ref readonly Asset asset = ref state.Assets[pool.Collateral[slot]];
        ref readonly Oracles.PriceIndex index = ref state.Indexes[asset.PriceIndexPlusOne - 1];
        if (index.State != Oracles.PriceState.Good || index.Price <= 0)
        {
            return;
        }
        Health health = margin.Cross(provider);
        long free = Math.Min(Math.Min(state.Accounts[(int)provider].Balances[0], health.OpeningAtoms - health.InitialAtoms), bid.MaxNotionalAtoms);
        long wanted = Math.Min(-state.Accounts[(int)account].Balances[0], free);
        if (wanted <= 0)
        {
            return;
        }
        long scale = FixedDecimal.PowerOfTen(margin.ScaleDecimals(in pool, in asset, in index));
        Int128 unit = (Int128)index.Price * (Rounding.Million - bid.DiscountPpm);
        if (unit == 0)
        {
            return;
        }
        Int128 needed = (((Int128)wanted * scale * Rounding.Million) + unit - 1) / unit;
        long held = state.Accounts[(int)account].Balances[slot];
        long room = Asset.MaxAmountAtoms - state.Accounts[(int)provider].Balances[slot];
        long amount = (long)Int128.Min(needed, Math.Min(held, room));
        long proceeds = (long)Int128.Min((Int128)amount * unit / scale / Rounding.Million, wanted);
        if (amount <= 0 || proceeds <= 0)
        {
            return;
        }
        custody.Change(account, slot, -amount, BalanceReason.CollateralSale, provider);
        custody.Change(provider, slot, amount, BalanceReason.CollateralSale, account);
        custody.Change(provider, 0, -proceeds, BalanceReason.CollateralSale, account);
        custody.Change(account, 0, proceeds, BalanceReason.CollateralSale, provider);
        events.Write(EventKind.CollateralSold, provider, new CollateralSold
        {
            AmountAtoms = amount,
            ProceedsAtoms = proceeds,
            FromAccount = account,
            Asset = pool.Collateral[slot],
            DiscountPpm = bid.DiscountPpm,
        });
    }

    // The bid that follows another in the order of discount, age, row; −1 for none.
    private int NextBid(uint account, long notional, int after)
    {
        int best = -1;
        ref readonly Account seller = ref state.Accounts[(int)account];
        for (int i = 0; i < state.BackstopBids.PageCount * state.BackstopBids.RowsPerPage; i++)
        {
            ref readonly BackstopBid bid = ref state.BackstopBids[i];
            if (bid.AccountPlusOne == 0 || bid.MaxNotionalAtoms < notional || bid.DiscountPpm > state.Pools[seller.Pool].Rules.BackstopDiscountPpm)
            {
                continue;
            }
            ref readonly Account provider = ref state.Accounts[(int)bid.AccountPlusOne - 1];
            bool comesAfter = after < 0 || Compare(i, after) > 0;
            if (provider.Pool == seller.Pool && provider.Owner != seller.Owner && comesAfter && (best < 0 || Compare(i, best) < 0))
            {
                best = i;
            }
        }
        return best;
    }

    private int Compare(int a, int b)
    {
        ref readonly BackstopBid x = ref state.BackstopBids[a];
        ref readonly BackstopBid y = ref state.BackstopBids[b];
        return (x.DiscountPpm, x.TimeNs, a).CompareTo((y.DiscountPpm, y.TimeNs, b));
    }

    // Zero when there is nothing, or something that cannot be traded on its price now.
    private long NotionalIfActable(uint account, int isolatedRow, out int largestMarket)
    {
        largestMarket = -1;
        long sum = 0;
        long largest = -1;
        int first = (int)account * state.PositionsPerAccount;
        for (int row = first; row < first + state.PositionsPerAccount; row++)
        {
            ref readonly Position position = ref state.Positions[row];
            if (position.Lots == 0 || !PriceDoubt.Belongs(in position, row, isolatedRow))
            {
                continue;
            }
            int market = position.MarketPlusOne - 1;
            if (!PriceDoubt.IsActable(state, market))
            {
                return 0;
            }
            long notional = MarginTiers.NotionalAtoms(in state.Markets[market], position.Lots);
            sum += notional;
            (largest, largestMarket) = notional > largest ? (notional, market) : (largest, largestMarket);
        }
        return sum;
    }

    // The provider must cover initial margin afterwards, like anybody who opens a position.
    private bool CanTake(uint provider, uint account, int isolatedRow, long income)
    {
        Health health = margin.Cross(provider);
        long initial = health.InitialAtoms;
        int first = (int)account * state.PositionsPerAccount;
        int providerFirst = (int)provider * state.PositionsPerAccount;
        int free = state.Derived.MarketOfPosition.AsSpan(providerFirst, state.PositionsPerAccount).Count((ushort)0);
        for (int row = first; row < first + state.PositionsPerAccount; row++)
        {
            ref readonly Position position = ref state.Positions[row];
            if (position.Lots == 0 || !PriceDoubt.Belongs(in position, row, isolatedRow))
            {
                continue;
            }
            int marketNumber = position.MarketPlusOne - 1;
            ref readonly Market market = ref state.Markets[marketNumber];
            int own = state.FindPosition(provider, marketNumber);
            if (own >= 0 && state.Positions[own].IsIsolated)
            {
                return false;
            }
            free -= own < 0 ? 1 : 0;
            long held = own < 0 ? 0 : state.Positions[own].Lots;
            OpenOrders open = own < 0 ? default : state.Derived.OpenOrders[own];
            if (free < 0 || Math.Abs(held + position.Lots) > market.MaxPositionLots)
            {
                return false;
            }
            initial += MarginTiers.Of(in market, held + position.Lots, in open).InitialAtoms - MarginTiers.Of(in market, held, in open).InitialAtoms;
        }
        if (margin.IsPortfolio(state.Accounts[(int)provider].Pool))
        {
            // Differences of formulas say nothing where positions are netted: the two portfolios together do.
            initial = isolatedRow < 0 ? margin.Portfolio.OfBoth(provider, account).InitialAtoms : WithIsolated(provider, isolatedRow);
        }
        return health.OpeningAtoms + income >= initial;
    }

    private long WithIsolated(uint provider, int isolatedRow)
    {
        ref readonly Position taken = ref state.Positions[isolatedRow];
        int market = taken.MarketPlusOne - 1;
        int own = state.FindPosition(provider, market);
        int first = (int)provider * state.PositionsPerAccount;
        int row = own >= 0 ? own : first + state.Derived.MarketOfPosition.AsSpan(first, state.PositionsPerAccount).IndexOf((ushort)0);
        long held = own >= 0 ? state.Positions[own].Lots : 0;
        return margin.Portfolio.Of(provider, row, market, held + taken.Lots, own >= 0 ? state.Derived.OpenOrders[own] : default).InitialAtoms;
    }

    private void MovePositions(uint provider, uint account, int isolatedRow)
    {
        int first = (int)account * state.PositionsPerAccount;
        for (int row = first; row < first + state.PositionsPerAccount; row++)
        {
            Position position = state.Positions[row];
            if (position.Lots != 0 && PriceDoubt.Belongs(in position, row, isolatedRow))
            {
                PositionTransfers.AtMark(state, events, keeping, row, provider, position.Lots, LiquidationOutcome.Auctioned);
            }
        }
    }
}
