using System;
using System.Collections.Generic;
using System.Linq;
using System.Text;
using System.Text.RegularExpressions;
using Surety.Core.Numerics;
using Surety.Pricing;
using Surety.Pricing.Integers;
using Surety.Protocol.Events;
using Surety.Protocol.Rows;
using static Surety.Proofs.CertificateFlawException;

namespace Surety.Proofs;

/// <summary>
/// Computes again what models say in a margin call, with the functions that the engine has: volatility between a surface's nodes, which
/// are medians of signed reports; an option's mark, from the index and that volatility; and what a lot loses in each scenario.
/// </summary>
internal sealed partial class ModelCheck(
    CertificateParts parts, SignedPrices prices, MarginCalled called, List<MarginCallModel> models, List<MarginCallNode> nodes)
{
    // Surety.Terms.Analysis.ContractShape.
    private const ushort Call = 2;
    private const ushort Put = 3;

    // Decimals of a contract's amounts.
    private const int FixedDecimals = 8;

    private readonly Dictionary<int, (Surface Terms, int[] Volatilities)> _surfaces = [];
    private readonly HashSet<int> _taken = [];

    /// <summary>Reads the nodes, surface by surface: every node of each that an option is marked from, and no other.</summary>
    public void CheckNodes()
    {
        int at = 0;
        foreach (int surface in models.Where(m => m.Surface.Exists).Select(m => m.Surface.Number).Distinct().Order())
        {
            Surface terms = parts.Rows<Surface>(TableId.Surfaces, (uint)surface, $"surface {surface}")[0];
            Require(
                terms.TenorCount is >= 1 and <= 8 && terms.MoneynessCount is >= 1 and <= 8 && terms.NodeCount <= Surface.MaxNodes
                    && at + terms.NodeCount <= nodes.Count,
                $"the nodes of surface {surface} are not in it");
            var volatilities = new int[terms.NodeCount];
            for (int i = 0; i < terms.NodeCount; i++)
            {
                MarginCallNode node = nodes[at++];
                Require(
                    node.Surface == surface && node.Node == i && node.Index == terms.Node(i),
                    $"a node of surface {surface} is not its own");
                PriceIndex index = parts.Rows<PriceIndex>(TableId.Indexes, node.Index, $"index {node.Index}")[0];
                Require(
                    prices.Of(node.Index).Price == node.Price, $"node {i} of surface {surface} is not the median of the signed reports");
                Int128 ppm = (Int128)node.Price * Rounding.Million / FixedDecimal.PowerOfTen(index.Decimals);
                Require(
                    node.VolatilityPpm == Int128.Clamp(ppm, 1, 100_000_000),
                    $"the volatility of node {i} of surface {surface} does not follow from its price");
                volatilities[i] = node.VolatilityPpm;
            }
            _surfaces[surface] = (terms, volatilities);
        }
        Require(at == nodes.Count, "a node in it is of no surface that the account depends on");
    }

    /// <summary>What models say of a market, taken once; null where they say nothing.</summary>
    public MarginCallModel? Take(ushort market)
    {
        int at = models.FindIndex(m => m.Market == market);
        Require(at < 0 || _taken.Add(at), $"a model of market {market} stands twice");
        return at < 0 ? null : models[at];
    }

    /// <summary>Refuses models of what the account does not hold.</summary>
    public void EndAll() => Require(_taken.Count == models.Count, "a model in it is of a market that the account has no position in");

    /// <summary>The option as its formula takes it, once its inputs and its mark are checked.</summary>
    public IntegerOption CheckOption(in Market market, in MarginCallPosition e, in MarginCallModel m)
    {
        Require(
            market.Shape is Call or Put && (market.Flags & (ContractFlags.Barrier | ContractFlags.ManyIndexes)) == 0
                && market.Surface == m.Surface && m.Surface.Exists,
            $"market {e.Market} is no option that a certificate can be of");
        Require(m.OpenPpm == Rounding.Million, $"the mean that market {e.Market} pays on has begun: there is no certificate of it");
        PriceIndex index = parts.Rows<PriceIndex>(TableId.Indexes, e.Index, $"index {e.Index}")[0];
        Require(
            m.UnderlyingTicks == TicksOf(e.IndexPrice, index.Decimals, e.IndexUnitsPerTick),
            $"the underlying of market {e.Market} is not its index");
        Require(
            m.WindowMs == ((market.Flags & ContractFlags.American) != 0 ? 0 : WindowOf(e.Market)),
            $"the mean of market {e.Market} is not that of its text");
        Require(m.MarkMs >= 0 && m.MarkMs <= called.TimeNs / 1_000_000, $"market {e.Market} is marked later than the call");
        long left = (market.ExpiryNs / 1_000_000) - m.MarkMs;
        (Surface terms, int[] volatilities) = _surfaces[m.Surface.Number];
        int volatility = m.UnderlyingTicks <= 0 || market.StrikeTicks <= 0 ? 0 : VolatilityGrid.VolatilityPpm(
            ((ReadOnlySpan<int>)terms.TenorMinutes)[..terms.TenorCount], ((ReadOnlySpan<int>)terms.MoneynessMilli)[..terms.MoneynessCount],
            volatilities,
            m.UnderlyingTicks, market.StrikeTicks, Math.Max(left, 1));
        Require(volatility > 0 && volatility == m.VolatilityPpm, $"the volatility of market {e.Market} is not that of its surface");
        long time = left < m.WindowMs ? Math.Max(left, 0) / 3 : left - m.WindowMs + (m.WindowMs / 3);
        var option = new IntegerOption(
            market.Shape == Put ? OptionType.Put : OptionType.Call, m.UnderlyingTicks, market.StrikeTicks, volatility, time);
        Require(
            Within(in market, IntegerOptions.Price(in option)) == e.MarkTicks,
            $"the mark of market {e.Market} is not what the formula gives");
        Require(
            IntegerOptions.GreeksOf(in option).DeltaPpm == m.DeltaPpm, $"the delta of market {e.Market} is not what the formula gives");
        return option;
    }

    /// <summary>What one long lot loses in each scenario, checked; with its value and delta, and whether it is an option.</summary>
    public static void CheckScenarios(
        in Market market, in MarginCallPosition e, in MarginCallModel m, IntegerOption? option, Span<long> losses)
    {
        Require(
            option is not null || (m.OpenPpm == Rounding.Million && m.UnderlyingTicks == e.MarkTicks),
            $"the settlement of market {e.Market} has begun: there is no certificate of it");
        Require(market.MaxPositionLots > 0 && m.ScanPpm is > 0 and <= 1_000_000, $"a term of market {e.Market} is outside its range");
        long most = Market.MaxPositionValue / market.MaxPositionLots;
        long underlying = Math.Max(option is null ? Math.Abs(e.MarkTicks) : m.UnderlyingTicks, market.MarginFloorTicks);
        long value = (long)Int128.Min((Int128)underlying * market.AtomsPerTickLot, most);
        long delta = option is null ? value : Rounding.MulDivFloor(value, m.DeltaPpm, Rounding.Million);
        Require(m.ValuePerLot == value && m.DeltaPerLot == delta, $"the value or the delta of a lot of market {e.Market} does not follow");
        if (option is { } known)
        {
            ScenarioGrid.Losses(in known, m.ScanPpm, losses);
        }
        else
        {
            ScenarioGrid.LossesOfUnderlying(underlying, m.ScanPpm, losses);
        }
        for (int i = 0; i < losses.Length; i++)
        {
            losses[i] = (long)Int128.Clamp((Int128)losses[i] * market.AtomsPerTickLot, -most, most);
            Require(
                losses[i] == (i < 16 ? m.Losses0[i] : m.Losses1[i - 16]),
                $"what market {e.Market} loses in scenario {i} is not what the formula gives");
        }
    }

    // As a contract reads its index, and its market that: rounded down each time.
    private static long TicksOf(long price, int decimals, long unitsPerTick)
    {
        Int128 amount = decimals <= FixedDecimals ? (Int128)price * FixedDecimal.PowerOfTen(FixedDecimals - decimals)
            : Floor(price, FixedDecimal.PowerOfTen(decimals - FixedDecimals));
        return checked((long)Floor(
            amount * FixedDecimal.PowerOfTen(decimals), (Int128)FixedDecimal.PowerOfTen(FixedDecimals) * unitsPerTick));
    }

    private static long Within(in Market market, long price)
    {
        Require(market.LeastTicks <= market.MostTicks && market.MinPriceTicks <= market.MaxPriceTicks, "a market's bounds are none");
        return Math.Clamp(Math.Clamp(price, market.LeastTicks, market.MostTicks), market.MinPriceTicks, market.MaxPriceTicks);
    }

    // How long the mean is that the contract's text pays on: the only one in it, or none.
    private long WindowOf(ushort market)
    {
        ContractText text = parts.Rows<ContractText>(TableId.ContractTexts, market, $"the text of market {market}")[0];
        Require(text.Length is >= 0 and <= ContractText.MaxBytes, $"the text of market {market} has no end");
        string written = Encoding.Latin1.GetString(((ReadOnlySpan<byte>)text.Bytes)[..text.Length]);
        if (!written.Contains("mean", StringComparison.Ordinal))
        {
            return 0;
        }
        MatchCollection means = Mean().Matches(written);
        Require(means.Count == 1 && written.Split("mean").Length == 2, $"the text of market {market} has more than one mean");
        long unit = means[0].Groups[2].ValueSpan[0] switch { 's' => 1_000, 'm' => 60_000, 'h' => 3_600_000, _ => 86_400_000 };
        return long.Parse(means[0].Groups[1].ValueSpan, System.Globalization.CultureInfo.InvariantCulture) * unit;
    }

    private static Int128 Floor(Int128 value, Int128 divisor)
    {
        Int128 quotient = value / divisor;
        return value < 0 && quotient * divisor != value ? quotient - 1 : quotient;
    }

    [GeneratedRegex("mean *\\( *[A-Za-z_][A-Za-z0-9_]* *, *([0-9]{1,6})([smhd]) *\\)")]
    private static partial Regex Mean();
}
