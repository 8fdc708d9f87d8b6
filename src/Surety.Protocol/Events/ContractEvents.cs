using System.Runtime.InteropServices;
using Surety.Protocol.Commands;
using Surety.Protocol.Rows;

namespace Surety.Protocol.Events;

/// <summary>
/// A contract made a scheduled payment: so many atoms from the short side to the long for each lot; negative the other way.
/// </summary>
[StructLayout(LayoutKind.Sequential, Size = 40)]
public struct ContractPaid
{
    /// <summary>What every event begins with.</summary>
    public EventHeader Header;
    /// <summary>What one long lot gets, atoms; negative is paid by it.</summary>
    public long AtomsPerLot;
    /// <summary>When, milliseconds since 1970.</summary>
    public long TimeMs;
    /// <summary>The market.</summary>
    public ushort Market;

    /// <summary>Which clause of the text, from 0.</summary>
    public ushort Clause;
    /// <summary>Zero.</summary>
    public uint Reserved;
}

/// <summary>A contract ended, by a condition of its text or at expiry; its positions are settled at this price.</summary>
[StructLayout(LayoutKind.Sequential, Size = 40)]
public struct ContractEnded
{
    /// <summary>What every event begins with.</summary>
    public EventHeader Header;
    /// <summary>What a lot was settled at, ticks.</summary>
    public long PriceTicks;
    /// <summary>When, milliseconds since 1970.</summary>
    public long TimeMs;
    /// <summary>The market.</summary>
    public ushort Market;

    /// <summary>Which clause of the text, from 0.</summary>
    public ushort Clause;
    /// <summary>Zero.</summary>
    public uint Reserved;
}

/// <summary>Lots that a holder exercised, or that an account with short lots was assigned; signed as the change of its position.</summary>
[StructLayout(LayoutKind.Sequential, Size = 48)]
public struct ContractExercised
{
    /// <summary>What every event begins with.</summary>
    public EventHeader Header;
    /// <summary>Lots exercised or assigned.</summary>
    public long Lots;
    /// <summary>What a lot paid, ticks.</summary>
    public long PriceTicks;
    /// <summary>Lots of the position before.</summary>
    public long LotsBefore;
    /// <summary>The market.</summary>
    public ushort Market;
    /// <summary>Zero.</summary>
    public ushort Reserved0;
    /// <summary>Zero.</summary>
    public uint Reserved1;
}

/// <summary>
/// A holder's request to exercise waits for the first price observed after a time, or has lapsed: that price left nothing to take.
/// </summary>
[StructLayout(LayoutKind.Sequential, Size = 40)]
public struct ContractExerciseRequested
{
    /// <summary>What every event begins with.</summary>
    public EventHeader Header;
    /// <summary>Lots of the request.</summary>
    public long Lots;

    /// <summary>Nanoseconds since 1970.</summary>
    public long AfterNs;
    /// <summary>The market.</summary>
    public ushort Market;
    /// <summary>Zero.</summary>
    public ushort Reserved0;
    /// <summary>Zero.</summary>
    public uint Reserved1;
}

/// <summary>A schedule listed a contract (code 0), or could not and why.</summary>
[StructLayout(LayoutKind.Sequential, Size = 56)]
public struct ContractListed
{
    /// <summary>What every event begins with.</summary>
    public EventHeader Header;
    /// <summary>Its name.</summary>
    public ShortName Name;
    /// <summary>The number that goes with the code.</summary>
    public long Detail;
    /// <summary>The market.</summary>
    public ushort Market;
    /// <summary>None, or why the option could not be listed.</summary>
    public RefusalCode Code;
    /// <summary>Zero.</summary>
    public uint Reserved;
}
