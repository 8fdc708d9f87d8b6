using System.Runtime.InteropServices;

namespace Surety.Protocol.Rows;

/// <summary>Terms that wait for their time; a free row has no market.</summary>
[StructLayout(LayoutKind.Sequential, Size = 384)]
public struct PendingTerms
{
    /// <summary>Changes that may wait at once.</summary>
    public const int Most = 32;

    public long ActivateNs;
    public uint MarketPlusOne;
    public uint Reserved0;
    public MarketTerms Terms;
    public long Reserved1;
    public long Reserved2;
    public long Reserved3;
    public long Reserved4;
    public long Reserved5;
}
