using System;
using Surety.Core.Numerics;
using Surety.Engine.Accounts;
using Surety.Engine.Events;
using Surety.Engine.Indexes;
using Surety.Engine.Instruments;
using Surety.Engine.Margin;
using Surety.Engine.State;
using Surety.Protocol.Commands;
using Surety.Protocol.Events;
using Surety.Protocol.Rows;

namespace Surety.Engine.Liquidation;

/// <summary>
/// Standing bids of backstop providers. A bid takes lots of a solvent account at mark, for a discount that the account itself
/// pays out of what it has left; the fund adds nothing to it. It takes coins of an account in debt at a discount on the index. The
/// least discount is served first, of equal ones the older. A bid counts once it has stood for the pool's delay, so that it
/// cannot be placed for a liquidation that its owner sees coming, and never for an account of the same person: its
/// owner's, or that of an owner linked with it.
/// </summary>
internal sealed class BackstopBids(IndexedState state, EventLog events, AccountMargin margin, PositionKeeping keeping, Custody custody)
{
    /// <summary>A bid, or the fund, that could buy no more than this part of the coins that are to be sold buys none.</summary>
    public const int LeastPart = 100;

    public Refusal Place(in PlaceBackstopBid command)
    {
        uint account = command.Header.Account;
        if (state.Accounts[(int)account].Pool == ushort.MaxValue)
        {
            return Refusal.WrongPool(account);
        }
        if (command.DiscountPpm is < 0 or > (int)Rounding.Million || command.MaxNotionalAtoms is < 0 or > Asset.MaxAmountAtoms)
        {
            return Refusal.InvalidField(48);
        }
        int row = -1;
        int ofOwner = 0;
        bool has = false;
        for (int i = 0; i < BackstopBid.Most; i++)
        {
            OptionalId holder = state.BackstopBids[i].Account;
            row = holder.Number == account || (!holder.Exists && row < 0) ? i : row;
            has |= holder.Number == account;
            ofOwner += holder.Exists && state.Accounts[holder.Number].Owner == state.Accounts[(int)account].Owner ? 1 : 0;
        }
        if (!has && ofOwner >= BackstopBid.MostOfOwner)
        {
            return Refusal.OwnerLimit(BackstopBid.MostOfOwner);
        }
        if (row < 0)
        {
            return Refusal.LimitReached(BackstopBid.Most);
        }
        Health health = margin.Cross(account);
        long atoms = health.InitialAtoms - health.OpeningAtoms;
        if (atoms > 0 && command.MaxNotionalAtoms > 0)
        {
            return Refusal.BackstopUnderwater(atoms);
        }

        // Point of no return.
        for (int i = 0; i < BackstopBid.Most; i++)
        {
            row = state.BackstopBids[i].Account.Number == account ? i : row;
        }
        state.BackstopBids.Write(row) = command.MaxNotionalAtoms == 0 ? default : new BackstopBid
        {
            Account = OptionalId.Of(account),
            DiscountPpm = command.DiscountPpm,
            MaxNotionalAtoms = command.MaxNotionalAtoms,
            TimeNs = state.TimeNs,
        };
        events.Write(EventKind.BackstopBidPlaced, account, new BackstopBidPlaced
        {
            MaxNotionalAtoms = command.MaxNotionalAtoms,
            CountsFromNs = state.TimeNs + DelayNs(state.Accounts[(int)account].Pool),
            DiscountPpm = command.DiscountPpm,
        });
        return Refusal.None;
    }

