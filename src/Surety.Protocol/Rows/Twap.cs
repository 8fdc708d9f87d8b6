using System.Runtime.InteropServices;

namespace Surety.Protocol.Rows;

/// <summary>A native TWAP: equal slices at equal intervals, each immediate or cancelled; a free row has id 0.</summary>
[StructLayout(LayoutKind.Sequential, Size = 128)]
public struct Twap
{
    /// <summary>Its number.</summary>
    public ulong Id;
    /// <summary>The client's own number of it; 0 for none.</summary>
    public ulong ClientOrderId;

    /// <summary>No slice trades beyond it.</summary>
    public long PriceTicks;

    /// <summary>Lots of all slices together.</summary>
    public long TotalLots;
    /// <summary>Lots traded.</summary>
    public long FilledLots;
    /// <summary>Time between slices, nanoseconds.</summary>
    public long IntervalNs;
    /// <summary>When the next slice is due.</summary>
    public long NextSliceNs;
    /// <summary>Slices still to come.</summary>
    public int SlicesLeft;
    /// <summary>The account.</summary>
    public uint Account;
    /// <summary>The market.</summary>
    public ushort Market;
    /// <summary>Market, post-only, reduce-only and so on.</summary>
    public OrderOptions Options;
    /// <summary>Buys or sells.</summary>
    public Side Side;
    /// <summary>What happens when it would trade with an order of the same person.</summary>
    public SelfTradePrevention SelfTrade;
    /// <summary>Zero.</summary>
    public ushort Reserved0;
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
}
