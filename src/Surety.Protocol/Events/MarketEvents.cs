using System.Runtime.InteropServices;
using Surety.Protocol.Commands;
using Surety.Protocol.Rows;

namespace Surety.Protocol.Events;

/// <summary>An index's new price.</summary>
[StructLayout(LayoutKind.Sequential, Size = 40)]
public struct IndexChanged
{
    public EventHeader Header;
    public long Price;
    public long Dispersion;
    public ushort Index;
    public ushort FreshSources;
    public PriceState State;
    public ushort Reserved;
}

/// <summary>What an index may be used for has changed.</summary>
[StructLayout(LayoutKind.Sequential, Size = 40)]
public struct IndexStateChanged
{
    public EventHeader Header;

    /// <summary>The price in use, and, in quarantine, the one that waits.</summary>
    public long Price;
    public long Candidate;
    public ushort Index;
    public PriceState From;
    public PriceState To;
    public ushort FreshSources;
}

/// <summary>A market does more or less than before, and why.</summary>
[StructLayout(LayoutKind.Sequential, Size = 40)]
public struct MarketStatusChanged
{
    public EventHeader Header;

    /// <summary>When an auction that begins will uncross; else 0.</summary>
    public long UntilNs;
    public MarketCauses Causes;
    public ushort Market;
    public MarketStatus From;
    public MarketStatus To;
    public ushort Reserved0;
    public uint Reserved1;
}

/// <summary>The price at which an auction would uncross now.</summary>
[StructLayout(LayoutKind.Sequential, Size = 48)]
public struct AuctionIndicated
{
    public EventHeader Header;
    public long PriceTicks;

    /// <summary>Lots that would trade, and lots of the larger side left over.</summary>
    public long Lots;
    public long SurplusLots;
    public ushort Market;
    public ushort Reserved0;
    public uint Reserved1;
}

/// <summary>An auction traded at one price.</summary>
[StructLayout(LayoutKind.Sequential, Size = 40)]
public struct AuctionUncrossed
{
    public EventHeader Header;
    public long PriceTicks;
    public long Lots;
    public ushort Market;
    public ushort Reserved0;
    public uint Reserved1;
}

/// <summary>A price source earned for a timely report within range; or lost part of its bond.</summary>
[StructLayout(LayoutKind.Sequential, Size = 40)]
public struct SourceSettled
{
    public EventHeader Header;
    public long AmountAtoms;
    public long BondAtoms;
    public uint SourceKey;
    public ushort Index;
    public ushort Reserved;
}

/// <summary>New terms of a market act (code 0), or were dropped because an account would fall below maintenance.</summary>
[StructLayout(LayoutKind.Sequential, Size = 32)]
public struct TermsChanged
{
    public EventHeader Header;
    public long Detail;
    public ushort Market;
    public RefusalCode Code;
    public uint Reserved;
}

/// <summary>A market's new mark price and funding.</summary>
[StructLayout(LayoutKind.Sequential, Size = 48)]
public struct MarkChanged
{
    public EventHeader Header;
    public long MarkTicks;
    public long IndexTicks;
    public long FundingIndex;
    public ushort Market;
    public ushort Reserved0;

    /// <summary>Funding for eight hours at this rate, parts per billion.</summary>
    public int FundingPpb;
}

/// <summary>A dated future settled.</summary>
[StructLayout(LayoutKind.Sequential, Size = 32)]
public struct MarketSettled
{
    public EventHeader Header;
    public long PriceTicks;
    public ushort Market;
    public ushort Reserved0;
    public uint Reserved1;
}

/// <summary>A position was closed at the settlement price.</summary>
[StructLayout(LayoutKind.Sequential, Size = 40)]
public struct PositionSettled
{
    public EventHeader Header;
    public long Lots;
    public long ProfitAtoms;
    public ushort Market;
    public ushort Reserved0;
    public uint Reserved1;
}
