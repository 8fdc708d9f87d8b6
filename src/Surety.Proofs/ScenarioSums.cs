using System;
using System.Collections.Generic;
using Surety.Pricing.Integers;
using static Surety.Proofs.CertificateFlawException;

namespace Surety.Proofs;

/// <summary>
/// Portfolio margin of an account: within each index what all lots together lose in the worst scenario, never less than a floor, and
/// contingencies; docs/margin.md.
/// </summary>
public sealed class ScenarioSums
{
    /// <summary>
    /// Indices that positions are netted within; what is on further ones is margined by formula, and has no certificate.
    /// </summary>
    public const int MostIndices = 8;

    // The numbers of the engine's PortfolioMargin.
    private const int MostExpiries = 12;
    private const int FloorNetPpm = 20_000;
    private const int FloorGrossPpm = 5_000;
    private const int ShortOptionPpm = 5_000;
    private const int BasisPpm = 10_000;

    private readonly Dictionary<ushort, Sums> _indexes = [];

    /// <summary>Adds a position.</summary>
    public void Add(ushort index, long expiryNs, bool isOption, long lots, long valuePerLot, long deltaPerLot, ReadOnlySpan<long> losses)
    {
        if (!_indexes.TryGetValue(index, out Sums? sums))
        {
            Require(_indexes.Count < MostIndices, "it depends on more indices than are netted: there is no certificate of it");
            _indexes[index] = sums = new Sums();
        }
        for (int i = 0; i < losses.Length; i++)
        {
            sums.Losses[i] += losses[i] * (Int128)lots;
        }
        Int128 value = Int128.Abs(lots) * valuePerLot;
        Int128 delta = lots * (Int128)deltaPerLot;
        sums.Gross += value;
        sums.Net += delta;
        sums.ShortOptions += isOption && lots < 0 ? value : 0;
        if (!sums.Deltas.ContainsKey(expiryNs) && sums.Deltas.Count == MostExpiries)
        {
            sums.Apart += Int128.Abs(delta);
            return;
        }
        sums.Deltas[expiryNs] = sums.Deltas.GetValueOrDefault(expiryNs) + delta;
    }

    /// <summary>Maintenance margin of all that was added.</summary>
    public Int128 Maintenance()
    {
        Int128 all = 0;
        foreach (Sums sums in _indexes.Values)
        {
            Int128 apart = sums.Apart;
            foreach (Int128 delta in sums.Deltas.Values)
            {
                apart += Int128.Abs(delta);
            }
            Int128 worst = sums.Losses[0];
            foreach (Int128 loss in sums.Losses)
            {
                worst = Int128.Max(worst, loss);
            }
            Int128 net = Int128.Abs(sums.Net);
            Int128 floor = Part(net, FloorNetPpm) + Part(sums.Gross, FloorGrossPpm);
            all += Int128.Max(worst, floor) + Part(sums.ShortOptions, ShortOptionPpm) + Part(Int128.Max(apart - net, 0), BasisPpm);
        }
        return all;
    }

    // Rounded up; nothing here is below zero.
    private static Int128 Part(Int128 value, int ppm) => ((value * ppm) + 999_999) / 1_000_000;

    private sealed class Sums
    {
        public Int128[] Losses { get; } = new Int128[ScenarioGrid.Count];

        public Dictionary<long, Int128> Deltas { get; } = [];

        public Int128 Gross { get; set; }

        public Int128 Net { get; set; }

        public Int128 Apart { get; set; }

        public Int128 ShortOptions { get; set; }
    }
}
