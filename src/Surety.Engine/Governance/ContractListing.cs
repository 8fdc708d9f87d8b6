using System;
using Surety.Engine.Indexes;
using Surety.Engine.State;
using Surety.Protocol.Commands;
using Surety.Protocol.Rows;
using Surety.Terms.Analysis;
using Surety.Terms.Execution;

namespace Surety.Engine.Governance;

/// <summary>Takes a contract's text and lists its market: nothing is listed that static analysis has not passed.</summary>
internal sealed class ContractListing(IndexedState state, ListedContracts contracts, MarketListing markets)
{
    public Refusal Write(in WriteContractText command)
    {
        int number = state.Counts.Markets;
        if (number >= state.GenesisRef.MaxMarkets)
        {
            return Refusal.LimitReached(state.GenesisRef.MaxMarkets);
        }
        if (command.Length is 0 or > WriteContractText.MaxBytes || command.Offset + command.Length > Terms.Syntax.Limits.TextBytes
            || command.Reserved != 0)
        {
            return Refusal.InvalidField(50);
        }
        long written = state.ContractTexts[number].Length;
        if (command.Offset != 0 && command.Offset != written)
        {
            return Refusal.TextGap(written);
        }

        // Point of no return.
        ref ContractText row = ref state.ContractTexts.Write(number);
        if (command.Offset == 0)
        {
            row = default;
        }
        ReadOnlySpan<byte> piece = command.Bytes;
        piece[..command.Length].CopyTo(((Span<byte>)row.Bytes)[command.Offset..]);
        row.Length = command.Offset + command.Length;
        return Refusal.None;
    }

    public Refusal List(in ListContract command, out ulong created)
    {
        created = 0;
        int number = state.Counts.Markets;
        if (number >= state.GenesisRef.MaxMarkets)
        {
            return Refusal.LimitReached(state.GenesisRef.MaxMarkets);
        }
        if (command.Surface.Number >= state.Counts.Surfaces)
        {
            return Refusal.UnknownSurface(command.Surface.Number);
        }
        ReadOnlySpan<byte> text = state.ContractTexts[number].Text;
        if (text.Length == 0 || Surety.Core.Hashing.Hash256.Of(text) != command.TextHash)
        {
            return Refusal.TextUnknown(text.Length);
        }
        if (contracts.TryCompile(text, out ContractProgram? program) is { } error)
        {
            return Refusal.TextRefused(((long)error.Line << 16) | (long)Math.Min(error.Column, 65_535));
        }
        return List(in command.Terms, command.Surface, program!, out created);
    }

    /// <summary>Lists a market for a program whose text stands in the next market's row.</summary>
    public Refusal List(in MarketTerms terms, OptionalId surface, ContractProgram program, out ulong created)
    {
        created = 0;
        if (terms.Kind != MarketKind.Contract)
        {
            return Refusal.InvalidField(72);
        }
        if (terms.Pool < state.Counts.Pools && terms.Index < state.Counts.Indexes)
        {
            if (contracts.FindIndex(program.Contract.Observations[0].Index) != terms.Index)
            {
                return Refusal.InvalidField(76);
            }
            if (state.Assets[state.Pools[terms.Pool].Collateral[0]].Name.ToString() != program.Contract.Settle)
            {
                return Refusal.InvalidField(74);
            }
        }
        if (terms.ExpiryNs != program.Contract.ExpiryMs * 1_000_000)
        {
            return Refusal.InvalidField(152);
        }
        ContractAnalysis analysis = program.Analysis;
        Market shape = default;
        if (terms.Index < state.Counts.Indexes && terms.IndexUnitsPerTick > 0)
        {
            shape = Shape(in terms, program);
            // Both ends rounded outward. A plain contract settles within the market's price limits; of any other, which is margined
            // by the most that it can pay, no payment may be more than they can say.
            bool plain = analysis.Shape != ContractShape.Other && analysis.Barrier is null;
            bool beyond = shape.MostTicks > terms.MaxPriceTicks || shape.LeastTicks < terms.MinPriceTicks;
            bool apart = shape.MostTicks < terms.MinPriceTicks || shape.LeastTicks > terms.MaxPriceTicks;
            if (plain ? apart : beyond)
            {
                return Refusal.TextBeyondPrices(shape.MostTicks > terms.MaxPriceTicks ? shape.MostTicks : shape.LeastTicks);
            }
        }
        Refusal refusal = markets.List(in terms, shape.StrikeTicks, out created);
        if (!refusal.IsNone)
        {
            return refusal;
        }
        int number = (int)created;
        ref Market market = ref state.Markets.Write(number);
        market.LeastTicks = shape.LeastTicks;
        market.MostTicks = shape.MostTicks;
        market.BarrierTicks = shape.BarrierTicks;
        market.Shape = (ushort)analysis.Shape;
        market.Flags = shape.Flags;
        market.Surface = surface;
        state.ContractTexts.Write(number).Hash = program.TextHash;
        ref RunningContract running = ref state.Contracts.Write(number);
        running = default;
        running.State.TimeMs = state.TimeNs / 1_000_000;
        state.Derived.Contracts.Add(number, program);
        state.Derived.ScheduleContract(number);
        return Refusal.None;
    }

    private Market Shape(in MarketTerms terms, ContractProgram program)
    {
        var market = new Market { Index = terms.Index, IndexUnitsPerTick = terms.IndexUnitsPerTick };
        ContractAnalysis a = program.Analysis;
        market.StrikeTicks = a.Shape is ContractShape.Call or ContractShape.Put ? contracts.ToTicks(in market, a.Strike) : 0;
        (market.LeastTicks, market.MostTicks) = contracts.LeftTicks(in market, program, default);
        market.Flags = (a.IsAmerican ? ContractFlags.American : 0)
            | (program.Contract.Observations.Count > 1 ? ContractFlags.ManyIndexes : 0);
        if (a.Barrier is { } barrier)
        {
            market.BarrierTicks = contracts.ToTicks(in market, barrier.Level);
            market.Flags |= ContractFlags.Barrier | (barrier.IsUp ? ContractFlags.BarrierIsUp : 0);
        }
        return market;
    }
}