    /// <summary>
    /// Offers lots (signed like the position) of a row to the bids that ask no more than a discount, parts per million of
    /// notional. Returns the lots taken, signed.
    /// </summary>
    public long TakeLots(int row, long lots, long mostDiscountPpm)
    {
        uint account = (uint)(row / state.PositionsPerAccount);
        MarginUnit unit = MarginUnit.Of(account, in state.Positions[row], row);
        int marketNumber = state.Positions[row].Market.Number;
        ref readonly Market market = ref state.Markets[marketNumber];
        long taken = 0;
        int after = -1;
        while (taken != lots && (after = NextBid(account, mostDiscountPpm, after)) >= 0)
        {
            BackstopBid bid = state.BackstopBids[after];
            uint provider = (uint)bid.Account.Number;
            long part = CarriedLots(provider, marketNumber, lots - taken, in bid);
            if (part == 0)
            {
                continue;
            }
            long notional = MarginTiers.NotionalAtoms(in market, part);
            long discount = Rounding.PpmFloor(notional, bid.DiscountPpm);
            Invariant.Assert(bid.DiscountPpm <= mostDiscountPpm && notional <= bid.MaxNotionalAtoms,
                "a bid takes more than it asked for, or for more than is allowed");
            PositionTransfers.AtMark(state, events, keeping, row, provider, part, LiquidationOutcome.Auctioned);
            custody.ChangeUnit(unit, -discount, BalanceReason.BackstopDiscount, provider);
            custody.Change(provider, 0, discount, BalanceReason.BackstopDiscount, account);
            events.Write(EventKind.BackstopTook, provider, new BackstopTook
            {
                NotionalAtoms = notional,
                AccountPaidAtoms = discount,
                FromAccount = account,
                DiscountPpm = bid.DiscountPpm,
            });
            taken += part;
        }
        Invariant.Assert(Math.Abs(taken) <= Math.Abs(lots), "bids take more lots than are offered");
        return taken;
    }

    /// <summary>
    /// Offers a slot of an account's coins to the bids, for no more cash than is wanted, at the least discount on the index that
    /// anyone asks and never beyond one. Returns the cash that came in.
    /// </summary>
    public long SellCoins(uint account, int slot, long wantedAtoms, long mostDiscountPpm)
    {
        long received = 0;
        int after = -1;
        while (received < wantedAtoms && state.Accounts[(int)account].Balances[slot] > 0
            && (after = NextBid(account, mostDiscountPpm, after)) >= 0)
        {
            received += SellTo(after, account, slot, wantedAtoms - received);
        }
        return received;
    }

    /// <summary>Whether a bid that asks no more than a discount could buy coins for a hundredth of an amount of cash, or more.</summary>
    public bool CanBuyCoins(uint account, long wantedAtoms, long mostDiscountPpm)
    {
        for (int row = NextBid(account, mostDiscountPpm, -1); row >= 0; row = NextBid(account, mostDiscountPpm, row))
        {
            if (FreeAtoms(row) > wantedAtoms / LeastPart)
            {
                return true;
            }
        }
        return false;
    }

    /// <summary>Whether a bid that asks no more than a discount counts for an account now.</summary>
    public bool HasBid(uint account, long mostDiscountPpm) => NextBid(account, mostDiscountPpm, -1) >= 0;

    // Cash that a bid may spend on coins now.
    private long FreeAtoms(int bidRow)
    {
        ref readonly BackstopBid bid = ref state.BackstopBids[bidRow];
        uint provider = (uint)bid.Account.Number;
        Health health = margin.Cross(provider);
        return Math.Min(Math.Min(state.Accounts[(int)provider].Balances[0], health.OpeningAtoms - health.InitialAtoms),
            bid.MaxNotionalAtoms);
    }

    private long SellTo(int bidRow, uint account, int slot, long most)
    {
        BackstopBid bid = state.BackstopBids[bidRow];
        uint provider = (uint)bid.Account.Number;
        ref readonly Pool pool = ref state.Pools[state.Accounts[(int)account].Pool];
        ref readonly Asset asset = ref state.Assets[pool.Collateral[slot]];
        ref readonly PriceIndex index = ref state.Indexes[asset.PriceIndex.Number];
        Int128 unit = (Int128)index.Price * (Rounding.Million - bid.DiscountPpm);
        if (index.State != PriceState.Good || unit <= 0)
        {
            return 0;
        }
        // Bids without the money for a hundredth of it would cut a sale into as many as there are bids.
        long wanted = Math.Min(most, FreeAtoms(bidRow));
        if (wanted <= 0 || wanted <= most / LeastPart)
        {
            return 0;
        }
        long scale = FixedDecimal.PowerOfTen(margin.ScaleDecimals(in pool, in asset, in index));
        Int128 needed = (((Int128)wanted * scale * Rounding.Million) + unit - 1) / unit;
        long held = state.Accounts[(int)account].Balances[slot];
        long room = Asset.MaxAmountAtoms - state.Accounts[(int)provider].Balances[slot];
        long amount = (long)Int128.Min(needed, Math.Min(held, room));
        long proceeds = (long)Int128.Min((Int128)amount * unit / scale / Rounding.Million, wanted);
        if (amount <= 0 || proceeds <= 0)
        {
            return 0;
        }
        CoinTransfers.Sell(state, events, custody, account, provider, slot, amount, proceeds, bid.DiscountPpm);
        return proceeds;
    }

