using System.Runtime.InteropServices;

namespace Surety.Protocol.Events;

/// <summary>The operator declared that two owners are one person. The header's account is the one that stands for all of them.</summary>
[StructLayout(LayoutKind.Sequential, Size = 32)]
public struct OwnersLinked
{
    /// <summary>What every event begins with.</summary>
    public EventHeader Header;

    /// <summary>The two that the command named.</summary>
    public uint Owner;
    /// <summary>The owner that it was linked with.</summary>
    public uint With;
    /// <summary>Zero.</summary>
    public long Reserved;
}
