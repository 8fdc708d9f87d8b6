using System.Runtime.InteropServices;
using Surety.Core.Hashing;
using Surety.Protocol.Rows;

namespace Surety.Protocol.Commands;

/// <summary>
/// The sequencer's own, with no key: the command right before it stopped the engine when it was carried out, and is passed over. A
/// verifier carries that command out and must see the engine stop in the same place. docs/decisions/0026 has the reasons.
/// </summary>
[StructLayout(LayoutKind.Sequential, Size = 112)]
public struct Exclusion
{
    /// <summary>What every command begins with.</summary>
    public CommandHeader Header;

    /// <summary>The excluded command's number: the one before this.</summary>
    public ulong Excluded;

    /// <summary>SHA-256 of its record without the signature.</summary>
    public Hash256 RecordHash;

    /// <summary>What was being done when the engine stopped, where it was something due and not the command itself.</summary>
    public DueTimer Timer;
}