    // The bid that follows another in the order of discount, age, row; −1 for none.
    private int NextBid(uint account, long mostDiscountPpm, int after)
    {
        int best = -1;
        ref readonly Account seller = ref state.Accounts[(int)account];
        long delay = DelayNs(seller.Pool);
        for (int i = 0; i < state.BackstopBids.PageCount * state.BackstopBids.RowsPerPage; i++)
        {
            ref readonly BackstopBid bid = ref state.BackstopBids[i];
            if (!bid.Account.Exists || bid.DiscountPpm > mostDiscountPpm || state.TimeNs - bid.TimeNs < delay)
            {
                continue;
            }
            ref readonly Account provider = ref state.Accounts[bid.Account.Number];
            bool comesAfter = after < 0 || Compare(i, after) > 0;
            if (provider.Pool == seller.Pool && provider.BeneficialOwner != seller.BeneficialOwner && comesAfter
                && (best < 0 || Compare(i, best) < 0))
            {
                best = i;
            }
        }
        return best;
    }

    private long DelayNs(int pool) => state.Pools[pool].Rules.BidDelayMs * 1_000_000L;

    private int Compare(int a, int b)
    {
        ref readonly BackstopBid x = ref state.BackstopBids[a];
        ref readonly BackstopBid y = ref state.BackstopBids[b];
        return (x.DiscountPpm, x.TimeNs, a).CompareTo((y.DiscountPpm, y.TimeNs, b));
    }

    // Lots (signed) that a provider can carry under initial margin, within its bid and the position limit.
    private long CarriedLots(uint provider, int marketNumber, long lots, in BackstopBid bid)
    {
        ref readonly Market market = ref state.Markets[marketNumber];
        int own = state.FindPosition(provider, marketNumber);
        int first = (int)provider * state.PositionsPerAccount;
        int row = own >= 0 ? own : first + state.Derived.MarketOfPosition.AsSpan(first, state.PositionsPerAccount).IndexOf((ushort)0);
        if (row < first || (own >= 0 && state.Positions[own].IsIsolated))
        {
            return 0;
        }
        int sign = Math.Sign(lots);
        long held = own < 0 ? 0 : state.Positions[own].Lots;
        OpenOrders open = own < 0 ? default : state.Derived.OpenOrders[own];
        long part = Math.Min(Math.Abs(lots), bid.MaxNotionalAtoms / MarginTiers.NotionalAtoms(in market, 1));
        part = Math.Min(part, sign > 0 ? market.MaxPositionLots - held : market.MaxPositionLots + held);
        long closing = Math.Max(-sign * held, 0);
        part = Math.Min(part,
            closing + Math.Max(state.Derived.OwnerPositions.RoomLots(provider, marketNumber, sign > 0 ? Side.Buy : Side.Sell), 0));
        Health health = margin.Cross(provider);
        // Halved until it stands: at most 40 times, since a position has fewer than 2^40 lots.
        while (part > 0)
        {
            long initial = health.InitialAtoms + margin.Change(row, marketNumber, held + (part * sign), in open).InitialAtoms;
            if (health.OpeningAtoms + Rounding.PpmFloor(MarginTiers.NotionalAtoms(in market, part), bid.DiscountPpm) >= initial)
            {
                break;
            }
            part /= 2;
        }
        return Math.Max(part, 0) * sign;
    }
}
