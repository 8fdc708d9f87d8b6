using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Runtime.CompilerServices;
using System.Threading.Tasks;
using Microsoft.Extensions.Logging.Abstractions;
using Surety.Core.Hashing;
using Surety.Journal;
using Surety.Node.Proving;
using Surety.Node.Settings;
using Surety.Proofs;
using Surety.Protocol;
using Surety.Protocol.Blocks;
using Surety.Protocol.Commands;
using Surety.Protocol.Rows;
using Surety.Replay.Proving;
using Surety.Replay.Signing;
using Surety.Replay.Snapshots;
using Surety.Replay.Venues;
using Surety.Replay.Verification;

namespace Surety.Node.Tests;

/// <summary>A history that was cut, forked or changed is noticed, also where every checksum was made right again.</summary>
public sealed class HistoryTests : IDisposable
{
    private const long StartNs = 1_584_000_000_000_000_000;
    private readonly string _base = Directory.CreateTempSubdirectory("surety-history-").FullName;
    private readonly SigningKey _operator = SigningKey.FromSeed("operator"u8);
    private ulong _nonce;

    private string Root => Path.Combine(_base, "venue");

    private string HeadFile => Path.Combine(_base, "elsewhere", "head");

    public void Dispose()
    {
        _operator.Dispose();
        Directory.Delete(_base, recursive: true);
    }

    [Fact]
    public async Task A_journal_cut_back_with_its_mark_rewritten_is_refused_at_the_start_and_by_verify_since()
    {
        VenueHead seen = await RunNode(blocks: 4);
        Rewrite(until: CommandsBefore(blocks: 2));
        // By itself it is a sound journal: nothing in it says that it was longer.
        VerificationResult alone = new JournalVerification().Run(Root);
        Assert.True(alone.Holds, alone.Problem);
        VerificationResult since = new JournalVerification { Since = seen }.Run(Root);
        Assert.False(since.Holds);
        Assert.Contains("rolled back", since.Problem, StringComparison.Ordinal);
        HistoryException refused = await Assert.ThrowsAsync<HistoryException>(() => RunNode(blocks: 0));
        Assert.Contains("rolled back", refused.Message, StringComparison.Ordinal);
        Assert.Contains("--accept-rollback", refused.Message, StringComparison.Ordinal);
        // With the explicit word it opens, and remembers the new head from there on.
        await RunNode(blocks: 1, accept: true);
        await RunNode(blocks: 1);
    }

