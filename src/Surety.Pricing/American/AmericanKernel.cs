using System;
using Surety.Pricing.Black;
using Surety.Pricing.Lanes;

namespace Surety.Pricing.American;

/// <summary>
/// American puts over lanes: L. Andersen, M. Lake, D. Offengenden, "High-performance American option pricing" (2016). The
/// exercise boundary B is the fixed point of an integral equation (their FP-A), solved at Chebyshev nodes in √time for
/// H = ln(B / B(0))², from the boundary of Bjerksund and Stensland (1993) in <see cref="Sweeps"/> sweeps or more. What is ours: nodes and
/// quadrature points lie so that interpolation is a dot product with constants, equal for all options.
/// </summary>
internal static class AmericanKernel
{
    /// <summary>Sweeps of the fixed point over all nodes.</summary>
    public const int Sweeps = 5;

    /// <summary>Sweeps where five are not enough: short of volatility beside rates, far outside the grids of the tests.</summary>
    public const int MostSweeps = 300;

    /// <summary>Of the strike: what the boundary's last change may be worth.</summary>
    public const double Tolerance = 5e-6;

    /// <summary>Value of puts; rate positive. All other ranges as in <see cref="AmericanOption"/>.</summary>
    /// <param name="spot">The underlying's price.</param>
    /// <param name="strike">The strike.</param>
    /// <param name="volatility">Of a year, 0.2 is 20%.</param>
    /// <param name="years">Time to expiry, years.</param>
    /// <param name="rate">Interest, continuous, of a year.</param>
    /// <param name="yield">What the underlying pays, continuous, of a year.</param>
    /// <param name="change">How far the last sweep still moved the boundary, the furthest of all nodes, in standard deviations of the whole
    /// time; at most 1.</param>
    public static V Put<V>(V spot, V strike, V volatility, V years, V rate, V yield, out V change)
        where V : struct, ILanes<V>
    {
        var option = new Lane<V>
        {
            Rate = rate,
            Yield = yield,
            Volatility = volatility,
            RootYears = V.Sqrt(years),
            Years = years,
            // ln(B(0) / K): exercise pays at expiry only where interest on the strike exceeds the yield.
            LogStart = V.Select(V.Less(rate, yield), LaneFunctions.Log(rate / V.Max(yield, V.Broadcast(1e-300))), V.Broadcast(0)),
        };
        Span<double> heights = stackalloc double[AmericanTables.Nodes * V.Count];
        for (int node = 0; node < AmericanTables.Nodes; node++)
        {
            V root = Guess(in option, AmericanTables.RootTimes[node]);
            (root * root).Store(heights, node * V.Count);
        }
        change = Solve(in option, V.Max(-yield * spot / strike, V.Broadcast(0)) + rate, heights);
        V european = European(spot, strike, volatility, years, rate, yield);
        V premium = Premium(in option, spot, strike, heights);
        V value = V.Max(european + V.Max(premium, V.Broadcast(0)), strike - spot);
        return value;
    }

    // Sweeps over all nodes, more of them for lanes that need it; how far the last moved the boundary, in standard deviations of the whole
    // time.
    private static V Solve<V>(in Lane<V> o, V gain, Span<double> heights)
        where V : struct, ILanes<V>
    {
        Span<double> next = stackalloc double[AmericanTables.Nodes * V.Count];
        V inverse = V.Broadcast(1) / (o.Volatility * o.RootYears);
        V share = V.Broadcast(1);
        for (int sweep = 0; sweep < MostSweeps; sweep++)
        {
            // What the last change may be worth, of the strike: lanes where that is little stay as they are.
            V goesOn = sweep < Sweeps ? V.Less(V.Broadcast(-1), share) : V.Less(V.Broadcast(Tolerance), gain * o.Years * share * share);
            if (!V.Any(goesOn))
            {
                break;
            }
            V change = V.Broadcast(0);
            for (int node = 0; node < AmericanTables.Nodes; node++)
            {
                V root = Improve(in o, heights, node);
                V height = V.Load(heights, node * V.Count);
                V old = V.Sqrt(height);
                change = V.Max(V.Abs(root - old), change);
                // Where five sweeps do not do the boundary swings about the solution: half a step is nearer.
                root = sweep < Sweeps ? root : old + ((root - old) * (sweep < 25 ? 0.5 : sweep < 100 ? 0.15 : 0.04));
                V.Select(goesOn, root * root, height).Store(next, node * V.Count);
            }
            share = V.Select(goesOn, V.Min(change * inverse, V.Broadcast(1)), share);
            next.CopyTo(heights);
        }
        return share;
    }

    private static V European<V>(V spot, V strike, V volatility, V years, V rate, V yield)
        where V : struct, ILanes<V>
    {
        V forward = spot * LaneFunctions.Exp((rate - yield) * years);
        BlackArguments<V> a = BlackKernel.Arguments(forward, strike, volatility, years);
        V d2 = a.D1 - (volatility * a.RootYears);
        BlackTails<V> tails = BlackKernel.Tails(a.D1, d2, a.Ratio);
        V isPut = V.Broadcast(-1);
        return LaneFunctions.Exp(-(rate * years)) * BlackKernel.Value(
            isPut, forward, strike, volatility * a.RootYears, a.D1, d2, tails.Density, BlackKernel.Probability(-a.D1, tails.Tail1),
            BlackKernel.Probability(-d2, tails.Tail2));
    }

