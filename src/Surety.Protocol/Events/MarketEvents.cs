using System.Runtime.InteropServices;
using Surety.Protocol.Commands;
using Surety.Protocol.Rows;

namespace Surety.Protocol.Events;

/// <summary>An index's new price.</summary>
[StructLayout(LayoutKind.Sequential, Size = 40)]
public struct IndexChanged
{
    /// <summary>What every event begins with.</summary>
    public EventHeader Header;
    /// <summary>The price, the index's units.</summary>
    public long Price;
    /// <summary>How far the sources are apart, units.</summary>
    public long Dispersion;
    /// <summary>The index.</summary>
    public ushort Index;
    /// <summary>Sources that were fresh.</summary>
    public ushort FreshSources;
    /// <summary>What it may be used for.</summary>
    public PriceState State;
    /// <summary>Zero.</summary>
    public ushort Reserved;
}

/// <summary>What an index may be used for has changed.</summary>
[StructLayout(LayoutKind.Sequential, Size = 40)]
public struct IndexStateChanged
{
    /// <summary>What every event begins with.</summary>
    public EventHeader Header;

    /// <summary>The price in use, and, in quarantine, the one that waits.</summary>
    public long Price;
    /// <summary>The price that waits; 0 for none.</summary>
    public long Candidate;
    /// <summary>The index.</summary>
    public ushort Index;
    /// <summary>The state before.</summary>
    public PriceState From;
    /// <summary>The state now.</summary>
    public PriceState To;
    /// <summary>Sources that were fresh.</summary>
    public ushort FreshSources;
}

/// <summary>A market does more or less than before, and why.</summary>
[StructLayout(LayoutKind.Sequential, Size = 40)]
public struct MarketStatusChanged
{
    /// <summary>What every event begins with.</summary>
    public EventHeader Header;

    /// <summary>When an auction that begins will uncross; else 0.</summary>
    public long UntilNs;
    /// <summary>Every cause that holds now.</summary>
    public MarketCauses Causes;
    /// <summary>The market.</summary>
    public ushort Market;
    /// <summary>The status before.</summary>
    public MarketStatus From;
    /// <summary>The status now.</summary>
    public MarketStatus To;
    /// <summary>Zero.</summary>
    public ushort Reserved0;
    /// <summary>Zero.</summary>
    public uint Reserved1;
}

/// <summary>The price at which an auction would uncross now.</summary>
[StructLayout(LayoutKind.Sequential, Size = 48)]
public struct AuctionIndicated
{
    /// <summary>What every event begins with.</summary>
    public EventHeader Header;
    /// <summary>The price at which it would uncross now.</summary>
    public long PriceTicks;

    /// <summary>Lots that would trade, and lots of the larger side left over.</summary>
    public long Lots;
    /// <summary>Lots that would be left over.</summary>
    public long SurplusLots;
    /// <summary>The market.</summary>
    public ushort Market;
    /// <summary>Zero.</summary>
    public ushort Reserved0;
    /// <summary>Zero.</summary>
    public uint Reserved1;
}

/// <summary>An auction traded at one price.</summary>
[StructLayout(LayoutKind.Sequential, Size = 40)]
public struct AuctionUncrossed
{
    /// <summary>What every event begins with.</summary>
    public EventHeader Header;
    /// <summary>The one price of all its trades.</summary>
    public long PriceTicks;
    /// <summary>Lots traded.</summary>
    public long Lots;
    /// <summary>The market.</summary>
    public ushort Market;
    /// <summary>Zero.</summary>
    public ushort Reserved0;
    /// <summary>Zero.</summary>
    public uint Reserved1;
}

/// <summary>A price source earned for a timely report within range; or lost part of its bond.</summary>
[StructLayout(LayoutKind.Sequential, Size = 40)]
public struct SourceSettled
{
    /// <summary>What every event begins with.</summary>
    public EventHeader Header;
    /// <summary>What it got or lost, settlement atoms.</summary>
    public long AmountAtoms;
    /// <summary>Its bond after that.</summary>
    public long BondAtoms;
    /// <summary>The source's key.</summary>
    public uint SourceKey;
    /// <summary>The index.</summary>
    public ushort Index;
    /// <summary>Zero.</summary>
    public ushort Reserved;
}

/// <summary>New terms of a market act (code 0), or were dropped because an account would fall below maintenance.</summary>
[StructLayout(LayoutKind.Sequential, Size = 32)]
public struct TermsChanged
{
    /// <summary>What every event begins with.</summary>
    public EventHeader Header;
    /// <summary>Accounts that would have fallen below maintenance.</summary>
    public long Detail;
    /// <summary>The market.</summary>
    public ushort Market;
    /// <summary>None, or why the terms were dropped.</summary>
    public RefusalCode Code;
    /// <summary>Zero.</summary>
    public uint Reserved;
}

/// <summary>A market's new mark price and funding.</summary>
[StructLayout(LayoutKind.Sequential, Size = 48)]
public struct MarkChanged
{
    /// <summary>What every event begins with.</summary>
    public EventHeader Header;
    /// <summary>Mark price, ticks.</summary>
    public long MarkTicks;
    /// <summary>The index, ticks.</summary>
    public long IndexTicks;
    /// <summary>Funding that a long lot has paid since the listing.</summary>
    public long FundingIndex;
    /// <summary>The market.</summary>
    public ushort Market;
    /// <summary>Zero.</summary>
    public ushort Reserved0;

    /// <summary>Funding for eight hours at this rate, parts per billion.</summary>
    public int FundingPpb;
}

/// <summary>A dated future settled.</summary>
[StructLayout(LayoutKind.Sequential, Size = 32)]
public struct MarketSettled
{
    /// <summary>What every event begins with.</summary>
    public EventHeader Header;
    /// <summary>The price that all positions settled at.</summary>
    public long PriceTicks;
    /// <summary>The market.</summary>
    public ushort Market;
    /// <summary>Zero.</summary>
    public ushort Reserved0;
    /// <summary>Zero.</summary>
    public uint Reserved1;
}

/// <summary>A position was closed at the settlement price.</summary>
[StructLayout(LayoutKind.Sequential, Size = 40)]
public struct PositionSettled
{
    /// <summary>What every event begins with.</summary>
    public EventHeader Header;
    /// <summary>Lots that were settled, signed.</summary>
    public long Lots;
    /// <summary>Profit, settlement atoms.</summary>
    public long ProfitAtoms;
    /// <summary>The market.</summary>
    public ushort Market;
    /// <summary>Zero.</summary>
    public ushort Reserved0;
    /// <summary>Zero.</summary>
    public uint Reserved1;
}
