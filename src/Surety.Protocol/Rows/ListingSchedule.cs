using System.Runtime.InteropServices;

namespace Surety.Protocol.Rows;

/// <summary>A standing order to list options: see <see cref="ScheduleListings"/>.</summary>
[StructLayout(LayoutKind.Sequential, Size = 448)]
public struct ListingSchedule
{
    /// <summary>The most schedules of a venue.</summary>
    public const int Most = 8;

    public MarketTerms Terms;
    public long StrikeStep;
    public ushort StrikesEachSide;
    public ushort Weeks;
    public ushort Months;
    public ushort Quarters;
    public ushort SurfacePlusOne;
    public ushort Reserved0;
    public uint Reserved1;

    /// <summary>When it lists next.</summary>
    public long NextNs;
    public long Reserved2;
    public long Reserved3;
    public long Reserved4;
}
