using System;
using System.IO;
using System.Linq;
using System.Runtime.CompilerServices;
using Surety.Core.Hashing;
using Surety.Journal;
using Surety.Protocol;
using Surety.Protocol.Commands;
using Surety.Protocol.Rows;
using Surety.Replay.Signing;
using Surety.Replay.Venues;
using Surety.Replay.Verification;

namespace Surety.Node.Tests;

public sealed class NodeTests : IDisposable
{
    private const long StartNs = 1_584_000_000_000_000_000;
    private readonly string _root = Path.Combine(Path.GetTempPath(), "surety-node-" + Guid.NewGuid().ToString("N"));
    private readonly SigningKey _operator = SigningKey.FromSeed("operator"u8);
    private ulong _nonce;

    public void Dispose()
    {
        _operator.Dispose();
        if (Directory.Exists(_root))
        {
            Directory.Delete(_root, recursive: true);
        }
    }

    [Fact]
    public void A_journal_verifies_from_genesis_and_from_a_snapshot_with_the_same_root()
    {
        string snapshot;
        Hash256 root;
        using (Venue venue = Create())
        {
            Accounts(venue, 20);
            venue.SealBlock();
            snapshot = venue.TakeSnapshot();
            Accounts(venue, 30);
            venue.SealBlock();
            root = venue.Ledger.Last.StateRoot;
        }
        VerificationResult whole = new JournalVerification { AuditBlocks = true }.Run(_root);
        Assert.True(whole.Holds, whole.Problem);
        VerificationResult tail = new JournalVerification { Snapshot = snapshot }.Run(_root);
        Assert.True(tail.Holds, tail.Problem);
        Assert.Equal((root, root), (whole.StateRoot, tail.StateRoot));
        Assert.Equal(whole.Commands, whole.Signatures);
        Assert.True(tail.Commands < whole.Commands && tail.FromHeight > 0);
    }

    [Fact]
    public void A_byte_changed_anywhere_in_the_journal_is_found_and_located()
    {
        using (Venue venue = Create())
        {
            Accounts(venue, 10);
        }
        foreach (string file in Directory.GetFiles(Path.Combine(_root, "journal")))
        {
            byte[] original = File.ReadAllBytes(file);
            for (int at = 0; at < original.Length; at += 1 + (original.Length / 300))
            {
                byte[] changed = [.. original];
                changed[at] ^= 0x40;
                File.WriteAllBytes(file, changed);
                VerificationResult result = new JournalVerification { CheckSignatures = false }.Run(_root);
                Assert.False(result.Holds, $"{file}, byte {at}");
                Assert.Contains(file, result.Problem, StringComparison.Ordinal);
                Assert.Contains("offset", result.Problem, StringComparison.Ordinal);
            }
            File.WriteAllBytes(file, original);
        }
        Assert.True(new JournalVerification().Run(_root).Holds);
    }

    [Fact]
    public void A_journal_rewritten_with_sound_checksums_but_another_command_does_not_verify()
    {
        using (Venue venue = Create())
        {
            Accounts(venue, 10);
            venue.SealBlock();
        }
        Rewrite((kind, payload) =>
        {
            if (kind == (uint)RecordKind.Command && CommandCodec.View<CommandHeader>(payload).Sequence == 5)
            {
                payload[CommandHeader.Size + 3] ^= 1;
            }
        });
        VerificationResult signed = new JournalVerification().Run(_root);
        Assert.Contains("signature of command 5", signed.Problem, StringComparison.Ordinal);
        VerificationResult executed = new JournalVerification { CheckSignatures = false }.Run(_root);
        Assert.Contains("a command was changed", executed.Problem, StringComparison.Ordinal);
    }

    [Fact]
    public void A_header_that_was_changed_with_its_checksum_says_what_differs()
    {
        using (Venue venue = Create())
        {
            Accounts(venue, 10);
            venue.SealBlock();
        }
        Rewrite((kind, payload) =>
        {
            if (kind == (uint)RecordKind.BlockHeader)
            {
                payload[200] ^= 1;
            }
        });
        Assert.Contains("state root", new JournalVerification().Run(_root).Problem, StringComparison.Ordinal);
    }

    [Fact]
    public void A_venue_goes_on_where_it_stopped_with_and_without_its_snapshot()
    {
        using (Venue venue = Create())
        {
            Accounts(venue, 20);
            venue.SealBlock();
            venue.TakeSnapshot();
            Accounts(venue, 7);
        }
        Hash256 state;
        ulong last;
        using (Venue venue = Venue.Open(_root))
        {
            state = venue.Ledger.Engine.State.UpdateRoot();
            last = venue.Ledger.LastSequence;
        }
        string snapshot = Directory.GetFiles(Path.Combine(_root, "snapshots")).Single();
        byte[] bytes = File.ReadAllBytes(snapshot);
        bytes[bytes.Length / 2] ^= 1;
        File.WriteAllBytes(snapshot, bytes);
        using (Venue venue = Venue.Open(_root))
        {
            Assert.Equal((state, last), (venue.Ledger.Engine.State.UpdateRoot(), venue.Ledger.LastSequence));
            Accounts(venue, 3);
        }
        Assert.True(new JournalVerification().Run(_root).Holds);
    }

