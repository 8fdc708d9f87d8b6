using System.Runtime.InteropServices;

namespace Surety.Protocol.Rows;

/// <summary>A standing order to list options: see <see cref="Commands.ScheduleListings"/>.</summary>
[StructLayout(LayoutKind.Sequential, Size = 448)]
public struct ListingSchedule
{
    /// <summary>The most schedules of a venue.</summary>
    public const int Most = 8;

    /// <summary>The terms that each listed option takes.</summary>
    public MarketTerms Terms;
    /// <summary>Distance between strikes, index units.</summary>
    public long StrikeStep;
    /// <summary>Strikes on each side of the one nearest to the index.</summary>
    public ushort StrikesEachSide;
    /// <summary>Weekly expiries that stand listed.</summary>
    public ushort Weeks;
    /// <summary>Monthly expiries that stand listed.</summary>
    public ushort Months;
    /// <summary>Quarterly expiries that stand listed.</summary>
    public ushort Quarters;
    /// <summary>The volatility surface plus one; 0 for none.</summary>
    public ushort SurfacePlusOne;
    /// <summary>Zero.</summary>
    public ushort Reserved0;
    /// <summary>Zero.</summary>
    public uint Reserved1;

    /// <summary>When it lists next.</summary>
    public long NextNs;
    /// <summary>Zero.</summary>
    public long Reserved2;
    /// <summary>Zero.</summary>
    public long Reserved3;
    /// <summary>Zero.</summary>
    public long Reserved4;

    /// <inheritdoc cref="SurfacePlusOne"/>
    public OptionalId Surface { readonly get => OptionalId.OfPlusOne(SurfacePlusOne); set => SurfacePlusOne = value.PlusOne16(); }
}
