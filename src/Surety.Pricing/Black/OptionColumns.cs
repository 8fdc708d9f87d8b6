using System;

namespace Surety.Pricing.Black;

/// <summary>Many options as columns, equally long.</summary>
public readonly ref struct OptionColumns
{
    /// <summary>+1 for a call, −1 for a put.</summary>
    public ReadOnlySpan<double> Sign { get; init; }

    /// <summary>Forward price of the underlying at expiry, positive.</summary>
    public ReadOnlySpan<double> Forward { get; init; }

    /// <summary>Strike, positive.</summary>
    public ReadOnlySpan<double> Strike { get; init; }

    /// <summary>Annual volatility, 0.8 for 80%, positive.</summary>
    public ReadOnlySpan<double> Volatility { get; init; }

    /// <summary>Years to expiry, positive.</summary>
    public ReadOnlySpan<double> Years { get; init; }

    /// <summary>Continuously compounded annual rate of discounting.</summary>
    public ReadOnlySpan<double> Rate { get; init; }

    /// <summary>How many options.</summary>
    public int Count => Sign.Length;

    internal bool AreEquallyLong => Forward.Length == Count && Strike.Length == Count && Volatility.Length == Count
        && Years.Length == Count && Rate.Length == Count;
}

/// <summary>Where values and Greeks go, at least as long as the options; units as in <see cref="Greeks"/>.</summary>
public readonly ref struct GreekColumns
{
    /// <summary>Prices.</summary>
    public Span<double> Price { get; init; }
    /// <summary>Change of the price by the underlying.</summary>
    public Span<double> Delta { get; init; }
    /// <summary>Change of delta by the underlying.</summary>
    public Span<double> Gamma { get; init; }
    /// <summary>Change of the price by volatility, for 1.0.</summary>
    public Span<double> Vega { get; init; }
    /// <summary>Change of the price by calendar time, for a year.</summary>
    public Span<double> Theta { get; init; }
    /// <summary>Change of the price by the rate, for 1.0.</summary>
    public Span<double> Rho { get; init; }

    internal bool Hold(int count) => Price.Length >= count && Delta.Length >= count && Gamma.Length >= count
        && Vega.Length >= count && Theta.Length >= count && Rho.Length >= count;
}