    // √H of the first guess: the put's boundary is K² over the call's with rate and yield exchanged.
    private static V Guess<V>(in Lane<V> o, double rootTime)
        where V : struct, ILanes<V>
    {
        V one = V.Broadcast(1);
        V variance = o.Volatility * o.Volatility;
        V carry = (o.Yield - o.Rate) / variance;
        V shifted = carry - 0.5;
        V beta = V.Max(V.Sqrt(V.Max((shifted * shifted) + ((o.Yield + o.Yield) / variance), V.Broadcast(0))) - shifted,
            V.Broadcast(1.0001));
        V far = beta / (beta - one);
        V start = LaneFunctions.Exp(-o.LogStart);
        V gap = V.Max(far - start, start * 1e-9);
        V root = o.RootYears * rootTime;
        V reach = ((o.Yield - o.Rate) * root * root) + (o.Volatility * root * 2);
        V boundary = start + (gap * (one - LaneFunctions.Exp(-(V.Max(reach, V.Broadcast(0)) * start / gap))));
        // ln(B(0) / B) of the put = ln(call's boundary / its start).
        return V.Max(LaneFunctions.Log(boundary) + o.LogStart, V.Broadcast(0));
    }

    // √H at a node after one application of the fixed point.
    private static V Improve<V>(in Lane<V> o, ReadOnlySpan<double> heights, int node)
        where V : struct, ILanes<V>
    {
        V own = V.Sqrt(V.Load(heights, node * V.Count));
        V rootTime = o.RootYears * AmericanTables.RootTimes[node];
        V time = rootTime * rootTime;
        V drift = o.Rate - o.Yield;
        V deviation = o.Volatility * rootTime;
        V inverse = V.Broadcast(1) / deviation;
        // ln(B / K) at this node.
        V level = o.LogStart - own;
        V dMinus = ((level + (drift * time)) * inverse) - (deviation * 0.5);
        V dPlus = dMinus + deviation;
        V densityPlus = LaneFunctions.NormalPdf(dPlus);
        V numerator = LaneFunctions.NormalPdf(dMinus) * inverse;
        V denominator = (densityPlus * inverse) + LaneFunctions.NormalCdf(dPlus, densityPlus);
        V sumRate = V.Broadcast(0);
        V sumYield = V.Broadcast(0);
        V sumProbability = V.Broadcast(0);
        for (int j = 0; j < AmericanTables.Inner; j++)
        {
            V other =
                Interpolate<V>(heights,
                    AmericanTables.InnerInterpolation.Slice(((node * AmericanTables.Inner) + j) * AmericanTables.Nodes,
                    AmericanTables.Nodes));
            AddPoint(in o, j, other - own, rootTime, time, ref sumRate, ref sumYield, ref sumProbability);
        }
        V scale = rootTime / o.Volatility;
        numerator += o.Rate * scale * sumRate;
        denominator += o.Yield * ((scale * sumYield) + (time * sumProbability));
        V logB = LaneFunctions.Log(numerator / denominator) - (drift * time);
        return V.Max(o.LogStart - logB, V.Broadcast(0));
    }

    // One point of the integrals: log = ln(B / B(u)).
    private static void AddPoint<V>(in Lane<V> o, int j, V log, V rootTime, V time, ref V sumRate, ref V sumYield, ref V sumProbability)
        where V : struct, ILanes<V>
    {
        double half = AmericanTables.InnerHalves[j];
        V rootPast = rootTime * half;
        V past = rootPast * rootPast;
        V left = time - past;
        V deviation = o.Volatility * rootPast;
        V dMinus = ((log + ((o.Rate - o.Yield) * past)) / deviation) - (deviation * 0.5);
        V dPlus = dMinus + deviation;
        V growth = LaneFunctions.Exp(o.Yield * left);
        V density = LaneFunctions.NormalPdf(dPlus);
        double weight = AmericanTables.InnerWeights[j];
        sumRate += LaneFunctions.Exp((o.Rate * left) - (dMinus * dMinus * 0.5)) * (weight * LaneFunctions.InverseRootTwoPi);
        sumYield += growth * density * weight;
        sumProbability += growth * LaneFunctions.NormalCdf(dPlus, density) * (weight * half);
    }

    private static V Premium<V>(in Lane<V> o, V spot, V strike, ReadOnlySpan<double> heights)
        where V : struct, ILanes<V>
    {
        V logSpot = LaneFunctions.Log(spot / strike) - o.LogStart;
        V drift = o.Rate - o.Yield;
        V sum = V.Broadcast(0);
        for (int j = 0; j < AmericanTables.Outer; j++)
        {
            double half = AmericanTables.OuterHalves[j];
            V root = o.RootYears * half;
            V past = root * root;
            V deviation = o.Volatility * root;
            V log = logSpot
                + Interpolate<V>(heights, AmericanTables.OuterInterpolation.Slice(j * AmericanTables.Nodes, AmericanTables.Nodes));
            V dMinus = ((log + (drift * past)) / deviation) - (deviation * 0.5);
            V interest = o.Rate * strike * LaneFunctions.Exp(-(o.Rate * past)) * LaneFunctions.NormalCdf(-dMinus);
            V dividends = o.Yield * spot * LaneFunctions.Exp(-(o.Yield * past)) * LaneFunctions.NormalCdf(-(dMinus + deviation));
            sum += (interest - dividends) * (AmericanTables.OuterWeights[j] * half);
        }
        return sum * o.Years;
    }

    // √H between the nodes.
    private static V Interpolate<V>(ReadOnlySpan<double> heights, ReadOnlySpan<double> weights)
        where V : struct, ILanes<V>
    {
        V sum = V.Load(heights, 0) * weights[0];
        for (int k = 1; k < weights.Length; k++)
        {
            sum += V.Load(heights, k * V.Count) * weights[k];
        }
        return V.Sqrt(V.Max(sum, V.Broadcast(0)));
    }

    private struct Lane<V>
        where V : struct, ILanes<V>
    {
        public V Rate;
        public V Yield;
        public V Volatility;
        public V RootYears;
        public V Years;
        public V LogStart;
    }
}
