using System;
using Surety.Core.Numerics;
using Surety.Pricing.Black;
using Surety.Pricing.Exotics;

namespace Surety.Pricing.Integers;

/// <summary>An option in integers, as a state machine knows it. Prices are in one unit, whichever it is.</summary>
/// <param name="Type">Call or put.</param>
/// <param name="Underlying">Forward price, units.</param>
/// <param name="Strike">Strike, units.</param>
/// <param name="VolatilityPpm">Annual volatility, parts per million.</param>
/// <param name="Ms">Time to expiry, milliseconds; 0 or less is now.</param>
public readonly record struct IntegerOption(OptionType Type, long Underlying, long Strike, int VolatilityPpm, long Ms);

/// <summary>
/// The door through which money meets models: integers in, integers out, and the same on every machine. Results are rounded to
/// the nearest and kept within the option's bounds, so that no model's error can leave them.
/// </summary>
public static class IntegerOptions
{
    /// <summary>Milliseconds in a year of 365 days.</summary>
    public const double MsPerYear = 365.0 * 86_400_000;

    private const double Million = 1_000_000;

    /// <summary>Present value without interest, units: at least intrinsic value, at most underlying or strike.</summary>
    public static long Price(in IntegerOption option)
    {
        long intrinsic = Intrinsic(in option);
        if (!HasTimeValue(in option))
        {
            return intrinsic;
        }
        double price =
            BlackScholes.OnForward(option.Type, option.Underlying, option.Strike, option.VolatilityPpm / Million, option.Ms / MsPerYear, 0)
                .Price;
        long most = option.Type == OptionType.Call ? option.Underlying : option.Strike;
        return Math.Clamp(ToNearest(price), intrinsic, Math.Max(most, intrinsic));
    }

    /// <summary>
    /// Present value with a barrier that ends the option with a rebate, units; nothing less than zero. The barrier is watched at
    /// steps so short that it counts as watched continuously.
    /// </summary>
    public static long Price(in IntegerOption option, long level, bool isUp, long rebate)
    {
        if (!HasTimeValue(in option) || level <= 0)
        {
            return (isUp ? option.Underlying >= level : option.Underlying <= level) ? rebate : Intrinsic(in option);
        }
        double price = Barrier.Price(
            isUp ? BarrierType.UpOut : BarrierType.DownOut, option.Type, option.Underlying, option.Strike, level, rebate,
            option.VolatilityPpm / Million, option.Ms / MsPerYear, 0, 0);
        return Math.Clamp(ToNearest(price), 0, Math.Max(Math.Max(option.Underlying, option.Strike), rebate));
    }

    /// <summary>
    /// Greeks in integers: delta in parts per million; gamma as the change of that for a change of a hundredth of the
    /// underlying; vega in millionths of a unit for a point of volatility; theta in millionths for a day; vanna as the
    /// change of delta for a point; volga as the change of vega for a point.
    /// </summary>
    public static IntegerGreeks GreeksOf(in IntegerOption option)
    {
        if (!HasTimeValue(in option))
        {
            bool inside = Intrinsic(in option) > 0;
            return new IntegerGreeks(inside ? (int)option.Type * 1_000_000 : 0, 0, 0, 0, 0, 0);
        }
        Greeks g =
            BlackScholes.OnForward(option.Type, option.Underlying, option.Strike, option.VolatilityPpm / Million, option.Ms / MsPerYear, 0);
        return new IntegerGreeks(
            (int)ToNearest(g.Delta * Million), ToNearest(g.Gamma * option.Underlying / 100 * Million), ToNearest(g.Vega / 100 * Million),
            ToNearest(g.Theta / 365 * Million), ToNearest(g.Vanna / 100 * Million), ToNearest(g.Volga / 10_000 * Million));
    }

    /// <summary>What is gained by exercising now, units, 0 or more.</summary>
    public static long Intrinsic(in IntegerOption option) =>
        Math.Max(option.Type == OptionType.Call ? option.Underlying - option.Strike : option.Strike - option.Underlying, 0);

    internal static long ToNearest(double value) =>
        value >= 9.2e18 ? long.MaxValue : value <= -9.2e18 ? long.MinValue : double.IsNaN(value) ? 0 : (long)Math.Floor(value + 0.5);

    private static bool HasTimeValue(in IntegerOption option) =>
        option.Ms > 0 && option.VolatilityPpm > 0 && option.Underlying > 0 && option.Strike > 0;
}

/// <summary>Greeks of one unit of an option; see <see cref="IntegerOptions.GreeksOf"/> for units.</summary>
/// <param name="DeltaPpm">Delta, parts per million.</param>
/// <param name="GammaPpm">Change of delta for a hundredth of the underlying.</param>
/// <param name="Vega">Millionths of a unit for a point of volatility.</param>
/// <param name="Theta">Millionths of a unit for a day.</param>
/// <param name="VannaPpm">Change of delta for a point of volatility.</param>
/// <param name="Volga">Change of vega for a point of volatility.</param>
public readonly record struct IntegerGreeks(int DeltaPpm, long GammaPpm, long Vega, long Theta, long VannaPpm, long Volga);