    [Fact]
    public void A_crash_in_mid_write_loses_nothing_that_was_acknowledged()
    {
        ulong acknowledged;
        using (Venue venue = Create())
        {
            Accounts(venue, 20);
            venue.Flush();
            acknowledged = venue.Ledger.LastSequence;
        }
        string segment = Directory.GetFiles(Path.Combine(_root, "journal"), "*.seg").Single();
        using (FileStream file = new(segment, FileMode.Append))
        {
            file.Write(new byte[] { 100, 0, 0, 0, 2, 0, 0, 0, 1, 2, 3 });
        }
        using (Venue venue = Venue.Open(_root))
        {
            Assert.Equal(11, venue.CutBytes);
            Assert.Equal(acknowledged, venue.Ledger.LastSequence);
        }
    }

    [Fact]
    public void Signatures_are_bound_to_venue_key_and_every_byte()
    {
        using Venue venue = Create();
        byte[] record = Signed(venue, new CreateIndex { Name = ShortName.From("X"), Quorum = 1, MaxAgeMs = 1 }, CommandKind.CreateIndex);
        Assert.True(venue.HasValidSignature(record));
        for (int at = CommandHeader.StampSize; at < record.Length; at++)
        {
            byte[] changed = [.. record];
            changed[at] ^= 1;
            Assert.False(CommandCodec.IsWellFormed(changed) && venue.HasValidSignature(changed), $"byte {at}");
        }
        using var elsewhere = new CommandSignatures(Hash256.Of("another venue"u8));
        Assert.False(elsewhere.AreValid(0, _operator.PublicKey, record));
        using SigningKey other = SigningKey.FromSeed("other"u8);
        Assert.False(venue.Signatures.AreValid(1, other.PublicKey, record));
        Assert.False(venue.Signatures.AreValid(2, default, record));
    }

    [Fact]
    public void A_journal_in_a_directory_is_not_overwritten_by_a_new_venue()
    {
        Create().Dispose();
        Assert.Contains("already", Assert.Throws<JournalUnavailableException>(() => Create()).Message, StringComparison.Ordinal);
    }

    private Venue Create()
    {
        Genesis genesis = Genesis.Default("node-test", _operator.PublicKey, StartNs);
        genesis.MaxAccounts = 256;
        genesis.MaxKeys = 512;
        genesis.MaxOrders = 1_024;
        genesis.MaxTriggers = 64;
        genesis.MaxTwaps = 64;
        genesis.MaxWithdrawals = 64;
        genesis.BlockCommands = 8;
        Venue venue = Venue.Create(_root, in genesis);
        Submit(venue, CommandKind.CreateAsset, new CreateAsset { Name = ShortName.From("USD"), Decimals = 6 });
        var pool = new CreatePool { Name = ShortName.From("main"), CollateralCount = 1, FeeTierCount = 1 };
        Submit(venue, CommandKind.CreatePool, pool);
        return venue;
    }

    private void Accounts(Venue venue, int count)
    {
        for (int i = 0; i < count; i++)
        {
            Submit(venue, CommandKind.OpenAccount, new OpenAccount { Scopes = KeyScopes.Customer });
        }
    }

    private void Submit<T>(Venue venue, CommandKind kind, T command)
        where T : unmanaged
    {
        byte[] record = Signed(venue, command, kind);
        Assert.True(venue.HasValidSignature(record));
        Assert.Equal(RefusalCode.None, venue.Submit(record, StartNs + (long)_nonce));
    }

    private byte[] Signed<T>(Venue venue, T command, CommandKind kind)
        where T : unmanaged
    {
        Unsafe.As<T, CommandHeader>(ref command).Nonce = ++_nonce;
        var record = new byte[Unsafe.SizeOf<T>() + CommandHeader.SignatureSize];
        _operator.Sign(venue.Ledger.Engine.State.GenesisHash, record, CommandCodec.Write(kind, ref command, record));
        return record;
    }

    // The same records through a new journal, so that every checksum is sound.
    private void Rewrite(Action<uint, byte[]> change)
    {
        string copy = _root + "-copy";
        using (JournalDirectory from = JournalDirectory.OpenToRead(_root))
        using (var reader = new JournalReader(from))
        using (JournalDirectory to = JournalDirectory.OpenToWrite(copy))
        using (var writer = new JournalWriter(to))
        {
            while (reader.MoveNext())
            {
                byte[] payload = reader.Payload.ToArray();
                change(reader.Kind, payload);
                writer.Append(reader.Kind, payload);
            }
        }
        Directory.Delete(_root, recursive: true);
        Directory.Move(copy, _root);
    }
}
