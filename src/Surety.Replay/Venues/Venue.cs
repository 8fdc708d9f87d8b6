using System;
using System.IO;
using System.Runtime.InteropServices;
using Surety.Core.Hashing;
using Surety.Engine.Blocks;
using Surety.Journal;
using Surety.Proofs;
using Surety.Protocol;
using Surety.Protocol.Blocks;
using Surety.Protocol.Commands;
using Surety.Replay.Signing;
using Surety.Replay.Snapshots;

namespace Surety.Replay.Venues;

/// <summary>
/// A venue on disk: gives each command its number and time, makes it durable, applies it, and writes a header for every
/// sealed block. Used by one thread; the journal's own thread writes behind it.
/// </summary>
public sealed class Venue : IDisposable
{
    private readonly JournalDirectory _directory;
    private readonly JournalWriter _journal;
    private readonly byte[] _record = new byte[CommandCodec.MaxRecordBytes];

    private readonly Func<ulong, Hash256>? _secrets;

    private Venue(JournalDirectory directory, JournalWriter journal, Ledger ledger, Func<ulong, Hash256>? secrets)
    {
        _secrets = secrets;
        _directory = directory;
        _journal = journal;
        Ledger = ledger;
        Signatures = new CommandSignatures(ledger.Engine.State.GenesisHash);
    }

    /// <summary>The engine and its blocks.</summary>
    public Ledger Ledger { get; }

    /// <summary>Checks signatures for this venue.</summary>
    public CommandSignatures Signatures { get; }

    /// <summary>Records appended to the journal.</summary>
    public ulong JournalRecords => _journal.Count;

    /// <summary>Batches written, each with one fsync.</summary>
    public long JournalBatches => _journal.Batches;

    /// <summary>Records that are durable: what concerns them may be told to others.</summary>
    public ulong DurableRecords => _journal.DurableCount;

    /// <summary>Bytes of a torn tail that opening cut off.</summary>
    public long CutBytes => _journal.CutBytes;

    /// <summary>Called on the journal's thread after each batch is durable, or when it could not be written.</summary>
    public Action? BatchDone
    {
        set => _journal.BatchDone = value;
    }

    /// <summary>Why the journal can no longer be written; null while it can.</summary>
    public Exception? JournalFailure => _journal.Failure;

    /// <summary>The directory.</summary>
    public string Root => _directory.Root;

    /// <summary>Makes a new venue in a directory that has none.</summary>
    /// <param name="root">The directory.</param>
    /// <param name="genesis">The venue.</param>
    /// <param name="secrets">Makes a block's secret from its height, and the state's from 0, for simulations; null draws them at
    /// random.</param>
    /// <param name="disk">For simulations: the disk, which the caller's thread then writes to; null for the machine's.</param>
    /// <exception cref="JournalUnavailableException">There is one already, or the directory cannot be written to.</exception>
    public static Venue Create(string root, in Genesis genesis, Func<ulong, Hash256>? secrets = null, IDisk? disk = null)
    {
        if ((disk ?? MachineDisk.Instance).Files(Path.Combine(root, "journal"), ".seg").Count > 0)
        {
            throw new JournalUnavailableException($"{root}: there is a journal here already. Open that one, or name an empty directory.");
        }
        var genesisRecord = new GenesisRecord(genesis, MakeSecret(secrets, height: 0));
        var ledger = new Ledger(genesisRecord) { SecretsAreGiven = true };
        JournalDirectory directory = JournalDirectory.OpenToWrite(root, disk);
        var end = new JournalWalk(directory);
        end.MoveNext();
        JournalWriter journal = end.Write(onCaller: disk is not null);
        journal.Append((uint)RecordKind.Genesis, genesisRecord.ToBytes());
        journal.Flush();
        return new Venue(directory, journal, ledger, secrets);
    }

    /// <summary>Opens a venue where it stopped: the newest snapshot that agrees with its block, then the journal's tail.</summary>
    /// <exception cref="JournalDamagedException">The journal is damaged.</exception>
    /// <exception cref="JournalUnavailableException">The directory cannot be written to.</exception>
    /// <param name="root">The directory.</param>
    /// <param name="executed">Told of every command after the snapshot.</param>
    /// <param name="loaded">Told of the ledger as the snapshot left it, before the first of them.</param>
    /// <param name="secrets">Makes a block's secret from its height, for simulations; null draws them at random.</param>
    /// <param name="disk">For simulations: the disk, which the caller's thread then writes to; null for the machine's.</param>
    public static Venue Open(string root, Recovery.Executed? executed = null, Action<Ledger>? loaded = null,
        Func<ulong, Hash256>? secrets = null, IDisk? disk = null)
    {
        if (!JournalDirectory.Exists(root, disk))
        {
            throw new JournalUnavailableException($"{root}: there is no journal here.");
        }
        JournalDirectory directory = JournalDirectory.OpenToWrite(root, disk);
        try
        {
            var tail = new JournalTail();
            (Ledger ledger, JournalWalk atEnd) = Recovery.Restore(directory, executed, loaded, tail);
            JournalWriter journal = atEnd.Write(onCaller: disk is not null);
            var venue = new Venue(directory, journal, ledger, secrets) { Unsigned = tail.Unsigned };
            if (tail.HeaderIsMissing)
            {
                // The block's last command became durable, its header did not.
                venue.AppendHeader();
                venue.Unsigned = ledger.Last;
            }
            return venue;
        }
        catch
        {
            directory.Dispose();
            throw;
        }
    }

