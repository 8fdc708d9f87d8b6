using System.Runtime.InteropServices;
using Surety.Engine.State;

namespace Surety.Engine.Oracles;

/// <summary>One source's standing in an index.</summary>
[StructLayout(LayoutKind.Sequential, Size = 48)]
public struct PriceSource
{
    /// <summary>The key that signs its reports, plus one; 0 for a free place.</summary>
    public uint KeyPlusOne;

    public uint Weight;

    /// <summary>The last price accepted, index units.</summary>
    public long Price;

    /// <summary>The source's own statement of its uncertainty, index units.</summary>
    public long Confidence;

    /// <summary>When the source observed it.</summary>
    public long TimeNs;

    /// <summary>The last report's number.</summary>
    public ulong Sequence;

    public long Reserved;
}

/// <summary>A price that several sources report and nobody sets.</summary>
[StructLayout(LayoutKind.Sequential, Size = 896)]
public struct PriceIndex
{
    /// <summary>The most sources.</summary>
    public const int MaxSources = 16;

    public ShortName Name;
    public ushort Status;

    /// <summary>Decimals of an index unit.</summary>
    public ushort Decimals;

    public ushort SourceCount;

    /// <summary>Fresh sources needed before the index moves.</summary>
    public ushort Quorum;

    /// <summary>How old a source's price may be, milliseconds.</summary>
    public int MaxAgeMs;

    /// <summary>1 once the index had a quorum.</summary>
    public int HasPrice;

    /// <summary>The weighted median of the fresh sources, index units.</summary>
    public long Price;

    public long TimeNs;

    /// <summary>Largest fresh price less smallest.</summary>
    public long Dispersion;

    public ulong Updates;
    public Sixteen<PriceSource> Sources;
}
