using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Surety.Core.Hashing;
using Surety.Protocol.Rows;

namespace Surety.Protocol.Commands;

/// <summary>
/// Writes a piece of a contract's text for the next market to be listed: first at offset 0, then each where the last ended.
/// </summary>
[StructLayout(LayoutKind.Sequential, Size = 568)]
public struct WriteContractText
{
    /// <summary>Most bytes in a piece.</summary>
    public const int MaxBytes = 512;

    public CommandHeader Header;
    public ushort Offset;
    public ushort Length;
    public uint Reserved;
    public ContractTextPiece Bytes;
}

/// <summary>A piece of text, zero-padded.</summary>
[InlineArray(WriteContractText.MaxBytes)]
public struct ContractTextPiece
{
    private byte _first;
}

/// <summary>
/// Lists a market for the contract whose text was written; it gets the next number. Kind is Contract; index, expiry and what it
/// settles in must be the text's.
/// </summary>
[StructLayout(LayoutKind.Sequential, Size = 424)]
public struct ListContract
{
    public CommandHeader Header;
    public MarketTerms Terms;

    /// <summary>SHA-256 of the text.</summary>
    public Hash256 TextHash;

    /// <summary>The volatility surface that it is marked from, plus one; 0 for none.</summary>
    public ushort SurfacePlusOne;

    public ushort Reserved0;
    public uint Reserved1;
    public long Reserved2;
}

/// <summary>
/// Creates a volatility surface over indices whose prices are volatilities, one a node: tenor by tenor, each with all moneyness
/// nodes. Its index decimals say the unit: 0.8 for 80%.
/// </summary>
[StructLayout(LayoutKind.Sequential, Size = 184)]
public struct CreateSurface
{
    public CommandHeader Header;

    /// <summary>The index whose options it marks.</summary>
    public ushort Underlying;
    public ushort TenorCount;
    public ushort MoneynessCount;
    public ushort Reserved;

    /// <summary>Minutes, increasing.</summary>
    public Eight<int> TenorMinutes;

    /// <summary>ln(strike / forward) / √years, thousandths, increasing.</summary>
    public Eight<int> MoneynessMilli;

    /// <summary>Index numbers: tenor · moneyness count + moneyness.</summary>
    public Sixteen<ushort> Nodes0;
    public Eight<ushort> Nodes1;
    public long Reserved2;
    public long Reserved3;
}

/// <summary>
/// From now on, each day at 08:00 UTC, lists calls and puts on an index: at strikes around it, for the next Fridays, last Fridays
/// of the month and last Fridays of the quarter.
/// </summary>
[StructLayout(LayoutKind.Sequential, Size = 424)]
public struct ScheduleListings
{
    public CommandHeader Header;

    /// <summary>What all of them have in common. Name is the pair, BTC_USDC; kind is Contract; expiry is 0.</summary>
    public MarketTerms Terms;

    /// <summary>Distance between strikes, index units.</summary>
    public long StrikeStep;

    /// <summary>Strikes on each side of the one nearest to the index.</summary>
    public ushort StrikesEachSide;
    public ushort Weeks;
    public ushort Months;
    public ushort Quarters;
    public ushort SurfacePlusOne;
    public ushort Reserved0;
    public uint Reserved1;
    public long Reserved2;
    public long Reserved3;
}

/// <summary>Takes intrinsic value of long lots of an American option at the next price: the first that sources observe after the command.</summary>
[StructLayout(LayoutKind.Sequential, Size = 64)]
public struct ExerciseContract
{
    public CommandHeader Header;
    public long Lots;
    public ushort Market;
    public ushort Reserved0;
    public uint Reserved1;
}