    /// <summary>
    /// Whether a signed record carries a valid signature of the key it names. Safe to call from other threads between commands.
    /// </summary>
    public bool HasValidSignature(ReadOnlySpan<byte> record)
    {
        uint key = CommandCodec.View<CommandHeader>(record).Key;
        return HasKey(key, out int row) && Signatures.AreValid(key, in Ledger.Engine.State.PublicKeys[row], record);
    }

    /// <summary>The same of a batch record.</summary>
    public bool HasValidBatchSignature(ReadOnlySpan<byte> batch)
    {
        uint key = SignedBatch.KeyOf(batch);
        return HasKey(key, out int row) && Signatures.IsBatchValid(key, in Ledger.Engine.State.PublicKeys[row], batch);
    }

    private bool HasKey(uint key, out int row)
    {
        row = Ledger.Engine.State.Derived.KeyRows.Find(key);
        return row >= 0;
    }

    /// <summary>
    /// Sequences a command whose signature was checked: stamps it, appends it to the journal and applies it. The outcome may
    /// be told to others once it is durable.
    /// </summary>
    /// <param name="command">A well-formed record; its stamp is overwritten.</param>
    /// <param name="timeNs">Now; a time before the last command's is taken as equal to it.</param>
    public RefusalCode Submit(ReadOnlySpan<byte> command, long timeNs)
    {
        if (!CommandCodec.IsWellFormed(command))
        {
            return RefusalCode.Malformed;
        }
        Span<byte> record = _record.AsSpan(0, command.Length);
        command.CopyTo(record);
        ref CommandHeader header = ref MemoryMarshal.AsRef<CommandHeader>(record);
        header.Sequence = Ledger.LastSequence + 1;
        header.TimeNs = Math.Max(timeNs, Ledger.Engine.State.TimeNs);
        if (Ledger.Pending == 0 && Ledger.NextSecret is null)
        {
            AppendSecret();
        }
        _journal.Append((uint)RecordKind.Command, record);
        (RefusalCode code, bool sealedBlock) = Ledger.Apply(record);
        if (sealedBlock)
        {
            AppendHeader();
        }
        return code;
    }

    /// <summary>Writes the signature that covers the commands submitted next.</summary>
    public void AppendBatch(ReadOnlySpan<byte> batch) => _journal.Append((uint)RecordKind.SignedBatch, batch);

    /// <summary>Writes the label of the order that the command submitted next places.</summary>
    public void AppendLabel(ReadOnlySpan<byte> label)
    {
        _journal.Append((uint)RecordKind.Label, label);
        Ledger.NextLabel = label.ToArray();
    }

    /// <summary>Writes the venue's signature over the header of a block whose header is written.</summary>
    public void AppendSeal(HeaderSeal seal) => _journal.Append((uint)RecordKind.HeaderSeal, seal.ToBytes());

    /// <summary>
    /// The last header, where a valid key of the venue should have signed it and has not: a crash came between. Height 0 for none.
    /// </summary>
    public BlockHeader Unsigned { get; private set; }

    /// <summary>The directory on disk.</summary>
    public JournalDirectory Directories => _directory;

    /// <summary>Secrets for simulations, where the same commands must come to the same blocks: anyone can compute them.</summary>
    public static Func<ulong, Hash256> SimulatedSecrets(in Genesis genesis)
    {
        Hash256 venue = Hash256.Of(MemoryMarshal.AsBytes([genesis]));
        return height => RecordSalts.SimulatedSecret(venue, height);
    }

    /// <summary>Seals the block being made, if it has any command.</summary>
    public void SealBlock()
    {
        if (Ledger.SealNow())
        {
            AppendHeader();
        }
    }

    /// <summary>Hands the journal's gathered records to the disk without waiting.</summary>
    public void Publish() => _journal.Publish();

    /// <summary>Writes the batch that was handed to the disk, on the caller's thread; for a venue on a simulated disk.</summary>
    public bool WriteWaiting() => _journal.WriteWaiting();

    /// <summary>Returns when everything submitted is durable.</summary>
    public void Flush() => _journal.Flush();

    /// <summary>Writes a snapshot of the last sealed block; no command may be pending.</summary>
    public string TakeSnapshot()
    {
        Flush();
        return StateSnapshot.Save(_directory, Ledger);
    }

    /// <summary>Copies the state of the last sealed block, for a snapshot that is then written by another thread.</summary>
    public StateSnapshot CopyState() => StateSnapshot.Of(_directory, Ledger);

    /// <inheritdoc/>
    public void Dispose()
    {
        try
        {
            _journal.Dispose();
        }
        finally
        {
            _directory.Dispose();
            Signatures.Dispose();
        }
    }

    // Before the block's first command: a verifier that executes the journal again needs it then.
    private void AppendSecret()
    {
        Hash256 secret = MakeSecret(_secrets, Ledger.Last.Height + 1);
        _journal.Append((uint)RecordKind.BlockSecret, MemoryMarshal.AsBytes([secret]));
        Ledger.NextSecret = secret;
    }

    private static Hash256 MakeSecret(Func<ulong, Hash256>? secrets, ulong height)
    {
        Span<byte> random = stackalloc byte[Hash256.Size];
        System.Security.Cryptography.RandomNumberGenerator.Fill(random);
        return secrets?.Invoke(height) ?? new Hash256(random);
    }

    private void AppendHeader()
    {
        BlockHeader header = Ledger.Last;
        _journal.Append((uint)RecordKind.BlockHeader, MemoryMarshal.AsBytes([header]));
        _journal.Publish();
    }
}
