using System;
using System.Collections.Generic;
using Surety.Core.Numerics;
using Surety.Engine.State;
using Surety.Protocol.Rows;
using Surety.Terms;
using Surety.Terms.Analysis;
using Surety.Terms.Execution;

namespace Surety.Engine.Indexes;

/// <summary>The programs of listed contracts, compiled from their texts; derived, and made again after a restart.</summary>
public sealed class ListedContracts
{
    private readonly VenueState _state;
    private readonly ContractProgram?[] _programs;
    private readonly ushort[][] _indexes;

    internal ListedContracts(VenueState state)
    {
        _state = state;
        _programs = new ContractProgram?[state.GenesisRef.MaxMarkets];
        _indexes = new ushort[state.GenesisRef.MaxMarkets][];
    }

    /// <summary>A market's program; null for one that is no contract.</summary>
    public ContractProgram? ProgramOf(int market) => _programs[market];

    /// <summary>The place of an index among what a market's contract observes, −1 for none.</summary>
    public int ObservationOf(int market, int index) => _programs[market] is null ? -1 : Array.IndexOf(_indexes[market], (ushort)index);

    /// <summary>What a market's contract observes; nothing for one that is no contract.</summary>
    public ReadOnlySpan<ushort> IndexesOf(int market) => _indexes[market];

    /// <summary>An index's number by name, −1 for none.</summary>
    public int FindIndex(string name)
    {
        for (int i = 0; i < _state.Counts.Indexes; i++)
        {
            if (_state.Indexes[i].Name.ToString() == name)
            {
                return i;
            }
        }
        return -1;
    }

    /// <summary>Compiles a text against the venue's indices.</summary>
    public TermsError? TryCompile(ReadOnlySpan<byte> text, out ContractProgram? program)
    {
        var indices = new List<IndexRange>();
        for (int i = 0; i < _state.Counts.Indexes; i++)
        {
            ref readonly PriceIndex index = ref _state.Indexes[i];
            indices.Add(
                new IndexRange(index.Name.ToString(), ToFixed(index.MinPrice + 1, index.Decimals),
                    ToFixed(index.MaxPrice - 1, index.Decimals)));
        }
        return ContractProgram.TryCompile(text, indices, out program);
    }

    /// <summary>Takes up the program of a market, compiling its text.</summary>
    internal void Add(int market)
    {
        TermsError? error = TryCompile(_state.ContractTexts[market].Text, out ContractProgram? program);
        Invariant.Assert(error is null, "a listed contract no longer compiles");
        Add(market, program!);
    }

    internal void Add(int market, ContractProgram program)
    {
        _programs[market] = program;
        _indexes[market] = new ushort[program.Contract.Observations.Count];
        for (int i = 0; i < _indexes[market].Length; i++)
        {
            _indexes[market][i] = (ushort)FindIndex(program.Contract.Observations[i].Index);
        }
    }

    /// <summary>When time alone next does something in a market's contract, nanoseconds since 1970.</summary>
    public long NextNs(int market) =>
        Math.Min(ContractRun.NextMs(_programs[market]!, in _state.Contracts[market].State), long.MaxValue / 1_000_000) * 1_000_000;

    /// <summary>
    /// The least and the most that a contract can still pay after what its state says, ticks of its market, rounded outward; both hold
    /// zero.
    /// </summary>
    public (long Least, long Most) LeftTicks(in Market market, ContractProgram program, in ContractState running)
    {
        (Interval scheduled, Interval ending) = program.Left(in running);
        // Scheduled payments are rounded as one sum, the last payment by itself.
        return (ToTicks(in market, scheduled.Low) + ToTicks(in market, ending.Low),
            -ToTicks(in market, -scheduled.High) - ToTicks(in market, -ending.High));
    }

    /// <summary>Index units as the fixed point of contracts, rounded down beyond eight decimals.</summary>
    public static Int128 ToFixed(long units, int decimals) =>
        decimals <= FixedPoint.Decimals
            ? (Int128)units * FixedDecimal.PowerOfTen(FixedPoint.Decimals - decimals)
            : FixedPoint.Mean(units, FixedDecimal.PowerOfTen(decimals - FixedPoint.Decimals));

    /// <summary>A contract's amount in ticks of its market, rounded down.</summary>
    public long ToTicks(in Market market, Int128 amount) =>
        (long)Int128.Clamp(
            FixedPoint.Mean(amount * FixedDecimal.PowerOfTen(_state.Indexes[market.Index].Decimals),
                (Int128)FixedPoint.One * market.IndexUnitsPerTick), long.MinValue / 4, long.MaxValue / 4);

    /// <summary>A contract's amount in settlement atoms for one lot, rounded down.</summary>
    public long ToAtoms(in Market market, Int128 amount) =>
        (long)FixedPoint.Mean(amount * FixedDecimal.PowerOfTen(_state.Indexes[market.Index].Decimals) * market.AtomsPerTickLot,
            (Int128)FixedPoint.One * market.IndexUnitsPerTick);
}
