using System;
using Surety.Core.Numerics;
using Surety.Engine.Books;
using Surety.Engine.Instruments;
using Surety.Engine.Oracles;
using Surety.Engine.State;
using Surety.Pricing;
using Surety.Pricing.Integers;
using Surety.Terms.Analysis;
using Surety.Terms.Execution;
using Surety.Terms.Syntax;

namespace Surety.Engine.Contracts;

/// <summary>
/// What a contract is marked at: an option by Black's formula with the surface's volatility; a future at what it would pay now;
/// anything else at the middle of its book, or at what it would pay now while the book is empty. Always between the least and
/// the most that its text can pay.
/// </summary>
internal sealed class ContractMarks(VenueState state, ListedContracts contracts, Volatilities volatilities)
{
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
            int ppm = market.SurfacePlusOne == 0 ? 0 : volatilities.VolatilityPpm(market.SurfacePlusOne - 1, option.Underlying, option.Strike, Math.Max(option.Ms, 1));
            if (ppm == 0)
            {
                return;
            }
            market.VolatilityPpm = ppm;
            market.Flags = state.Surfaces[market.SurfacePlusOne - 1].InDoubt != 0 ? market.Flags | ContractFlags.SurfaceInDoubt : market.Flags & ~ContractFlags.SurfaceInDoubt;
            option = OptionOf(state, contracts, number);
            bool barrier = (market.Flags & ContractFlags.Barrier) != 0;
            price = barrier
                ? IntegerOptions.Price(in option, market.BarrierTicks, (market.Flags & ContractFlags.BarrierIsUp) != 0, contracts.ToTicks(in market, program.Analysis.Barrier!.Rebate))
                : IntegerOptions.Price(in option);
            market.DeltaPpm = IntegerOptions.GreeksOf(in option).DeltaPpm;
        }
        else
        {
            long now = contracts.ToTicks(in market, ContractRun.IfExpiredNow(program, running));
            price = (ContractShape)market.Shape == ContractShape.Future ? now : BookMiddle(number, in market) ?? now;
            market.DeltaPpm = (ContractShape)market.Shape == ContractShape.Future ? (int)Rounding.Million : 0;
        }
        market.IndexTicks = Math.Clamp(Math.Clamp(price, market.LeastTicks, market.MostTicks), market.MinPriceTicks, market.MaxPriceTicks);
        market.MarkTicks = market.IndexTicks;
        market.HasMark = 1;
    }

    /// <summary>
    /// An option's market as the models know it, ticks. Within the window of its mean the underlying is what the mean already is
    /// for the part that has passed, and only the rest still moves: its volatility counts by its share and a third of its time.
    /// </summary>
    public static IntegerOption OptionOf(VenueState state, ListedContracts contracts, int number)
    {
        ref readonly Market market = ref state.Markets[number];
        ContractProgram program = contracts.ProgramOf(number)!;
        ref readonly ContractState running = ref state.Contracts[number].State;
        long leftMs = program.Contract.ExpiryMs - market.MarkMs;
        long underlying = market.UnderlyingTicks;
        int volatility = market.VolatilityPpm;
        long window = program.Analysis.WindowMs;
        if (leftMs < window && running.Aggregates[0].Weight > 0)
        {
            long mean = contracts.ToTicks(in market, Surety.Terms.FixedPoint.Mean(running.Aggregates[0].Value, running.Aggregates[0].Weight));
            long left = Math.Max(leftMs, 0);
            underlying = Rounding.MulDivFloor(mean, window - left, window) + Rounding.MulDivFloor(market.UnderlyingTicks, left, window);
            // The deviation of a mean over what is left: σ · share · √(left / 3).
            volatility = (int)Rounding.MulDivFloor(volatility, left * 577_350, window * 1_000_000);
        }
        return new IntegerOption((ContractShape)market.Shape == ContractShape.Put ? OptionType.Put : OptionType.Call, underlying, market.StrikeTicks, volatility, leftMs);
    }

    private long? BookMiddle(int number, in Market market)
    {
        OrderBook book = state.Derived.Books[number]!;
        long lots = ImpactPrices.LotsFor(in market);
        return ImpactPrices.TryAverage16(book, Side.Sell, lots, out long bid16) && ImpactPrices.TryAverage16(book, Side.Buy, lots, out long ask16)
            ? (bid16 + ask16) >> 17 : null;
    }
}
