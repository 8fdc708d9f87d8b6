using System;
using Surety.Engine.Events;
using Surety.Engine.Indexes;
using Surety.Engine.Settlement;
using Surety.Protocol.Events;
using Surety.Protocol.Rows;
using Surety.Terms.Execution;

namespace Surety.Engine.Contracts;

/// <summary>
/// Runs listed contracts: at each index step the engine itself observes, pays, and ends what has ended, and carries out the
/// exercises that waited for the price. No participant has to act.
/// </summary>
internal sealed class ContractSettlement(IndexedState state, EventLog events, ContractPayments payments, ContractExercise exercise,
    Expiry expiry)
{
    private const long NsPerMinute = 60_000_000_000;

    /// <summary>An index has a new price: each contract that observes it takes it. True where the market has ended by it.</summary>
    public bool Observe(int number, int index)
    {
        int observation = state.Derived.Contracts.ObservationOf(number, index);
        if (observation < 0 || state.Markets[number].Status == MarketStatus.Expired)
        {
            return false;
        }
        ContractProgram program = state.Derived.Contracts.ProgramOf(number)!;
        if (state.Derived.Contracts.NextNs(number) <= state.TimeNs && !IndexesStand(program))
        {
            // It waits for another index: Due tries again.
            return false;
        }
        if (Advance(number))
        {
            return true;
        }
        ref readonly PriceIndex source = ref state.Indexes[index];
        ContractEvent seen =
            ContractRun.Observe(program, ref state.Contracts.Write(number).State, observation,
                ListedContracts.ToFixed(source.Price, source.Decimals));
        if (Carry(number, seen))
        {
            return true;
        }
        exercise.CarryOut(number);
        // What waited may have been done, and what comes next may come sooner than the next try.
        state.Derived.ScheduleContract(number);
        return false;
    }

    /// <summary>Lets a contract's time pass up to now. True when it has ended.</summary>
    public bool Advance(int number)
    {
        ContractProgram program = state.Derived.Contracts.ProgramOf(number)!;
        bool counts = state.Markets[number].IndexInDoubt == 0;
        while (true)
        {
            ContractEvent due = ContractRun.Advance(program, ref state.Contracts.Write(number).State, state.TimeNs / 1_000_000, counts);
            if (due.Kind == ContractEventKind.None)
            {
                return false;
            }
            if (Carry(number, due))
            {
                return true;
            }
        }
    }

    /// <summary>
    /// A contract's timer: a fixing or its expiry is due, unless a price that it needs is in doubt. True when anything
    /// was done. A timer that is left over from what was done in another way does nothing: which of them there are is not state.
    /// </summary>
    public bool Due(int number)
    {
        if (state.TimeNs >= state.Derived.ContractChecksNs[number])
        {
            state.Derived.ContractChecksNs[number] = long.MaxValue;
        }
        if (state.Markets[number].Status == MarketStatus.Expired)
        {
            return false;
        }
        ContractProgram program = state.Derived.Contracts.ProgramOf(number)!;
        long waitedNs = state.TimeNs - state.Derived.Contracts.NextNs(number);
        bool isPriced = state.Contracts[number].State.HasPrice == (1 << program.Contract.Observations.Count) - 1;
        // No settlement on a price that is in doubt, or that the contract has not seen yet: it is tried again each minute.
        bool acts = waitedNs >= 0 && waitedNs % NsPerMinute == 0 && isPriced && IndexesStand(program);
        if (!acts || !Advance(number))
        {
            state.Derived.ScheduleContract(number);
        }
        return acts;
    }

    private bool Carry(int number, ContractEvent what)
    {
        ref Market market = ref state.Markets.Write(number);
        switch (what.Kind)
        {
            case ContractEventKind.None:
                return false;
            case ContractEventKind.Paid:
                // Rides on the same ledger as funding, which the long side pays when it rises.
                long atoms = payments.PayAtoms(number, what.Amount);
                market.FundingIndex -= atoms;
                ShrinkBounds(number, ref market);
                events.Write(EventKind.ContractPaid, 0, new ContractPaid
                {
                    AtomsPerLot = atoms,
                    TimeMs = what.TimeMs,
                    Market = (ushort)number,
                    Clause = (ushort)what.Clause,
                });
                return false;
            default:
                long price = payments.EndTicks(number, what.Amount);
                events.Write(EventKind.ContractEnded, 0, new ContractEnded
                {
                    PriceTicks = price,
                    TimeMs = what.TimeMs,
                    Market = (ushort)number,
                    Clause = (ushort)what.Clause,
                });
                expiry.SettleAt(number, price);
                return true;
        }
    }

    // After a payment less is left to pay, and less margin needed; the mark keeps within what is left.
    private void ShrinkBounds(int number, ref Market market)
    {
        ContractProgram program = state.Derived.Contracts.ProgramOf(number)!;
        (market.LeastTicks, market.MostTicks) = state.Derived.Contracts.LeftTicks(in market, program, in state.Contracts[number].State);
        if (market.HasMark != 0)
        {
            market.IndexTicks = Math.Clamp(market.IndexTicks, market.LeastTicks, market.MostTicks);
            market.MarkTicks = Math.Clamp(market.MarkTicks, market.LeastTicks, market.MostTicks);
        }
    }

    private bool IndexesStand(ContractProgram program)
    {
        foreach (Terms.Syntax.Observation o in program.Contract.Observations)
        {
            if (state.Indexes[state.Derived.Contracts.FindIndex(o.Index)].State is not (PriceState.Good or PriceState.Wide))
            {
                return false;
            }
        }
        return true;
    }
}
