using System.Runtime.InteropServices;

namespace Surety.Protocol.Commands;

/// <summary>One signature over many commands of a key, as it stands in the journal before them. SHA-256 of each command follows.</summary>
[StructLayout(LayoutKind.Sequential, Size = 8 + CommandHeader.SignatureSize)]
public struct BatchFrame
{
    /// <summary>The most commands of a batch.</summary>
    public const int MaxCommands = 64;

    /// <summary>The key that signed.</summary>
    public uint Key;

    /// <summary>How many commands it covers.</summary>
    public int Count;

    /// <summary>The signature over all of them.</summary>
    public Signature Signature;
}

/// <summary>What stands behind a command instead of a signature where a batch covers it.</summary>
[StructLayout(LayoutKind.Sequential, Size = CommandHeader.BatchMarkSize)]
public struct BatchMark
{
    /// <summary>Which command of the batch it is, from 0.</summary>
    public uint Place;

    /// <summary>Zero.</summary>
    public uint Reserved;
}
