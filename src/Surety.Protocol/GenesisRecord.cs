using System;
using System.Runtime.InteropServices;
using Surety.Core.Hashing;

namespace Surety.Protocol;

/// <summary>
/// The first record of a journal: the venue's terms, whose hash names it, and the secret from which the salts of its state's pages are
/// made. The terms may be shown to anyone; the secret stays with the journal.
/// </summary>
public sealed class GenesisRecord
{
    /// <summary>Bytes of the record.</summary>
    public const int Size = Genesis.Size + Hash256.Size;

    /// <summary>The version of journals that are written and read; their records have the same frames in all versions.</summary>
    public const int JournalVersion = 3;

    private readonly Genesis _genesis;

    /// <param name="genesis">The terms.</param>
    /// <param name="stateSecret">The secret.</param>
    public GenesisRecord(in Genesis genesis, Hash256 stateSecret) => (_genesis, StateSecret) = (genesis, stateSecret);

    /// <summary>The terms.</summary>
    public Genesis Genesis => _genesis;

    /// <summary>The secret.</summary>
    public Hash256 StateSecret { get; }

    /// <summary>SHA-256 of the terms: the venue's name to clients.</summary>
    public Hash256 Venue => VenueOf(in _genesis);

    /// <summary>The record of a simulation, whose secret anyone can compute from the terms.</summary>
    public static GenesisRecord Simulated(in Genesis genesis) => new(in genesis, RecordSalts.SimulatedSecret(VenueOf(in genesis), 0));

    /// <summary>The record's bytes.</summary>
    public byte[] ToBytes()
    {
        Hash256 secret = StateSecret;
        return [.. MemoryMarshal.AsBytes([_genesis]), .. MemoryMarshal.AsBytes([secret])];
    }

    /// <summary>Reads the record; null, and why, when it is none.</summary>
    public static GenesisRecord? Read(ReadOnlySpan<byte> bytes, out string error)
    {
        if (bytes.Length != Size)
        {
            error = bytes.Length == Genesis.Size && MemoryMarshal.Read<ulong>(bytes) == Genesis.ExpectedMagic
                ? $"this journal is of version 2 or earlier, whose state has no salts; this program reads version {JournalVersion}. "
                    + "Read it with the version that wrote it"
                : "the journal does not begin with a genesis record";
            return null;
        }
        Genesis genesis = MemoryMarshal.Read<Genesis>(bytes);
        error = genesis.FindError() is { } field ? $"the genesis record is not valid: {field}" : "";
        return error.Length > 0 ? null : new GenesisRecord(in genesis, new Hash256(bytes[Genesis.Size..]));
    }

    private static Hash256 VenueOf(in Genesis genesis) => Hash256.Of(MemoryMarshal.AsBytes([genesis]));
}
