using System;
using System.Collections.Generic;
using System.Linq;
using System.Numerics;
using Surety.Core.Numerics;
using Surety.Pricing;
using Surety.Pricing.Black;
using Surety.Protocol.Rows;
using Surety.Simulation.Scenarios;

namespace Surety.Simulation.Slow;

/// <summary>
/// Margin of a pool that nets positions by scenarios, from the table of docs/margin.md. What an option is worth in a scenario is asked
/// of Surety.Pricing, one at a time; everything else is whole numbers.
/// </summary>
internal static class SlowPortfolio
{
    private const int MostIndexes = 8;
    private const int MostExpiries = 12;
    private const double MsPerYear = 365.0 * 86_400_000;

    // Quarters of the scan range, volatility up 1, same 0, down −1, and the part that counts.
    private static readonly List<(int Quarters, int Volatility, long CountedPpm)> Scenarios =
    [
        .. Enumerable.Range(-4, 9).SelectMany(q => new[] { (q, 1, Whole.Million), (q, 0, Whole.Million), (q, -1, Whole.Million) }),
        (-12, 1, 300_000), (-8, 1, 450_000), (8, 1, 450_000), (16, 1, 200_000), (32, 1, 100_000),
    ];

    /// <summary>What an account needs, if told so with other lots and orders in one market.</summary>
    public static SlowNeed Need(VenueRows rows, SlowMargin margin, uint account, (int Market, BigInteger Lots, SlowOrders Orders)? changed)
    {
        var held = new List<(int Market, BigInteger Lots, SlowOrders Orders)>();
        foreach ((int row, Position position) in margin.Positions(account))
        {
            int number = position.Market.Number;
            held.Add(number == changed?.Market ? changed.Value : (number, position.Lots, margin.OrdersOf(account, number)));
        }
        if (changed is { } more && !held.Any(h => h.Market == more.Market))
        {
            held.Add(more);
        }
        SlowNeed formulas = default;
        BigInteger orders = 0;
        bool doubt = false;
        var netted = new List<(int Index, List<(Market Market, int Number, BigInteger Lots)> Held)>();
        foreach ((int number, BigInteger lots, SlowOrders open) in held)
        {
            Market market = rows.Market(number);
            int at = netted.FindIndex(n => n.Index == market.Index);
            if (!HasModel(market) || (at < 0 && netted.Count == MostIndexes))
            {
                formulas += SlowMargin.Need(market, lots, open);
                continue;
            }
            // Orders net with nothing until they fill: the larger side.
            BigInteger bought = SlowMargin.Need(market, open.BuyLots, default).Initial + (open.BuyLoss * market.AtomsPerTickLot);
            BigInteger sold = SlowMargin.Need(market, -open.SellLots, default).Initial + (open.SellLoss * market.AtomsPerTickLot);
            orders += open.BuyLots == 0 && open.SellLots == 0 ? 0 : BigInteger.Max(bought, sold);
            if (lots == 0)
            {
                continue;
            }
            if (at < 0)
            {
                at = netted.Count;
                netted.Add((market.Index, []));
            }
            doubt |= (market.Flags & ContractFlags.SurfaceInDoubt) != 0;
            netted[at].Held.Add((market, number, lots));
        }
        BigInteger maintenance = 0;
        BigInteger concentration = 0;
        foreach ((int index, List<(Market Market, int Number, BigInteger Lots)> positions) in netted)
        {
            (BigInteger needed, BigInteger large) = OfIndex(rows, positions);
            maintenance += needed;
            concentration += large;
        }
        BigInteger initial = maintenance + Whole.Ceiling(maintenance, 4) + concentration;
        initial = doubt ? Whole.Ceiling(initial * 3, 2) : initial;
        return new SlowNeed(initial + orders, maintenance) + formulas;
    }

    private static bool IsOption(Market market) => market.Kind == MarketKind.Contract && market.Shape is 2 or 3;