    [Fact]
    public async Task A_fork_after_a_cut_is_refused_at_the_start_and_by_verify_since()
    {
        VenueHead seen = await RunNode(blocks: 3);
        Rewrite(until: CommandsBefore(blocks: 1));
        // The operator's own software goes on from the cut, longer than before, every header signed.
        File.Delete(HeadFile);
        await RunNode(blocks: 5);
        VerificationResult alone = new JournalVerification().Run(Root);
        Assert.True(alone.Holds, alone.Problem);
        Assert.Contains("forked", new JournalVerification { Since = seen }.Run(Root).Problem, StringComparison.Ordinal);
        File.WriteAllText(HeadFile, $"venue {alone.Head!.Hash}\nhead {seen}\n");
        Assert.Contains("another venue", (await Assert.ThrowsAsync<HistoryException>(() => RunNode(blocks: 0))).Message,
            StringComparison.Ordinal);
        File.WriteAllText(HeadFile, $"venue {VenueName()}\nhead {seen}\n");
        Assert.Contains("forked", (await Assert.ThrowsAsync<HistoryException>(() => RunNode(blocks: 0))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_journal_that_goes_on_continues_every_head_that_was_seen()
    {
        VenueHead first = await RunNode(blocks: 2);
        VenueHead second = await RunNode(blocks: 2);
        Assert.True(second.Height > first.Height);
        foreach (VenueHead head in (VenueHead[])[first, second])
        {
            VerificationResult result = new JournalVerification { Since = head }.Run(Root);
            Assert.True(result.Holds, result.Problem);
        }
        Assert.Equal(second, VenueHead.Parse(File.ReadAllText(HeadFile)));
        Assert.Equal(second, VenueHead.Parse(second.ToString()));
        Assert.Null(VenueHead.Parse("5:abc"));
        Assert.Contains("forked", new JournalVerification { Since = first with { Hash = second.Hash } }.Run(Root).Problem,
            StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_removed_header_record_is_noticed(bool signed)
    {
        await RunNode(blocks: 4, signed: signed);
        Rewrite(keep: (kind, payload) => kind != RecordKind.BlockHeader || Header(payload).Height != 3);
        Assert.Contains("removed", new JournalVerification().Run(Root).Problem, StringComparison.Ordinal);
        Assert.Throws<JournalDamagedException>(() => Venue.Open(Root).Dispose());
    }

    [Fact]
    public async Task A_header_that_stands_twice_is_noticed()
    {
        await RunNode(blocks: 3);
        Rewrite(twice: (kind, payload) => kind == RecordKind.BlockHeader && Header(payload).Height == 2);
        Assert.Contains("twice", new JournalVerification().Run(Root).Problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("changed")]
    [InlineData("removed")]
    [InlineData("moved")]
    public void A_label_that_was_changed_removed_or_moved_is_noticed(string how)
    {
        using (Venue venue = Create())
        {
            venue.AppendLabel("paid to a friend"u8);
            Open(venue, 1);
            Open(venue, 1);
            venue.SealBlock();
        }
        Assert.True(new JournalVerification().Run(Root).Holds);
        int commands = 0;
        byte[]? held = null;
        Rewrite(change: (kind, payload) =>
        {
            if (kind == RecordKind.Label && how == "changed")
            {
                payload[0] ^= 1;
            }
            return payload;
        },
        keep: (kind, payload) =>
        {
            held = kind == RecordKind.Label ? payload : held;
            return kind != RecordKind.Label || how == "changed";
        },
        before: kind =>
            how == "moved" && kind == RecordKind.Command && held is not null && ++commands == 2 ? (RecordKind.Label, held) : null);
        VerificationResult result = new JournalVerification().Run(Root);
        Assert.False(result.Holds);
        Assert.Contains("label", result.Problem, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_header_signed_with_another_key_is_noticed()
    {
        await RunNode(blocks: 4);
        using SigningKey foreign = SigningKey.FromSeed("a stranger"u8);
        var headers = new Dictionary<ulong, Hash256>();
        Rewrite(change: (kind, payload) =>
        {
            if (kind == RecordKind.BlockHeader)
            {
                headers[Header(payload).Height] = Header(payload).Hash();
            }
            if (kind == RecordKind.HeaderSeal && HeaderSeal.Read(payload) is { } seal && seal.Height == headers.Keys.Max())
            {
                return new HeaderSeal(seal.Height, seal.Key, foreign.PublicKey.ToBytes(),
                    foreign.SignMessage(HeaderSeal.Message(headers[seal.Height]))).ToBytes();
            }
            return payload;
        });
        Assert.Contains("not the venue's", new JournalVerification().Run(Root).Problem, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_signature_that_names_the_venues_key_and_was_not_made_with_it_is_noticed()
    {
        await RunNode(blocks: 3);
        Rewrite(change: (kind, payload) =>
        {
            if (kind == RecordKind.HeaderSeal)
            {
                payload[^1] ^= 1;
            }
            return payload;
        });
        Assert.Contains("not valid", new JournalVerification().Run(Root).Problem, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Blocks_that_the_venues_key_did_not_sign_are_counted_and_a_long_run_of_them_is_refused()
    {
        await RunNode(blocks: 3);
        using (Venue venue = Venue.Open(Root))
        {
            // A node with the operator's software but without the venue's key goes on.
            Open(venue, 8 * 20);
            venue.SealBlock();
        }
        VerificationResult few = new JournalVerification().Run(Root);
        Assert.True(few.Holds, few.Problem);
        Assert.InRange(few.UnsignedBlocks, 19, 22);
        using (Venue venue = Venue.Open(Root))
        {
            Open(venue, 8 * 260);
            venue.SealBlock();
        }
        Assert.Contains("not signed by the venue's key", new JournalVerification().Run(Root).Problem, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_start_signs_the_header_that_a_crash_left_unsigned_and_writes_the_one_that_it_lost()
    {
        await RunNode(blocks: 3);
        ulong last = 0;
        Rewrite(keep: (kind, payload) =>
        {
            last = kind == RecordKind.BlockHeader && Header(payload).CommandCount == 8 ? Header(payload).Height : last;
            return true;
        });
        // The crash came after the last command of a full block, before its header, its signature, and what would have followed.
        bool crashed = false;
        Rewrite(keep: (kind, payload) => !(crashed |= kind == RecordKind.BlockHeader && Header(payload).Height == last));
        File.Delete(HeadFile);
        VerificationResult broken = new JournalVerification().Run(Root);
        Assert.True(broken.Holds, broken.Problem);
        await RunNode(blocks: 1);
        VerificationResult mended = new JournalVerification().Run(Root);
        Assert.True(mended.Holds, mended.Problem);
        Assert.Equal(0, mended.UnsignedBlocks);
        Assert.True(mended.Head!.Height > last);
    }

    [Fact]
    public async Task A_node_with_another_key_than_the_ledgers_does_not_start()
    {
        await RunNode(blocks: 2);
        string wrong = Path.Combine(_base, "wrong.pem");
        using (SigningKey other = SigningKey.Create())
        {
            File.WriteAllText(wrong, other.ToPem());
        }
        Assert.Contains("not the key", (await Assert.ThrowsAsync<HistoryException>(() => RunNode(blocks: 0, keyFile: wrong))).Message,
            StringComparison.Ordinal);
        File.Delete(Path.Combine(Root, "identity", "venue.pem"));
        Assert.Contains("seal.key", (await Assert.ThrowsAsync<HistoryException>(() => RunNode(blocks: 0, makeKey: false))).Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public void A_snapshot_whose_state_is_not_its_blocks_is_never_loaded()
    {
        string path;
        Hash256 state;
        using (Venue venue = Create())
        {
            Open(venue, 20);
            venue.SealBlock();
            path = venue.TakeSnapshot();
            state = venue.Ledger.Engine.State.UpdateRoot();
        }
        List<(uint Id, ReadOnlyMemory<byte> Bytes)> parts = [.. SnapshotFile.Read(path)];
        int accounts = parts.FindIndex(p => p.Id == (uint)TableId.Accounts);
        byte[] forged = parts[accounts].Bytes.ToArray();
        // A balance, with every checksum of the file right.
        forged[(5 * Unsafe.SizeOf<Account>()) + 32] ^= 1;
        parts[accounts] = (parts[accounts].Id, forged);
        SnapshotFile.Write(path, parts);
        using (JournalDirectory directory = JournalDirectory.OpenToRead(Root))
        using (var walk = new JournalWalk(directory))
        {
            GenesisRecord genesisRecord = walk.ReadGenesis();
            Assert.Contains("root", Assert.Throws<JournalDamagedException>(() => StateSnapshot.Load(path, genesisRecord)).Message,
                StringComparison.Ordinal);
            Assert.Null(StateSnapshot.LoadNewest(directory, genesisRecord));
        }
        Assert.Contains("root", new JournalVerification { Snapshot = path }.Run(Root).Problem, StringComparison.Ordinal);
        using (Venue venue = Venue.Open(Root))
        {
            Assert.Equal(state, venue.Ledger.Engine.State.UpdateRoot());
        }
    }

    [Fact]
    public void Each_block_has_a_secret_of_its_own_that_nobody_can_compute_and_a_changed_one_is_noticed()
    {
        using (Venue venue = Create())
        {
            Open(venue, 40);
            venue.SealBlock();
            venue.TakeSnapshot();
        }
        // What goes on from a snapshot does not take a secret that was used before it.
        using (Venue venue = Venue.Open(Root))
        {
            Open(venue, 3);
            venue.SealBlock();
        }
        Assert.True(new JournalVerification().Run(Root).Holds);
        var secrets = new List<Hash256>();
        Rewrite(keep: (kind, payload) =>
        {
            if (kind == RecordKind.BlockSecret)
            {
                secrets.Add(new Hash256(payload));
            }
            return true;
        });
        Assert.True(secrets.Count >= 5 && secrets.Distinct().Count() == secrets.Count);
        Hash256 name = VenueName();
        Assert.DoesNotContain(secrets, s => Enumerable.Range(0, 20).Any(h => s == RecordSalts.SimulatedSecret(name, (ulong)h)));
        Rewrite(change: (kind, payload) =>
        {
            if (kind == RecordKind.BlockSecret && new Hash256(payload) == secrets[2])
            {
                payload[0] ^= 1;
            }
            return payload;
        });
        Assert.Contains("root", new JournalVerification().Run(Root).Problem, StringComparison.Ordinal);
        Rewrite(keep: (kind, _) => kind != RecordKind.BlockSecret);
        Assert.Contains("no secret", new JournalVerification().Run(Root).Problem, StringComparison.Ordinal);
    }

    [Fact]
    public void The_states_secret_is_drawn_at_random_and_recorded_and_a_changed_one_is_noticed()
    {
        Hash256 root;
        string snapshot;
        using (Venue venue = Create())
        {
            Open(venue, 40);
            venue.SealBlock();
            snapshot = venue.TakeSnapshot();
            root = venue.Ledger.Last.StateRoot;
        }
        Hash256 secret;
        using (JournalDirectory directory = JournalDirectory.OpenToRead(Root))
        using (var walk = new JournalWalk(directory))
        {
            GenesisRecord genesisRecord = walk.ReadGenesis();
            secret = genesisRecord.StateSecret;
            Assert.NotEqual(GenesisRecord.Simulated(genesisRecord.Genesis).StateSecret, secret);
            Assert.Equal(root, StateSnapshot.Load(snapshot, genesisRecord).Engine.State.UpdateRoot());
            Assert.Contains("root",
                Assert.Throws<JournalDamagedException>(() => StateSnapshot.Load(snapshot, GenesisRecord.Simulated(genesisRecord.Genesis)))
                .Message, StringComparison.Ordinal);
        }
        // Neither a snapshot nor anything else but the journal holds it.
        Assert.True(File.ReadAllBytes(snapshot).AsSpan().IndexOf(Convert.FromHexString(secret.ToString())) < 0);
        Assert.True(new JournalVerification().Run(Root).Holds);
        Assert.True(new JournalVerification { Snapshot = snapshot }.Run(Root).Holds);
        Rewrite(change: (kind, payload) =>
        {
            if (kind == RecordKind.Genesis)
            {
                payload[Genesis.Size] ^= 1;
            }
            return payload;
        });
        Assert.Contains("state root", new JournalVerification().Run(Root).Problem, StringComparison.Ordinal);
    }

    [Fact]
    public void A_journal_of_the_version_without_salts_is_refused_by_its_number()
    {
        using (Venue venue = Create())
        {
            Open(venue, 10);
            venue.SealBlock();
        }
        Rewrite(change: (kind, payload) => kind == RecordKind.Genesis ? payload[..Genesis.Size] : payload);
        Assert.Contains("version 2 or earlier", new JournalVerification().Run(Root).Problem, StringComparison.Ordinal);
        Assert.Contains("this program reads version 3", Assert.Throws<JournalDamagedException>(() => Venue.Open(Root)).Message,
            StringComparison.Ordinal);
    }

    // Runs a node that seals so many blocks of eight commands; returns its last block.
    private async Task<VenueHead> RunNode(int blocks, bool accept = false, bool signed = true, string? keyFile = null, bool makeKey = true)
    {
        if (!JournalDirectory.Exists(Root))
        {
            Create().Dispose();
        }
        if (signed && makeKey)
        {
            var vault = Identity.IdentityVault.Open(Root, secret: null);
            (vault.FindKey("venue") ?? vault.MakeKey("venue")).Dispose();
        }
        var settings =
            new NodeSettings
            {
                Clock = new ClockSettings { Accept = true },
                Seal = new SealSettings { Head = HeadFile, AcceptRollback = accept, Key = keyFile }
            };
        await using (var node = new VenueNode(Root, settings, NullLogger.Instance))
        {
            node.Operator.Hold(SigningKey.FromSeed("operator"u8));
            if (signed && SealingKeys.Of(node.Venue.State).Count == 0)
            {
                Assert.Equal(RefusalCode.None,
                    (await node.Operator.SubmitAsync(CommandKind.AddKey,
                    new AddKey { PublicKey = node.Sealing.Key!.Value, Scopes = KeyScopes.Seal })).Code);
            }
            ulong wanted = node.Blocks.Last.Height + (ulong)blocks;
            while (node.Blocks.Last.Height < wanted)
            {
                await node.Operator.SubmitAsync(CommandKind.OpenAccount, new OpenAccount { Scopes = KeyScopes.Customer });
            }
            for (int i = 0; i < 3; i++)
            {
                await node.Operator.SubmitAsync(CommandKind.OpenAccount, new OpenAccount { Scopes = KeyScopes.Customer });
            }
        }
        return VenueHead.Parse(File.ReadAllText(HeadFile))!;
    }

    private Hash256 VenueName()
    {
        using JournalDirectory directory = JournalDirectory.OpenToRead(Root);
        using var walk = new JournalWalk(directory);
        return walk.ReadGenesis().Venue;
    }

    private int CommandsBefore(int blocks)
    {
        using JournalDirectory directory = JournalDirectory.OpenToRead(Root);
        using var reader = new JournalReader(directory);
        int commands = 0;
        while (reader.MoveNext())
        {
            commands += reader.Kind == (uint)RecordKind.Command ? 1 : 0;
            if (reader.Kind == (uint)RecordKind.BlockHeader && Header(reader.Payload).Height == (ulong)blocks)
            {
                return commands + 2;
            }
        }
        throw new InvalidOperationException("the journal is shorter");
    }

    private static BlockHeader Header(ReadOnlySpan<byte> payload)
    {
        Assert.True(BlockHeader.TryRead(payload, out BlockHeader header));
        return header;
    }

    // The same records through a new journal, so that every checksum and the mark are sound; snapshots are dropped.
    private void Rewrite(
        Func<RecordKind, byte[], byte[]>? change = null, Func<RecordKind, byte[], bool>? keep = null,
        Func<RecordKind, byte[], bool>? twice = null, Func<RecordKind, (RecordKind, byte[])?>? before = null, int until = int.MaxValue)
    {
        string copy = Root + "-copy";
        int commands = 0;
        using (JournalDirectory from = JournalDirectory.OpenToRead(Root))
        using (var reader = new JournalReader(from))
        using (JournalDirectory to = JournalDirectory.OpenToWrite(copy))
        using (var writer = new JournalWriter(to))
        {
            while (reader.MoveNext())
            {
                var kind = (RecordKind)reader.Kind;
                byte[] payload = reader.Payload.ToArray();
                if (kind == RecordKind.Command && ++commands >= until)
                {
                    break;
                }
                if (keep?.Invoke(kind, payload) == false)
                {
                    continue;
                }
                if (before?.Invoke(kind) is var (extra, bytes))
                {
                    writer.Append((uint)extra, bytes);
                }
                payload = change?.Invoke(kind, payload) ?? payload;
                writer.Append(reader.Kind, payload);
                if (twice?.Invoke(kind, payload) == true)
                {
                    writer.Append(reader.Kind, payload);
                }
            }
        }
        Directory.Delete(Path.Combine(Root, "journal"), recursive: true);
        Directory.Move(Path.Combine(copy, "journal"), Path.Combine(Root, "journal"));
        Directory.Delete(copy, recursive: true);
        foreach (string snapshot in Directory.GetFiles(Path.Combine(Root, "snapshots")))
        {
            File.Delete(snapshot);
        }
    }

    private Venue Create()
    {
        Genesis genesis = Genesis.Default("history", _operator.PublicKey, StartNs);
        genesis.MaxAccounts = 4_096;
        genesis.MaxKeys = 8_192;
        genesis.MaxOrders = 1_024;
        genesis.MaxTriggers = 64;
        genesis.MaxTwaps = 64;
        genesis.MaxWithdrawals = 64;
        genesis.BlockCommands = 8;
        Venue venue = Venue.Create(Root, in genesis);
        Submit(venue, CommandKind.CreateAsset, new CreateAsset { Name = ShortName.From("USD"), Decimals = 6 });
        Submit(venue, CommandKind.CreatePool, new CreatePool { Name = ShortName.From("main"), CollateralCount = 1, FeeTierCount = 1 });
        return venue;
    }

    private void Open(Venue venue, int count)
    {
        _nonce = Math.Max(_nonce, venue.Ledger.Engine.State.Keys[0].HighestNonce);
        for (int i = 0; i < count; i++)
        {
            Submit(venue, CommandKind.OpenAccount, new OpenAccount { Scopes = KeyScopes.Customer });
        }
    }

    private void Submit<T>(Venue venue, CommandKind kind, T command)
        where T : unmanaged
    {
        Unsafe.As<T, CommandHeader>(ref command).Nonce = ++_nonce;
        var record = new byte[Unsafe.SizeOf<T>() + CommandHeader.SignatureSize];
        _operator.Sign(venue.Ledger.Engine.State.GenesisHash, record, CommandCodec.Write(kind, ref command, record));
        Assert.Equal(RefusalCode.None, venue.Submit(record, venue.Ledger.Engine.State.TimeNs + 1));
    }
}
