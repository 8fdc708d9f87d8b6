using System;
using Surety.Node.History;
using Surety.Node.Instruments;
using Surety.Pricing;
using Surety.Pricing.Integers;

namespace Surety.Gateway.Api;

/// <summary>The volatility that a price implies by the model with which the venue marks its options.</summary>
internal static class ImpliedVolatility
{
    private const int HighestPpm = 10_000_000;

    /// <summary>The least volatility at which an option has a price, ppm a year; 0 where there is none below 1,000%.</summary>
    public static int Ppm(in IntegerOption option, long price)
    {
        if (price <= IntegerOptions.Intrinsic(in option) || At(in option, HighestPpm) < price)
        {
            return 0;
        }
        int low = 1;
        int high = HighestPpm;
        while (low < high)
        {
            int middle = (low + high) / 2;
            (low, high) = At(in option, middle) < price ? (middle + 1, high) : (low, middle);
        }
        return low;
    }

    /// <summary>
    /// Of a trade, from the index at its moment; 0 where no volatility explains it, and while the mean runs that an option settles on:
    /// what that was at the moment is not kept.
    /// </summary>
    public static int OfTrade(in TradeRow trade, Instrument i)
    {
        long left = i.ExpiryMs - (trade.TimeNs / 1_000_000);
        if (!i.IsOption || i.StrikeUnits == 0 || trade.IndexUnits == 0 || left <= i.WindowMs)
        {
            return 0;
        }
        OptionType type = i.IsCall ? OptionType.Call : OptionType.Put;
        var option = new IntegerOption(type, trade.IndexUnits, (long)i.StrikeUnits, 1, left - i.WindowMs + (i.WindowMs / 3));
        return Ppm(in option, (long)i.Price(trade.PriceTicks));
    }

    private static long At(in IntegerOption option, int ppm)
    {
        IntegerOption changed = option with { VolatilityPpm = ppm };
        return IntegerOptions.Price(in changed);
    }
}