    // Barriers and other texts have none; nor has a market without a mark.
    private static bool HasModel(Market market) => market.HasMark != 0
        && (market.Kind != MarketKind.Contract || market.Shape == 1 || (IsOption(market) && (market.Flags & ContractFlags.Barrier) == 0));

    private static (BigInteger Maintenance, BigInteger Concentration) OfIndex(VenueRows rows,
        List<(Market Market, int Number, BigInteger Lots)> positions)
    {
        var losses = new BigInteger[Scenarios.Count];
        var deltas = new List<(long ExpiryNs, BigInteger Delta)>();
        BigInteger apart = 0;
        BigInteger net = 0;
        BigInteger gross = 0;
        BigInteger shortOptions = 0;
        BigInteger concentration = 0;
        foreach ((Market market, int number, BigInteger lots) in positions)
        {
            BigInteger most = Market.MaxPositionValue / market.MaxPositionLots;
            BigInteger standing = market.Kind == MarketKind.Contract ? market.UnderlyingTicks : BigInteger.Abs(market.MarkTicks);
            BigInteger underlying = BigInteger.Max(standing, market.MarginFloorTicks);
            BigInteger perLot = BigInteger.Min(underlying * market.AtomsPerTickLot, most);
            BigInteger value = BigInteger.Abs(lots) * perLot;
            BigInteger open = OpenPpm(rows, market, number);
            BigInteger delta = lots * (market.Kind == MarketKind.Contract
                ? Whole.Floor(perLot * market.DeltaPpm, Whole.Million) : Whole.Floor(perLot * open, Whole.Million));
            BigInteger scan = Whole.Ceiling(rows.Pool(market.Pool).Rules.ScanPpm * open, Whole.Million);
            for (int i = 0; i < losses.Length; i++)
            {
                BigInteger loss = IsOption(market) ? OptionLoss(rows, market, number, scan, i)
                    : Counted(underlying - Moved(underlying, scan, i), i);
                losses[i] += lots * BigInteger.Max(BigInteger.Min(loss * market.AtomsPerTickLot, most), -most);
            }
            gross += value;
            net += delta;
            shortOptions += IsOption(market) && lots < 0 ? value : 0;
            BigInteger depth = Whole.Floor(market.ExternalDepthAtoms, BigInteger.Max(perLot, 1));
            BigInteger share = Whole.Floor(BigInteger.Abs(lots) * Whole.Million,
                BigInteger.Max(BigInteger.Abs(lots) + market.OpenInterestLots + depth, 1)) + 1;
            concentration += Whole.Ceiling(Whole.Ceiling(value * 50_000, Whole.Million) * share, Whole.Million);
            int expiry = deltas.FindIndex(d => d.ExpiryNs == market.ExpiryNs);
            if (expiry >= 0)
            {
                deltas[expiry] = (market.ExpiryNs, deltas[expiry].Delta + delta);
            }
            else if (deltas.Count < MostExpiries)
            {
                deltas.Add((market.ExpiryNs, delta));
            }
            else
            {
                apart += BigInteger.Abs(delta);
            }
        }
        foreach ((long expiryNs, BigInteger delta) in deltas)
        {
            apart += BigInteger.Abs(delta);
        }
        BigInteger floor = Whole.Ceiling(BigInteger.Abs(net) * 20_000, Whole.Million) + Whole.Ceiling(gross * 5_000, Whole.Million);
        BigInteger offset = BigInteger.Max(apart - BigInteger.Abs(net), 0);
        BigInteger maintenance = BigInteger.Max(losses.Max(), floor) + Whole.Ceiling(shortOptions * 5_000, Whole.Million)
            + Whole.Ceiling(offset * 10_000, Whole.Million);
        return (maintenance, concentration);
    }

