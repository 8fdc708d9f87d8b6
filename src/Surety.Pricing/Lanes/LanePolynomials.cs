// Written by generate_polynomials.py; do not edit.
using System.Runtime.CompilerServices;

namespace Surety.Pricing.Lanes;

/// <summary>The polynomials of <see cref="LaneFunctions"/>, even and odd powers apart so that the two chains overlap.</summary>
internal static class LanePolynomials
{
    /// <summary>(t + 5) · (1 − Φ(t)) / φ(t) of u = (t − 5) / (t + 5), t ≥ 0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V MillsRatio<V>(V u)
        where V : struct, ILanes<V>
    {
        V square = u * u;
        V even = (
            (((((((((
                (((((((((
                    ((((((V.Broadcast(-4.677255907797918e-11) * square) + 6.165821787229059e-10) * square) + -4.718246262734656e-09)
                        * square) + 2.9635116089101068e-08) * square) + -1.7799188429314532e-07) * square) + 1.0948141217474904e-06)
                        * square) + -6.945608523185676e-06) * square) + 4.18147827084568e-05) * square) + -0.0001488330974330533) * square)
                        + -0.001999961968350593) * square) + 0.052125502411698346) * square) + 0.41364471573271017) * square)
                        + 1.241547061573866) * square) + 1.9280810471531578;
        V odd = (
            (((((((((
                (((((((((((((V.Broadcast(8.821471242288742e-11) * square) + -8.850270014353632e-10) * square) + 4.70305721363489e-09)
                    * square) + -1.9810245320492523e-08) * square) + 9.913947820502682e-08) * square) + -8.377371303684879e-07) * square)
                    + 9.97554894912513e-06) * square) + -0.00012473589616879583) * square) + 0.0013658592090637124) * square)
                    + -0.007503282826693918) * square) + -0.17325473408672937) * square) + -0.7859110755465589) * square)
                    + -1.66786659518896;
        return even + (odd * u);
    }

    /// <summary>(t + 5)² · (1 − t · (1 − Φ(t)) / φ(t)) of u = (t − 5) / (t + 5), t ≥ 0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V MillsSlope<V>(V u)
        where V : struct, ILanes<V>
    {
        V square = u * u;
        V even = (
            (((((((((
                (((((((((
                    ((((((V.Broadcast(-6.220873582001726e-10) * square) + 9.204363301842556e-09) * square) + -7.711073054826792e-08)
                        * square) + 5.058418809776143e-07) * square) + -2.9871415887012546e-06) * square) + 1.6913735479211837e-05)
                        * square) + -9.16120073393959e-05) * square) + 0.0004139080682166316) * square) + -0.00026506878606732915) * square)
                        + -0.030292390656150903) * square) + 0.41740149667363946) * square) + 2.934497249096989) * square)
                        + 6.082374411361278) * square) + 3.5959476423421175;
        V odd = (
            (((((((((
                (((((((((
                    ((((((V.Broadcast(-7.071714291674874e-10) * square) + 7.962690337450439e-09) * square) + -4.8436526553724284e-08)
                        * square) + 2.273624084385723e-07) * square) + -1.0099129706001835e-06) * square) + 5.003193661420719e-06) * square)
                        + -3.092801458616332e-05) * square) + 0.00023689859939182356) * square) + -0.0019986086831880272) * square)
                        + 0.015146923142862595) * square) + -0.044026566873596136) * square) + -1.352281418990241) * square)
                        + -4.798223165117083) * square) + -5.818827313525651;
        return even + (odd * u);
    }

    /// <summary>e^u for |u| ≤ ln 2 / 2.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V Exponential<V>(V u)
        where V : struct, ILanes<V>
    {
        V square = u * u;
        V even = (
            ((((((((((V.Broadcast(2.08767569878681e-09) * square) + 2.755731922398589e-07) * square) + 2.48015873015873e-05) * square)
                + 0.001388888888888889) * square) + 0.041666666666666664) * square) + 0.5) * square) + 1.0;
        V odd = (
            ((((((((((V.Broadcast(1.6059043836821613e-10) * square) + 2.505210838544172e-08) * square) + 2.7557319223985893e-06) * square)
                + 0.0001984126984126984) * square) + 0.008333333333333333) * square) + 0.16666666666666666) * square) + 1.0;
        return even + (odd * u);
    }

    /// <summary>(atanh s / s − 1) · 2 / s² of u = s².</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V LogarithmTail<V>(V u)
        where V : struct, ILanes<V>
    {
        V square = u * u;
        V even = (
            ((((((V.Broadcast(0.10526315789473684) * square) + 0.13333333333333333) * square) + 0.18181818181818182) * square)
                + 0.2857142857142857) * square) + 0.6666666666666666;
        V odd = (
            ((((((V.Broadcast(0.09523809523809523) * square) + 0.11764705882352941) * square) + 0.15384615384615385) * square)
                + 0.2222222222222222) * square) + 0.4;
        return even + (odd * u);
    }

    /// <summary>h² / L of u = 2 L / (L + 4) − 1, L = ln(1 + |x| / price), for Bachelier's formula; to a few per thousand.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static V BachelierGuess<V>(V u)
        where V : struct, ILanes<V>
    {
        V square = u * u;
        V even = (
            ((((((((((V.Broadcast(0.7265830371885685) * square) + -1.831631460533573) * square) + 1.7371309648895823) * square)
                + -0.6774483583095063) * square) + 0.01035476928264573) * square) + 0.45898229143437147) * square) + 0.5744140615886668;
        V odd = (
            ((((((((V.Broadcast(0.5077796431396251) * square) + -1.1712313630360074) * square) + 1.0338899695963442) * square)
                + -0.3962073334819507) * square) + 0.08226246893197807) * square) + 0.9417429635412239;
        return even + (odd * u);
    }
}
