using System;
using System.Runtime.InteropServices;
using Surety.Terms.Execution;

namespace Surety.Engine.State;

/// <summary>
/// What a running contract remembers. It stands here and not among the other rows: what a contract's program remembers is laid out by
/// Surety.Terms, on the same floor as Surety.Protocol.
/// </summary>
[StructLayout(LayoutKind.Sequential, Size = 640)]
public struct RunningContract
{
    /// <summary>What its program remembers.</summary>
    public ContractState State;

    /// <summary>What the short side has paid the long for one contract by scheduled payments, net: settlement units, fixed point.</summary>
    public Int128 Paid;

    /// <summary>The same for one lot as it was carried out, atoms: the sum rounded down, so that roundings do not add up.</summary>
    public long PaidAtoms;

    /// <summary>Zero.</summary>
    public long Reserved;
}
