using Surety.Engine.Accounts;
using Surety.Engine.Events;
using Surety.Engine.Indexes;
using Surety.Engine.State;
using Surety.Protocol.Events;

namespace Surety.Engine.Liquidation;

/// <summary>Coins that change hands for cash in a liquidation.</summary>
internal static class CoinTransfers
{
    /// <summary>Moves an amount of a collateral slot to a buyer and its price in cash to the seller, and says so.</summary>
    public static void Sell(IndexedState state, EventLog events, Custody custody, uint seller, uint buyer, int slot, long amount,
        long proceeds, int discountPpm)
    {
        Invariant.Assert(amount > 0 && proceeds > 0 && slot > 0 && seller != buyer, "a sale of coins moves nothing");
        Invariant.Assert(state.Accounts[(int)seller].Pool == state.Accounts[(int)buyer].Pool, "coins are sold from one pool to another");
        custody.Change(seller, slot, -amount, BalanceReason.CollateralSale, buyer);
        custody.Change(buyer, slot, amount, BalanceReason.CollateralSale, seller);
        custody.Change(buyer, 0, -proceeds, BalanceReason.CollateralSale, seller);
        custody.Change(seller, 0, proceeds, BalanceReason.CollateralSale, buyer);
        events.Write(EventKind.CollateralSold, buyer, new CollateralSold
        {
            AmountAtoms = amount,
            ProceedsAtoms = proceeds,
            FromAccount = seller,
            Asset = state.Pools[state.Accounts[(int)seller].Pool].Collateral[slot],
            DiscountPpm = discountPpm,
        });
    }
}
