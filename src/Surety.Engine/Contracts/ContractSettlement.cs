using System;
using System.Runtime.InteropServices;
using Surety.Core.Hashing;
using Surety.Engine.Accounts;
using Surety.Engine.Books;
using Surety.Engine.Commands;
using Surety.Engine.Events;
using Surety.Engine.Instruments;
using Surety.Engine.Oracles;
using Surety.Engine.Settlement;
using Surety.Engine.State;
using Surety.Terms.Execution;

namespace Surety.Engine.Contracts;

/// <summary>
/// Runs listed contracts: at each index step the engine itself observes, pays, and ends what has ended; exercise and assignment of
/// American options. Nobody's bot is asked.
/// </summary>
internal sealed class ContractSettlement(VenueState state, EventLog events, PositionKeeping keeping, Expiry expiry)
{
    private const long NsPerMinute = 60_000_000_000;
    private readonly (ulong Order, int Row)[] _shorts = new (ulong, int)[state.GenesisRef.MaxAccounts];

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
        ContractEvent seen = ContractRun.Observe(program, ref state.Contracts.Write(number).State, observation, ListedContracts.ToFixed(source.Price, source.Decimals));
        if (Carry(number, seen))
        {
            return true;
        }
        // What waited may have been done, and what comes next may come sooner than the next try.
        state.Derived.ScheduleContract(number);
        return false;
    }

    /// <summary>Lets a contract's time pass up to now. True when it has ended.</summary>
    public bool Advance(int number)
    {
        ContractProgram program = state.Derived.Contracts.ProgramOf(number)!;
        bool counts = state.Markets[number].OracleDoubtNs == 0;
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
    /// A contract's timer: a fixing or its expiry is due, unless the oracle does not stand behind a price it needs. True when anything
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

    /// <summary>
    /// Takes intrinsic value of long lots now, at the index. The short lots that meet them are drawn by lot: accounts in the order
    /// of SHA-256 over the last block's hash, the command's number and the account.
    /// </summary>
    public RefusalCode Exercise(in ExerciseContract command, out long detail)
    {
        detail = command.Market;
        if (command.Market >= state.Venue[0].Markets)
        {
            return RefusalCode.UnknownMarket;
        }
        ref readonly Market market = ref state.Markets[command.Market];
        detail = (long)market.Status;
        if (market.Status is not (MarketStatus.Trading or MarketStatus.ReduceOnly))
        {
            return RefusalCode.MarketNotTrading;
        }
        detail = market.Index;
        if (state.Indexes[market.Index].State != PriceState.Good)
        {
            return RefusalCode.PriceInDoubt;
        }
        int row = state.FindPosition(command.Header.Account, command.Market);
        long held = row < 0 ? 0 : Math.Max(state.Positions[row].Lots, 0);
        detail = held;
        if (command.Lots < 1 || command.Lots > held)
        {
            return RefusalCode.LotsOutOfRange;
        }
        detail = 0;
        ContractProgram? program = state.Derived.Contracts.ProgramOf(command.Market);
        if (program is null || !ContractRun.TryTake(program, ref state.Contracts.Write(command.Market).State, out Int128 amount, out _) || amount <= 0)
        {
            return RefusalCode.NotExercisable;
        }

        // Point of no return.
        long price = Math.Clamp(state.Derived.Contracts.ToTicks(in market, amount), market.MinPriceTicks, market.MaxPriceTicks);
        Assign(command.Market, row, command.Lots, price);
        return RefusalCode.None;
    }

    private void Assign(int number, int holderRow, long lots, long priceTicks)
    {
        int count = DrawShorts(number);
        long left = lots;
        for (int i = 0; i < count && left > 0; i++)
        {
            int row = _shorts[i].Row;
            long assigned = Math.Min(left, -state.Positions[row].Lots);
            Close(row, number, assigned, priceTicks, EventKind.ContractAssigned);
            left -= assigned;
        }
        Invariant.Assert(left == 0, "long lots had no short lots against them");
        Close(holderRow, number, -lots, priceTicks, EventKind.ContractExercised);
    }

    private void Close(int row, int number, long lots, long priceTicks, EventKind kind)
    {
        Position before = state.Positions[row];
        keeping.Trade(row, number, lots, lots * priceTicks * state.Markets[number].AtomsPerTickLot);
        events.Write(kind, (uint)(row / state.PositionsPerAccount), new ContractExercised
        {
            Lots = lots,
            PriceTicks = priceTicks,
            LotsBefore = before.Lots,
            Market = (ushort)number,
        });
        state.ReleasePositionIfEmpty(row);
    }

    // Accounts with short lots, in an order that nobody could choose before the last block was sealed.
    private int DrawShorts(int number)
    {
        int count = 0;
        Span<byte> seed = stackalloc byte[48];
        MemoryMarshal.Write(seed, in state.Venue[0].LastBlock);
        BitConverter.TryWriteBytes(seed[32..], events.Sequence);
        ReadOnlySpan<ushort> markets = state.Derived.MarketOfPosition.AsSpan(0, state.Venue[0].Accounts * state.PositionsPerAccount);
        for (int at = 0; ; at++)
        {
            int next = markets[at..].IndexOf((ushort)(number + 1));
            if (next < 0)
            {
                break;
            }
            at += next;
            if (state.Positions[at].Lots < 0)
            {
                BitConverter.TryWriteBytes(seed[40..], (ulong)(uint)(at / state.PositionsPerAccount));
                Hash256 drawn = Hash256.Of(seed);
                _shorts[count++] = (BitConverter.ToUInt64(MemoryMarshal.AsBytes(new ReadOnlySpan<Hash256>(in drawn))), at);
            }
        }
        Array.Sort(_shorts, 0, count);
        return count;
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
                long atoms = state.Derived.Contracts.ToAtoms(in market, what.Amount);
                market.FundingIndex -= atoms;
                events.Write(EventKind.ContractPaid, 0, new ContractPaid { AtomsPerLot = atoms, TimeMs = what.TimeMs, Market = (ushort)number, Clause = (ushort)what.Clause });
                return false;
            default:
                long price = Math.Clamp(state.Derived.Contracts.ToTicks(in market, what.Amount), market.MinPriceTicks, market.MaxPriceTicks);
                events.Write(EventKind.ContractEnded, 0, new ContractEnded { PriceTicks = price, TimeMs = what.TimeMs, Market = (ushort)number, Clause = (ushort)what.Clause });
                expiry.SettleAt(number, price);
                return true;
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
