using System;
using Surety.Core.Numerics;
using Surety.Engine.Indexes;
using Surety.Pricing;
using Surety.Pricing.Integers;
using Surety.Protocol.Rows;
using Surety.Terms.Analysis;
using Surety.Terms.Execution;

namespace Surety.Engine.Marks;

/// <summary>
/// What a contract is marked at: an option by Black's formula with the surface's volatility; a future at what it would pay if
/// prices stood; anything else where its book has stood for some time, as far as the book has depth, and otherwise at what it
/// would pay if prices stood. Always between the least and the most that its text can pay.
/// </summary>
internal sealed class ContractMarks(IndexedState state, ListedContracts contracts, Volatilities volatilities)
{
    // How many times slower a mark returns to what the text would pay than it follows a book with depth.
    private const long WithoutDepth = 12;

    /// <summary>Marks a contract's market; its mark appears once there is all that it needs.</summary>
    public void Apply(int number)
    {
        ref Market market = ref state.Markets.Write(number);
        ContractProgram program = contracts.ProgramOf(number)!;
        ref readonly ContractState running = ref state.Contracts[number].State;
        if (running.HasPrice != (1 << program.Contract.Observations.Count) - 1 || running.HasEnded != 0)
        {
            return;
        }
        market.MarkMs = state.TimeNs / 1_000_000;
        market.UnderlyingTicks = contracts.ToTicks(in market, running.Prices[0]);
        long price;
        if ((ContractShape)market.Shape is ContractShape.Call or ContractShape.Put)
        {
            IntegerOption option = OptionOf(state, contracts, number);
            int ppm = !market.Surface.Exists
                ? 0
                : volatilities.VolatilityPpm(market.Surface.Number, option.Underlying, option.Strike,
                    Math.Max(program.Contract.ExpiryMs - market.MarkMs, 1));
            if (ppm == 0)
            {
                return;
            }
            market.VolatilityPpm = ppm;
            market.Flags = state.Surfaces[market.Surface.Number].InDoubt != 0
                ? market.Flags | ContractFlags.SurfaceInDoubt
                : market.Flags & ~ContractFlags.SurfaceInDoubt;
            option = OptionOf(state, contracts, number);
            bool barrier = (market.Flags & ContractFlags.Barrier) != 0;
            price = barrier
                ? IntegerOptions.Price(in option, market.BarrierTicks, (market.Flags & ContractFlags.BarrierIsUp) != 0,
                    contracts.ToTicks(in market, program.Analysis.Barrier!.Rebate))
                : IntegerOptions.Price(in option);
            market.DeltaPpm = (int)Rounding.PpmFloor(IntegerOptions.GreeksOf(in option).DeltaPpm, OpenPpm(state, contracts, number));
        }
        else
        {
            long standing = Within(in market, contracts.ToTicks(in market, ContractRun.IfPricesStand(program, running)));
            price = (ContractShape)market.Shape == ContractShape.Future
                ? standing
                : BookMark(number, ref market, standing, program.PaysInSteps ? 0 : standing);
            market.DeltaPpm = (ContractShape)market.Shape == ContractShape.Future ? (int)OpenPpm(state, contracts, number) : 0;
        }
        market.IndexTicks = Within(in market, price);
        market.MarkTicks = market.IndexTicks;
        market.HasMark = 1;
    }

    /// <summary>
    /// An option's market as the models know it, ticks. A mean over the last W before expiry varies less than the price: by
    /// σ² · (T − 2W/3) while its window has not begun. Within it, the underlying is what the mean already is for the part that
    /// has passed, and only the rest still moves: volatility counts by its share, time by a third. Both meet where it begins.
    /// </summary>
    public static IntegerOption OptionOf(IndexedState state, ListedContracts contracts, int number)
    {
        ref readonly Market market = ref state.Markets[number];
        ContractProgram program = contracts.ProgramOf(number)!;
        long left = program.Contract.ExpiryMs - market.MarkMs;
        long open = OpenPpm(state, contracts, number);
        long window = WindowMs(in market, program);
        long underlying = market.UnderlyingTicks;
        int volatility = market.VolatilityPpm;
        long time = left - window + (window / 3);
        if (left < window)
        {
            time = Math.Max(left, 0) / 3;
            if (open < Rounding.Million)
            {
                ref readonly AggregateState counted = ref state.Contracts[number].State.Aggregates[0];
                long mean = contracts.ToTicks(in market, Surety.Terms.FixedPoint.Mean(counted.Value, counted.Weight));
                underlying = Rounding.PpmFloor(mean, Rounding.Million - open) + Rounding.PpmFloor(underlying, open);
                volatility = (int)Rounding.PpmFloor(volatility, open);
            }
        }
        return new IntegerOption((ContractShape)market.Shape == ContractShape.Put ? OptionType.Put : OptionType.Call, underlying,
            market.StrikeTicks, volatility, time);
    }

    /// <summary>
    /// The part of what a call, put or future pays on that still moves with the price, parts per million: all of it, until the
    /// window of its mean begins. It is the part of its delta, too, that is left.
    /// </summary>
    public static long OpenPpm(IndexedState state, ListedContracts contracts, int number)
    {
        ref readonly Market market = ref state.Markets[number];
        ContractProgram program = contracts.ProgramOf(number)!;
        long left = Math.Max(program.Contract.ExpiryMs - market.MarkMs, 0);
        if (left >= WindowMs(in market, program))
        {
            return Rounding.Million;
        }
        long counted = state.Contracts[number].State.Aggregates[0].Weight;
        return counted == 0 ? Rounding.Million : Rounding.MulDivFloor(left, Rounding.Million, counted + left);
    }

    /// <summary>Length of the mean that a call, put or future pays on, milliseconds.</summary>
    public static long WindowMs(ListedContracts contracts, int number, in Market market) =>
        WindowMs(in market, contracts.ProgramOf(number)!);

    // Early exercise takes the price itself up to the end: what is paid at expiry is then the least of it.
    private static long WindowMs(in Market market, ContractProgram program) =>
        (market.Flags & ContractFlags.American) != 0 ? 0 : program.Analysis.WindowMs;

    private static long Within(in Market market, long price) =>
        Math.Clamp(Math.Clamp(price, market.LeastTicks, market.MostTicks), market.MinPriceTicks, market.MaxPriceTicks);

    // Of what has no formula: a base, what it would pay if prices stood (nothing, where that jumps), plus a distance that follows
    // the book over the basis window while it shows depth on both sides, and goes back to what it would pay twelve times as
    // slowly while it does not. It starts at what it would pay.
    private long BookMark(int number, ref Market market, long standing, long origin)
    {
        if (market.HasMark == 0)
        {
            (market.BasisTicks16, market.BasisTimeNs) = ((standing - origin) << 16, state.TimeNs);
        }
        bool hasDepth = ImpactPrices.TryMiddle16(state.Derived.Books[number]!, ImpactPrices.MarkLotsFor(in market), out long middle16);
        long sample16 = (hasDepth ? middle16 : standing << 16) - (origin << 16);
        Basis.Smooth(ref market, sample16, market.BasisWindowMs * (hasDepth ? 1L : WithoutDepth), state.TimeNs);
        return origin + Rounding.DivNearest(market.BasisTicks16, 1 << 16);
    }
}
