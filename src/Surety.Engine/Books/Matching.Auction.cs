using System;
using Surety.Protocol.Events;
using Surety.Protocol.Rows;

namespace Surety.Engine.Books;

/// <content>Fills at an auction's price.</content>
internal sealed partial class Matching
{
    /// <summary>
    /// Trades two resting orders with each other at an auction's price. One whose account cannot carry it, or that has
    /// nothing left to reduce, ends instead; of two orders of one person the newer ends.
    /// </summary>
    public long FillResting(int buySlot, int sellSlot, long price)
    {
        Order buy = state.Orders[buySlot];
        Order sell = state.Orders[sellSlot];
        if (state.Accounts[(int)buy.Account].BeneficialOwner == state.Accounts[(int)sell.Account].BeneficialOwner)
        {
            resting.End(buy.Priority > sell.Priority ? buySlot : sellSlot, EndReason.SelfTrade);
            return 0;
        }
        int buyRow = state.FindPosition(buy.Account, buy.Market);
        int sellRow = state.FindPosition(sell.Account, sell.Market);
        long buyLots = (buy.Flags & OrderFlags.ReduceOnly) == 0 ? buy.OpenLots : Reducible(buyRow, Side.Buy);
        long sellLots = (sell.Flags & OrderFlags.ReduceOnly) == 0 ? sell.OpenLots : Reducible(sellRow, Side.Sell);
        if (buyLots <= 0 || sellLots <= 0)
        {
            resting.End(buyLots <= 0 ? buySlot : sellSlot, EndReason.NothingToReduce);
            return 0;
        }
        long lots = Math.Min(Math.Min(buyLots, state.ShownLots(buySlot)), Math.Min(sellLots, state.ShownLots(sellSlot)));
        lots = WithinOpenInterestCap(buyRow, sellRow, buy.Market, Side.Buy, lots);
        if (lots == 0)
        {
            resting.End(buySlot, EndReason.OpenInterestCap);
            resting.End(sellSlot, EndReason.OpenInterestCap);
            return 0;
        }
        long buyRoom = WithinOwnerLimit(buyRow, buy.Market, Side.Buy, lots);
        lots = WithinOwnerLimit(sellRow, buy.Market, Side.Sell, buyRoom);
        if (lots == 0)
        {
            resting.End(buyRoom == 0 ? buySlot : sellSlot, EndReason.OpenInterestCap);
            return 0;
        }
        long cost = lots * price * state.Markets[buy.Market].AtomsPerTickLot;
        // Who came later trades with what stood: he pays as a taker, the other as a maker, as in the book.
        bool buyTakes = buy.Id > sell.Id;
        long buyFee = buyTakes ? fees.TakerFee(buy.Account, Math.Abs(cost)) : fees.MakerFee(buy.Account, Math.Abs(cost));
        long sellFee = buyTakes ? fees.MakerFee(sell.Account, Math.Abs(cost)) : fees.TakerFee(sell.Account, Math.Abs(cost));
        bool buyCarries = CanCarry(buyRow, in buy, lots, price, buyFee);
        bool sellCarries = CanCarry(sellRow, in sell, lots, price, sellFee);
        if (!buyCarries || !sellCarries)
        {
            resting.End(buyCarries ? sellSlot : buySlot, EndReason.MarginShort);
            return 0;
        }
        ref readonly Order late = ref buyTakes ? ref buy : ref sell;
        var taker = new Incoming
        {
            OrderId = late.Id,
            Lots = lots,
            Account = late.Account,
            Row = buyTakes ? buyRow : sellRow,
            Market = late.Market,
            Side = late.Side,
            Resting = true,
        };
        Fill(ref taker, buyTakes ? sellSlot : buySlot, buyTakes ? sellRow : buyRow, lots, price, cost, buyTakes ? buyFee : sellFee,
            buyTakes ? sellFee : buyFee);
        SettleResting(buyTakes ? buySlot : sellSlot, taker.Row, lots);
        return lots;
    }
}
