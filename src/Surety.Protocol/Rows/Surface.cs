using System.Runtime.InteropServices;

namespace Surety.Protocol.Rows;

/// <summary>
/// Where a venue's implied volatilities come from: a grid of indices, each a volatility that several sources report and no
/// one of them sets, with the same medians, limits and states as any price.
/// </summary>
[StructLayout(LayoutKind.Sequential, Size = 192)]
public struct Surface
{
    /// <summary>The most surfaces of a venue.</summary>
    public const int Most = 8;

    /// <summary>The most nodes.</summary>
    public const int MaxNodes = 24;

    /// <summary>The index whose options it marks.</summary>
    public ushort Underlying;
    /// <summary>Tenors, 1 to 8.</summary>
    public ushort TenorCount;
    /// <summary>Moneynesses, 1 to 8.</summary>
    public ushort MoneynessCount;

    /// <summary>1 once every node has had a price.</summary>
    public ushort HasPrices;

    /// <summary>1 while a node is not good, or the nodes allow arbitrage: margin is wider then, never narrower.</summary>
    public ushort InDoubt;

    /// <summary>1 while the nodes allow arbitrage.</summary>
    public ushort HasArbitrage;
    /// <summary>Zero.</summary>
    public uint Reserved0;
    /// <summary>Tenors, minutes, rising.</summary>
    public Eight<int> TenorMinutes;
    /// <summary>ln(strike / forward) / √years, thousandths, rising.</summary>
    public Eight<int> MoneynessMilli;
    /// <summary>The first sixteen indexes of its nodes, tenor by tenor.</summary>
    public Sixteen<ushort> Nodes0;
    /// <summary>The last eight of the nodes.</summary>
    public Eight<ushort> Nodes1;
    /// <summary>Zero.</summary>
    public long Reserved1;
    /// <summary>Zero.</summary>
    public long Reserved2;
    /// <summary>Zero.</summary>
    public long Reserved3;
    /// <summary>Zero.</summary>
    public long Reserved4;
    /// <summary>Zero.</summary>
    public long Reserved5;
    /// <summary>Zero.</summary>
    public long Reserved6;
    /// <summary>Zero.</summary>
    public long Reserved7;

    /// <summary>How many nodes it has.</summary>
    public readonly int NodeCount => TenorCount * MoneynessCount;

    /// <summary>A node's index.</summary>
    public readonly ushort Node(int node) => node < 16 ? Nodes0[node] : Nodes1[node - 16];
}
