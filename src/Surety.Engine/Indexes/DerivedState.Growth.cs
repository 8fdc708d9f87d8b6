using System;
using Surety.Engine.State;
using Surety.Protocol.Rows;

namespace Surety.Engine.Indexes;

/// <content>What follows the tables' room, and who holds what of it.</content>
public sealed partial class DerivedState
{
    /// <summary>What each owner holds.</summary>
    public OwnerUse Owners { get; }

    /// <summary>Which key stands in which row.</summary>
    public KeyRows KeyRows { get; }

    /// <summary>Takes memory for as many rows as the tables have now.</summary>
    internal void Grow(in VenueLimits limits)
    {
        int accounts = limits.MaxAccounts;
        int known = FirstOrderOf.Length;
        if (accounts > known)
        {
            int positions = accounts * _state.PositionsPerAccount;
            OpenOrders = Longer(OpenOrders, positions);
            MarketOfPosition = Longer(MarketOfPosition, positions);
            FirstOrderOf = Longer(FirstOrderOf, accounts);
            LastOrderOf = Longer(LastOrderOf, accounts);
            FirstOrderOf.AsSpan(known).Fill(-1);
            LastOrderOf.AsSpan(known).Fill(-1);
            NextOfOwner = Longer(NextOfOwner, accounts);
            Debtors.Grow(accounts);
            Owners.Grow(accounts);
            Addresses.Grow(accounts);
            UnderWay.Grow(accounts);
            OwnerPositions.Grow(positions);
            Bands.Grow(accounts);
            Deleveraging.Grow(accounts);
        }
        if (limits.MaxOrders > Links.Length)
        {
            Links = Longer(Links, limits.MaxOrders);
            foreach (OrderBook?[] books in (ReadOnlySpan<OrderBook?[]>)[Books, _auctionBids, _auctionAsks])
            {
                foreach (OrderBook? book in books)
                {
                    book?.UseLinks(Links);
                }
            }
            OrderSlots.Grow(limits.MaxOrders);
        }
        GrowSlots(TriggerSlots, limits.MaxTriggers);
        GrowSlots(TwapSlots, limits.MaxTwaps);
        GrowSlots(WithdrawalSlots, limits.MaxWithdrawals);
    }

    private static void GrowSlots(SlotMap slots, int capacity)
    {
        if (capacity > slots.Capacity)
        {
            slots.Grow(capacity);
        }
    }

    private static T[] Longer<T>(T[] rows, int length)
    {
        Array.Resize(ref rows, length);
        return rows;
    }
}
