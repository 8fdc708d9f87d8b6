using System.Runtime.InteropServices;
using Surety.Protocol.Commands;
using Surety.Protocol.Rows;

namespace Surety.Protocol.Events;

/// <summary>A contract made a scheduled payment: so many atoms from the short side to the long for each lot; negative the other way.</summary>
[StructLayout(LayoutKind.Sequential, Size = 40)]
public struct ContractPaid
{
    public EventHeader Header;
    public long AtomsPerLot;
    public long TimeMs;
    public ushort Market;

    /// <summary>Which clause of the text, from 0.</summary>
    public ushort Clause;
    public uint Reserved;
}

/// <summary>A contract ended, by a condition of its text or at expiry; its positions are settled at this price.</summary>
[StructLayout(LayoutKind.Sequential, Size = 40)]
public struct ContractEnded
{
    public EventHeader Header;
    public long PriceTicks;
    public long TimeMs;
    public ushort Market;

    /// <summary>Which clause of the text, from 0.</summary>
    public ushort Clause;
    public uint Reserved;
}

/// <summary>Lots that a holder exercised, or that an account with short lots was assigned; signed as the change of its position.</summary>
[StructLayout(LayoutKind.Sequential, Size = 48)]
public struct ContractExercised
{
    public EventHeader Header;
    public long Lots;
    public long PriceTicks;
    public long LotsBefore;
    public ushort Market;
    public ushort Reserved0;
    public uint Reserved1;
}

/// <summary>
/// A holder's request to exercise waits for the first price observed after a time, or has lapsed: that price left nothing to take.
/// </summary>
[StructLayout(LayoutKind.Sequential, Size = 40)]
public struct ContractExerciseRequested
{
    public EventHeader Header;
    public long Lots;

    /// <summary>Nanoseconds since 1970.</summary>
    public long AfterNs;
    public ushort Market;
    public ushort Reserved0;
    public uint Reserved1;
}

/// <summary>A schedule listed a contract (code 0), or could not and why.</summary>
[StructLayout(LayoutKind.Sequential, Size = 56)]
public struct ContractListed
{
    public EventHeader Header;
    public ShortName Name;
    public long Detail;
    public ushort Market;
    public RefusalCode Code;
    public uint Reserved;
}
