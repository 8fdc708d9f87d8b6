using System;
using Surety.Engine.Indexes;
using Surety.Engine.State;
using Surety.Protocol.Rows;

namespace Surety.Engine.Contracts;

/// <summary>
/// What a contract's payments come to, cut to the bounds that its analysis gave at the listing, whatever its text computes.
/// </summary>
internal sealed class ContractPayments(IndexedState state)
{
    /// <summary>
    /// What a scheduled payment comes to for one lot, atoms. The sum is rounded, not each: many small ones do not add up to more than the
    /// text says.
    /// </summary>
    public long PayAtoms(int number, Int128 amount)
    {
        ref readonly Market market = ref state.Markets[number];
        ref RunningContract running = ref state.Contracts.Write(number);
        running.Paid += amount;
        (Int128 least, Int128 most) = AnalysedAtoms(number);
        long atoms = (long)Int128.Clamp(state.Derived.Contracts.ToAtoms(in market, running.Paid), least, most) - running.PaidAtoms;
        running.PaidAtoms += atoms;
        Invariant.Assert(running.PaidAtoms >= least && running.PaidAtoms <= most, "a contract has paid beyond what its text can pay");
        return atoms;
    }

    /// <summary>
    /// What a contract's last payment or an exercise comes to, ticks: within the market's price limits, but never beyond what its text
    /// can still pay, nor with what it has paid beyond what was analysed at the listing.
    /// </summary>
    public long EndTicks(int number, Int128 amount)
    {
        ref readonly Market market = ref state.Markets[number];
        (Int128 least, Int128 most) = AnalysedAtoms(number);
        long paid = state.Contracts[number].PaidAtoms;
        long price = Math.Clamp(state.Derived.Contracts.ToTicks(in market, amount), market.MinPriceTicks, market.MaxPriceTicks);
        price = Math.Clamp(price, market.LeastTicks, market.MostTicks);
        // Both quotients lie on the side of zero that keeps within the bounds: what was paid is within them.
        return (long)Int128.Clamp(price, (least - paid) / market.AtomsPerTickLot, (most - paid) / market.AtomsPerTickLot);
    }

    private (Int128 Least, Int128 Most) AnalysedAtoms(int number)
    {
        ref readonly Market market = ref state.Markets[number];
        (long least, long most) = state.Derived.Contracts.LeftTicks(in market, state.Derived.Contracts.ProgramOf(number)!, default);
        return ((Int128)least * market.AtomsPerTickLot, (Int128)most * market.AtomsPerTickLot);
    }
}
