using System;
using Surety.Core.Numerics;
using Surety.Engine.Indexes;
using Surety.Engine.State;
using Surety.Protocol.Rows;

namespace Surety.Engine.Liquidation;

/// <summary>
/// The insurance fund gives up no more when it unwinds than it was charged when it took over. Each takeover adds to a row; what
/// leaves takes its part along, so that all that is ever given is at most all that was charged. The row is brought up to what
/// is held at each takeover, so lots that the fund lost in another way, to deleveraging or at an expiry, take their part along too.
/// </summary>
internal sealed class FundCharges(IndexedState state)
{
    /// <summary>The fund took over: from holding so many units of a row to holding so many others, for a charge.</summary>
    public void Took(int row, long before, long after, long chargeAtoms)
    {
        // Units that closed something the fund held the other way are gone, and what was charged for them is the fund's for good.
        bool grows = Math.Sign(before) == Math.Sign(after) && Math.Abs(after) > Math.Abs(before);
        bool turns = Math.Sign(before) != Math.Sign(after);
        long kept = turns
            ? 0
            : Rounding.MulDivFloor(HeldAtoms(row, before), Math.Min(Math.Abs(after), Math.Abs(before)), Math.Max(Math.Abs(before), 1));
        long added = grows
            ? chargeAtoms
            : turns && after != 0
            ? Rounding.MulDivFloor(chargeAtoms, Math.Abs(after), Math.Abs(after - before))
            : 0;
        Invariant.Assert(chargeAtoms >= 0 && kept >= 0 && kept <= Math.Max(state.FundHoldings[row].ChargeAtoms, 0) && added <= chargeAtoms,
            "a fund keeps more charges than it was paid");
        state.FundHoldings.Write(row) = new FundHolding { Units = after, ChargeAtoms = kept + added };
    }

    /// <summary>What was charged for the units of a row that are still held, settlement atoms.</summary>
    public long HeldAtoms(int row, long held)
    {
        ref readonly FundHolding holding = ref state.FundHoldings[row];
        return held == 0 || Math.Sign(held) != Math.Sign(holding.Units) ? 0
            : Rounding.MulDivFloor(holding.ChargeAtoms, Math.Min(Math.Abs(held), Math.Abs(holding.Units)), Math.Abs(holding.Units));
    }

    /// <summary>The row of a pool's coin.</summary>
    public int RowOf(int pool, int slot) => state.GenesisRef.MaxMarkets + (pool * Pool.MaxCollateral) + slot;
}