    // The part of a mean that still moves.
    private static BigInteger OpenPpm(VenueRows rows, Market market, int number)
    {
        if (market.Kind == MarketKind.Contract)
        {
            ContractFacts facts = rows.Contract(number);
            long left = Math.Max(facts.ExpiryMs - market.MarkMs, 0);
            return left >= facts.WindowMs || facts.CountedMs == 0 ? Whole.Million
                : Whole.Floor((BigInteger)left * Whole.Million, facts.CountedMs + left);
        }
        const long WindowNs = 1_800_000_000_000;
        const long NsPerMs = 1_000_000;
        BigInteger open = BigInteger.Max((market.ExpiryNs / NsPerMs)
            - (Math.Max(market.SettlementTimeNs, market.ExpiryNs - WindowNs) / NsPerMs), 0);
        return market.SettlementMs == 0 ? Whole.Million : Whole.Floor(open * Whole.Million, market.SettlementMs + open);
    }

    private static BigInteger Moved(BigInteger underlying, BigInteger scan, int scenario) => BigInteger.Max(
        underlying + Whole.Floor(underlying * scan * Scenarios[scenario].Quarters, 4 * Whole.Million), BigInteger.Max(underlying / 100, 1));

    private static BigInteger Counted(BigInteger loss, int scenario) => Whole.Ceiling(loss * Scenarios[scenario].CountedPpm, Whole.Million);

    private static BigInteger OptionLoss(VenueRows rows, Market market, int number, BigInteger scan, int scenario)
    {
        ContractFacts facts = rows.Contract(number);
        long left = facts.ExpiryMs - market.MarkMs;
        // A mean over the last W varies by σ² · (T − 2W/3); within its window by its open part, over a third of the time.
        long time = left < facts.WindowMs ? Math.Max(left, 0) / 3 : left - facts.WindowMs + (facts.WindowMs / 3);
        BigInteger underlying = market.UnderlyingTicks;
        long volatility = market.VolatilityPpm;
        BigInteger open = OpenPpm(rows, market, number);
        if (open < Whole.Million)
        {
            underlying = Whole.Floor(facts.MeanTicks * (Whole.Million - open), Whole.Million)
                + Whole.Floor(underlying * open, Whole.Million);
            volatility = (long)Whole.Floor(volatility * open, Whole.Million);
        }
        // (30 / days)^p, p = 0.3 to thirty days and 0.13 beyond.
        double days = Math.Max(time / 86_400_000.0, 1);
        double reach = RealFunctions.Exp((days <= 30 ? 0.3 : 0.13) * RealFunctions.Log(30 / days));
        double factor = Scenarios[scenario].Volatility switch { 1 => 1 + (0.5 * reach), -1 => Math.Max(1 - (0.3 * reach), 0.2), _ => 1 };
        BigInteger now = Worth(market, underlying, volatility * 1e-6, time, atMost: true);
        BigInteger then = Worth(market, Moved(underlying, scan, scenario), underlying > 0 ? volatility * 1e-6 * factor : 0, time,
            atMost: false);
        return Counted(now - then, scenario);
    }

    // Rounded to the nearest tick, at least intrinsic value; today also at most the underlying, or the strike.
    private static BigInteger Worth(Market market, BigInteger underlying, double volatility, long ms, bool atMost)
    {
        bool call = market.Shape == 2;
        BigInteger intrinsic = BigInteger.Max(call ? underlying - market.StrikeTicks : market.StrikeTicks - underlying, 0);
        if (ms <= 0 || volatility <= 0 || underlying <= 0 || (atMost && market.StrikeTicks <= 0))
        {
            return intrinsic;
        }
        double price = BlackScholes.OnForward(call ? OptionType.Call : OptionType.Put, (double)underlying, market.StrikeTicks,
            volatility, ms / MsPerYear, 0).Price;
        BigInteger worth = BigInteger.Max((BigInteger)Math.Floor(price + 0.5), intrinsic);
        BigInteger most = BigInteger.Max(call ? underlying : market.StrikeTicks, intrinsic);
        return atMost ? BigInteger.Min(worth, most) : worth;
    }
}
