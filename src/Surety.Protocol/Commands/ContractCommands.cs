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

    /// <summary>What every command begins with.</summary>
    public CommandHeader Header;
    /// <summary>Where the piece begins in the text, bytes.</summary>
    public ushort Offset;
    /// <summary>Bytes of the piece, 1 to 512.</summary>
    public ushort Length;
    /// <summary>Zero.</summary>
    public uint Reserved;
    /// <summary>The piece, then zeros.</summary>
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
    /// <summary>What every command begins with.</summary>
    public CommandHeader Header;
    /// <summary>The market's terms.</summary>
    public MarketTerms Terms;

    /// <summary>SHA-256 of the text.</summary>
    public Hash256 TextHash;

    /// <summary>The volatility surface that it is marked from, plus one; 0 for none.</summary>
    public ushort SurfacePlusOne;

    /// <summary>Zero.</summary>
    public ushort Reserved0;
    /// <summary>Zero.</summary>
    public uint Reserved1;
    /// <summary>Zero.</summary>
    public long Reserved2;

    /// <inheritdoc cref="SurfacePlusOne"/>
    public OptionalId Surface { readonly get => OptionalId.OfPlusOne(SurfacePlusOne); set => SurfacePlusOne = value.PlusOne16(); }
}

/// <summary>
/// Creates a volatility surface over indices whose prices are volatilities, one a node: tenor by tenor, each with all moneyness
/// nodes. Its index decimals say the unit: 0.8 for 80%.
/// </summary>
[StructLayout(LayoutKind.Sequential, Size = 184)]
public struct CreateSurface
{
    /// <summary>What every command begins with.</summary>
    public CommandHeader Header;

    /// <summary>The index whose options it marks.</summary>
    public ushort Underlying;
    /// <summary>Tenors, 1 to 8.</summary>
    public ushort TenorCount;
    /// <summary>Moneynesses, 1 to 8.</summary>
    public ushort MoneynessCount;
    /// <summary>Zero.</summary>
    public ushort Reserved;

    /// <summary>Minutes, increasing.</summary>
    public Eight<int> TenorMinutes;

    /// <summary>ln(strike / forward) / √years, thousandths, increasing.</summary>
    public Eight<int> MoneynessMilli;

    /// <summary>Index numbers: tenor · moneyness count + moneyness.</summary>
    public Sixteen<ushort> Nodes0;
    /// <summary>The last eight of the nodes.</summary>
    public Eight<ushort> Nodes1;
    /// <summary>Zero.</summary>
    public long Reserved2;
    /// <summary>Zero.</summary>
    public long Reserved3;
}

/// <summary>
/// From now on, each day at 08:00 UTC, lists calls and puts on an index: at strikes around it, for the next Fridays, last Fridays
/// of the month and last Fridays of the quarter.
/// </summary>
[StructLayout(LayoutKind.Sequential, Size = 424)]
public struct ScheduleListings
{
    /// <summary>What every command begins with.</summary>
    public CommandHeader Header;

    /// <summary>What all of them have in common. Name is the pair, BTC_USDC; kind is Contract; expiry is 0.</summary>
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
    /// <summary>Zero.</summary>
    public long Reserved2;
    /// <summary>Zero.</summary>
    public long Reserved3;

    /// <inheritdoc cref="SurfacePlusOne"/>
    public OptionalId Surface { readonly get => OptionalId.OfPlusOne(SurfacePlusOne); set => SurfacePlusOne = value.PlusOne16(); }
}

/// <summary>
/// Takes intrinsic value of long lots of an American option at the next price: the first that sources observe after the command.
/// </summary>
[StructLayout(LayoutKind.Sequential, Size = 64)]
public struct ExerciseContract
{
    /// <summary>What every command begins with.</summary>
    public CommandHeader Header;
    /// <summary>Lots to exercise, at least 1.</summary>
    public long Lots;
    /// <summary>The market.</summary>
    public ushort Market;
    /// <summary>Zero.</summary>
    public ushort Reserved0;
    /// <summary>Zero.</summary>
    public uint Reserved1;
}
