using Surety.Engine.Indexes;
using Surety.Protocol.Commands;
using Surety.Protocol.Rows;

namespace Surety.Engine.Books;

/// <content>What keeps an order out, for placing it and for asking beforehand.</content>
internal sealed partial class OrderEntry
{
    /// <summary>What placing it would answer now, by the same checks; nothing is changed.</summary>
    public Refusal WouldAnswer(in PlaceOrder command)
    {
        Refusal refusal = Read(in command, out Incoming order);
        if (refusal.IsNone)
        {
            refusal = Check(ref order, out _);
            if (refusal.IsNone)
            {
                state.ReleasePositionIfEmpty(order.Row);
            }
        }
        return refusal;
    }

    // All that can keep an order out. Accepted, it holds its position's row, which may be new.
    private Refusal Check(ref Incoming order, out int slot)
    {
        ref readonly Market market = ref state.Markets[order.Market];
        OrderBook book = state.Derived.Books[order.Market]!;
        slot = -1;
        if (state.Accounts[(int)order.Account].LiveOrders >= state.GenesisRef.OrdersPerAccount)
        {
            return Refusal.TooManyOrders(state.GenesisRef.OrdersPerAccount);
        }
        slot = state.Derived.OrderSlots.LowestFree();
        if (slot < 0)
        {
            return Refusal.VenueFull(state.Derived.OrderSlots.Capacity);
        }
        Refusal share = state.Derived.Owners.Check(order.Account, OwnerRows.Orders);
        if (!share.IsNone)
        {
            return share;
        }
        order.Row = state.FindOrTakePosition(order.Account, order.Market);
        if (order.Row < 0)
        {
            return Refusal.TooManyPositions(state.PositionsPerAccount);
        }
        bool auction = market.Status == MarketStatus.Auction;
        Refusal refusal = auction && !order.Rests
            ? Refusal.MarketInAuction
            : OrderChecks.CheckBand(in market, order.Side, order.LimitTicks);
        if (refusal.IsNone)
        {
            refusal = CheckBook(ref order, in market, book, auction);
        }
        if (refusal.IsNone)
        {
            order.ReserveTicks = RestingOrders.ReserveTicks(order.Side, order.LimitTicks, market.MarkTicks);
            refusal = checks.CheckMargin(in order, in market, default);
        }
        if (!refusal.IsNone)
        {
            state.ReleasePositionIfEmpty(order.Row);
        }
        return refusal;
    }
}
