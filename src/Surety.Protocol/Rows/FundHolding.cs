using System.Runtime.InteropServices;

namespace Surety.Protocol.Rows;

/// <summary>What an insurance fund was charged for the lots that it holds of a market, or for a pool's coins.</summary>
[StructLayout(LayoutKind.Sequential, Size = 16)]
public struct FundHolding
{
    /// <summary>
    /// The declared subsidy: so far from mark and index the fund may always trade when it unwinds, parts per million, also
    /// where it was charged nothing. Half a usual spread: without it, what an insolvent account left would never be sold.
    /// </summary>
    public const int SubsidyPpm = 500;

    /// <summary>Lots, signed, or atoms of a coin, that it held after its last takeover.</summary>
    public long Units;

    /// <summary>What was charged for those, settlement atoms.</summary>
    public long ChargeAtoms;
}
