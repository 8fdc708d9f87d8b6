using Surety.Engine.Indexes;
using Surety.Protocol.Commands;
using Surety.Protocol.Rows;

namespace Surety.Engine.Books;

/// <content>What keeps an order out, for placing it and for asking beforehand.</content>
internal sealed partial class OrderEntry
{
    /// <summary>What placing it would answer now, by the same checks; nothing is changed.</summary>
    public RefusalCode WouldAnswer(in PlaceOrder command, out long detail)
    {
        RefusalCode code = Read(in command, out Incoming order, out detail);
        if (code == RefusalCode.None)
        {
            code = Check(ref order, out _, out detail);
            if (code == RefusalCode.None)
            {
                state.ReleasePositionIfEmpty(order.Row);
            }
        }
        return code;
    }

    // All that can keep an order out. Accepted, it holds its position's row, which may be new.
    private RefusalCode Check(ref Incoming order, out int slot, out long detail)
    {
        ref readonly Market market = ref state.Markets[order.Market];
        OrderBook book = state.Derived.Books[order.Market]!;
        slot = -1;
        if (state.Accounts[(int)order.Account].LiveOrders >= state.GenesisRef.OrdersPerAccount)
        {
            detail = state.GenesisRef.OrdersPerAccount;
            return RefusalCode.TooManyOrders;
        }
        slot = state.Derived.OrderSlots.LowestFree();
        if (slot < 0)
        {
            detail = state.Derived.OrderSlots.Capacity;
            return RefusalCode.VenueFull;
        }
        RefusalCode share = state.Derived.Owners.Check(order.Account, OwnerRows.Orders, out detail);
        if (share != RefusalCode.None)
        {
            return share;
        }
        order.Row = state.FindOrTakePosition(order.Account, order.Market);
        if (order.Row < 0)
        {
            detail = state.PositionsPerAccount;
            return RefusalCode.TooManyPositions;
        }
        detail = 0;
        bool auction = market.Status == MarketStatus.Auction;
        RefusalCode code = auction && !order.Rests ? RefusalCode.MarketInAuction : OrderChecks.CheckBand(in market, order.Side, order.LimitTicks, out detail);
        if (code == RefusalCode.None)
        {
            code = CheckBook(ref order, in market, book, auction, out detail);
        }
        if (code == RefusalCode.None)
        {
            order.ReserveTicks = RestingOrders.ReserveTicks(order.Side, order.LimitTicks, market.MarkTicks);
            code = checks.CheckMargin(in order, in market, default, out detail);
        }
        if (code != RefusalCode.None)
        {
            state.ReleasePositionIfEmpty(order.Row);
        }
        return code;
    }
}
