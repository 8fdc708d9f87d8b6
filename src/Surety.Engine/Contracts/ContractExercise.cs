using System;
using Surety.Core.Numerics;
using Surety.Engine.Accounts;
using Surety.Engine.Books;
using Surety.Engine.Events;
using Surety.Engine.Indexes;
using Surety.Engine.Oracles;
using Surety.Engine.State;
using Surety.Protocol.Commands;
using Surety.Protocol.Events;
using Surety.Protocol.Rows;
using Surety.Terms.Execution;

namespace Surety.Engine.Contracts;

/// <summary>
/// Early exercise. A holder asks without knowing at which price: the request is kept, cannot be taken back, and is carried out at
/// the first good price that sources observed after it. Every short position meets its part of what is exercised at that price.
/// </summary>
internal sealed class ContractExercise(IndexedState state, EventLog events, PositionKeeping keeping, OrderEntry entry,
    ConditionalOrders conditional, ContractPayments payments)
{
    private const long NsPerSecond = 1_000_000_000;

    /// <summary>
    /// Keeps a holder's request. Its orders in the market end, and it places none until the exercise is carried out: lots that are
    /// asked for cannot be sold meanwhile, to a friend neither.
    /// </summary>
    public Refusal Request(in ExerciseContract command)
    {
        if (command.Market >= state.Counts.Markets)
        {
            return Refusal.UnknownMarket(command.Market);
        }
        ref readonly Market market = ref state.Markets[command.Market];
        if (market.Status is not (MarketStatus.Trading or MarketStatus.ReduceOnly))
        {
            return Refusal.MarketNotTrading(market.Status);
        }
        int row = state.FindPosition(command.Header.Account, command.Market);
        long held = row < 0 ? 0 : Math.Max(state.Positions[row].Lots, 0);
        if (command.Lots < 1 || command.Lots > Math.Min(held, uint.MaxValue))
        {
            return Refusal.LotsOutOfRange(held);
        }
        if (!TryTake(command.Market, out Int128 amount) || amount <= 0)
        {
            return Refusal.NotExercisable;
        }
        long lots = state.Positions[row].ExerciseLots;
        if (lots != 0)
        {
            return Refusal.ExercisePending(lots);
        }

        // Point of no return.
        entry.EndAll(command.Header.Account, command.Market, EndReason.Cancelled);
        conditional.EndAll(command.Header.Account, command.Market, EndReason.Cancelled);
        // A source's clock may run ahead of the venue's: what was reported before the request does not carry it out.
        uint afterS = (uint)Rounding.DivCeiling(state.TimeNs + PriceFeed.FutureToleranceNs, NsPerSecond);
        ref Position position = ref state.Positions.Write(row);
        position.ExerciseLots = (uint)command.Lots;
        position.ExerciseAfterS = afterS;
        state.Markets.Write(command.Market).ExerciseLots += command.Lots;
        Tell(EventKind.ContractExerciseRequested, command.Header.Account, command.Market, command.Lots, afterS);
        return Refusal.None;
    }

    /// <summary>Carries out what waits in a market, as far as its indices now stand at good prices observed after the requests.</summary>
    public void CarryOut(int number)
    {
        ref readonly Market market = ref state.Markets[number];
        if (market.ExerciseLots == 0 || market.Status is not (MarketStatus.Trading or MarketStatus.ReduceOnly))
        {
            return;
        }
        long observedNs = ObservedNs(number);
        long due = 0;
        for (int row = Next(number, 0); row >= 0; row = Next(number, row + 1))
        {
            due += IsDue(in state.Positions[row], observedNs) ? state.Positions[row].ExerciseLots : 0;
        }
        if (due == 0 || !TryTake(number, out Int128 amount))
        {
            return;
        }
        if (amount <= 0)
        {
            Lapse(number, observedNs);
            return;
        }
        long price = payments.EndTicks(number, amount);
        Assign(number, due, price, observedNs);
    }

    // Short positions in the order of accounts: each meets what its lots add to the whole number of lots that all before it and
    // itself owe. That is its part, rounded one way or the other, and so it is for any accounts that follow one another:
    // neither a draw nor the splitting of a position moves more than a lot.
    private void Assign(int number, long due, long priceTicks, long observedNs)
    {
        long shorts = state.Markets[number].OpenInterestLots;
        long passed = 0;
        long assigned = 0;
        for (int row = Next(number, 0); row >= 0; row = Next(number, row + 1))
        {
            long lots = state.Positions[row].Lots;
            if (IsDue(in state.Positions[row], observedNs))
            {
                Close(row, number, -state.Positions[row].ExerciseLots, priceTicks, EventKind.ContractExercised);
            }
            else if (lots < 0)
            {
                passed -= lots;
                long part = Rounding.MulDivFloor(passed, due, shorts) - assigned;
                assigned += part;
                if (part > 0)
                {
                    Close(row, number, part, priceTicks, EventKind.ContractAssigned);
                }
            }
        }
        Invariant.Assert(assigned == due, "long lots had no short lots against them");
    }

    // Nothing is left to take at the price that came: the holder keeps the lots.
    private void Lapse(int number, long observedNs)
    {
        for (int row = Next(number, 0); row >= 0; row = Next(number, row + 1))
        {
            if (IsDue(in state.Positions[row], observedNs))
            {
                ref Position position = ref state.Positions.Write(row);
                Tell(EventKind.ContractExerciseLapsed, (uint)(row / state.PositionsPerAccount), number, position.ExerciseLots,
                    position.ExerciseAfterS);
                state.Markets.Write(number).ExerciseLots -= position.ExerciseLots;
                (position.ExerciseLots, position.ExerciseAfterS) = (0, 0);
            }
        }
    }

    private void Close(int row, int number, long lots, long priceTicks, EventKind kind)
    {
        long before = state.Positions[row].Lots;
        ref Position position = ref state.Positions.Write(row);
        state.Markets.Write(number).ExerciseLots -= position.ExerciseLots;
        (position.ExerciseLots, position.ExerciseAfterS) = (0, 0);
        keeping.Trade(row, number, lots, lots * priceTicks * state.Markets[number].AtomsPerTickLot);
        events.Write(kind, (uint)(row / state.PositionsPerAccount), new ContractExercised
        {
            Lots = lots,
            PriceTicks = priceTicks,
            LotsBefore = before,
            Market = (ushort)number,
        });
        state.ReleasePositionIfEmpty(row);
    }

    private static bool IsDue(in Position position, long observedNs) =>
        position.ExerciseLots != 0 && observedNs > position.ExerciseAfterS * NsPerSecond;

    // The next row of a market's positions from one on, or −1.
    private int Next(int number, int from)
    {
        int rows = state.Counts.Accounts * state.PositionsPerAccount;
        int next = from >= rows ? -1 : state.Derived.MarketOfPosition.AsSpan(from, rows - from).IndexOf((ushort)(number + 1));
        return next < 0 ? -1 : from + next;
    }

    private bool TryTake(int number, out Int128 amount)
    {
        amount = 0;
        ContractState running = state.Contracts[number].State;
        return state.Derived.Contracts.ProgramOf(number) is { } program && ContractRun.TryTake(program, ref running, out amount, out _);
    }

    // Since when all that the contract observes was observed, while every price is good; otherwise 0.
    private long ObservedNs(int number)
    {
        long latest = long.MaxValue;
        foreach (Terms.Syntax.Observation o in state.Derived.Contracts.ProgramOf(number)!.Contract.Observations)
        {
            ref readonly PriceIndex index = ref state.Indexes[state.Derived.Contracts.FindIndex(o.Index)];
            latest = Math.Min(latest, index.State == PriceState.Good ? ObservationTime.LatestNs(in index, state.TimeNs) : 0);
        }
        return latest;
    }

    private void Tell(EventKind kind, uint account, int market, long lots, uint afterS) =>
        events.Write(kind, account, new ContractExerciseRequested { Lots = lots, AfterNs = afterS * NsPerSecond, Market = (ushort)market });
}
