using System.Runtime.InteropServices;

namespace Surety.Protocol.Rows;

/// <summary>
/// Where a venue's implied volatilities come from: a grid of indices, each a volatility that several sources report and nobody
/// sets, with the same medians, limits and states as any price.
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
    public ushort TenorCount;
    public ushort MoneynessCount;

    /// <summary>1 once every node has had a price.</summary>
    public ushort HasPrices;

    /// <summary>1 while a node is not good, or the nodes allow arbitrage: margin is wider then, never narrower.</summary>
    public ushort InDoubt;

    /// <summary>1 while the nodes allow arbitrage.</summary>
    public ushort HasArbitrage;
    public uint Reserved0;
    public Eight<int> TenorMinutes;
    public Eight<int> MoneynessMilli;
    public Sixteen<ushort> Nodes0;
    public Eight<ushort> Nodes1;
    public long Reserved1;
    public long Reserved2;
    public long Reserved3;
    public long Reserved4;
    public long Reserved5;
    public long Reserved6;
    public long Reserved7;

    /// <summary>How many nodes it has.</summary>
    public readonly int NodeCount => TenorCount * MoneynessCount;

    /// <summary>A node's index.</summary>
    public readonly ushort Node(int node) => node < 16 ? Nodes0[node] : Nodes1[node - 16];
}
