using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Runtime.InteropServices;
using System.Text;
using Surety.Core.Hashing;
using Surety.Core.Numerics;
using Surety.Engine.Auditing;
using Surety.Engine.Blocks;
using Surety.Journal;
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
using Surety.Simulation;
using Surety.Simulation.Faults;
using Surety.Terms;
using Surety.Terms.Execution;

namespace Surety.Assurance.Fuzzing;

/// <summary>All that reads bytes which others wrote: commands, proofs, files, texts.</summary>
public static class FuzzTargets
{
    private const string Root = "/venue";
    private const long StartNs = 1_600_000_000_000_000_000;

    /// <summary>The targets.</summary>
    /// <param name="certificates">Valid certificates; without any, those of a margin call are made from proofs.</param>
    public static IReadOnlyList<FuzzTarget> All(params IReadOnlyList<byte[]> certificates)
    {
        (Ledger ledger, List<byte[]> records) = Venue();
        BlockHeader header = ledger.Last;
        byte[] genesis = new GenesisRecord(ledger.Engine.State.Genesis, RecordSalts.SimulatedSecret(default, 0)).ToBytes();
        byte[] page = Prover.OfRow(ledger, TableId.Accounts, 2).ToBytes();
        byte[] command = Prover.OfCommand(ledger, 3).ToBytes();
        byte[] happened = Prover.OfEvent(ledger, 3).ToBytes();
        return
        [
            new FuzzTarget("command", records, Fields),
            new FuzzTarget("engine", records, new EngineUnderFire(records).Read),
            new FuzzTarget("genesis", [genesis], bytes => GenesisRecord.Read(bytes, out _)),
            new FuzzTarget("header", [header.ToBytes()], bytes => BlockHeader.TryRead(bytes, out _)),
            new FuzzTarget("seal", [new byte[HeaderSealBytes], page], bytes => HeaderSeal.Read(bytes)),
            new FuzzTarget("page-proof", [page], bytes => PageProof.Read(bytes)?.Check(header.Hash())),
            new FuzzTarget("record-proof", [command, happened], bytes => RecordProof.Read(bytes)?.Check(header.Hash())),
            new FuzzTarget("certificate", certificates.Count == 0 ? [page, command] : certificates,
                bytes => MarginCallCertificate.Read(Resealed(bytes), out _)?.Check(header.Hash())),
            new FuzzTarget("batch", [Batch(records)], ReadBatch),
            new FuzzTarget("journal", [JournalOf(records)], ReadJournal),
            new FuzzTarget("durable-mark", [MarkOf(records)], ReadMark),
            new FuzzTarget("snapshot", [SnapshotOf(ledger)], bytes => ReadSnapshot(Resealed(bytes), ledger)),
            new FuzzTarget("head", [Utf8(VenueHeadText(header))], bytes => VenueHead.Parse(Text(bytes))),
            new FuzzTarget("terms", [.. Terms.Select(Utf8)], bytes => ContractProgram.TryCompile(bytes, out _)),
            new FuzzTarget("instrument-name", [Utf8("BTC_USDC-PERPETUAL"), Utf8("BTC-25DEC26-8000-C")],
                bytes => { _ = InstrumentName.TryParse(Text(bytes), out _); }),
            new FuzzTarget("decimal", [Utf8("-12345.678"), Utf8("0.00000001"), Utf8("9223372036854775807")], ReadDecimal),
            new FuzzTarget("settings", [Utf8(SettingsText)], ReadSettings),
        ];
    }

    private const int HeaderSealBytes = 112;

    private const string SettingsText = """
        { "listen": { "port": 8080 }, "limits": { "unitsPerSecond": 4000, "connections": 20 }, "feed": { "speed": 60, "source": "demo" },
          "sandbox": { "open": true }, "snapshots": { "commands": 100000, "minutes": 10 } }
        """;

    private static readonly string[] Terms =
    [
        """
        contract CALL
          observe s: "BTC_USD"
          at 2026-12-25 08:00 pay max(s - 8000, 0)
        """,
        """
        contract KNOCKOUT
          observe s: "BTC_USD"
          when s >= 12000 pay 0
          at 2026-12-25 08:00 pay max(s - 8000, 0) * 2 / 3
        """,
    ];

    private static (Ledger Ledger, List<byte[]> Records) Venue()
    {
        Genesis genesis = VenueBuilder.Unsigned("fuzzed", StartNs, 16, 32);
        (genesis.MaxOrders, genesis.MaxTriggers, genesis.MaxTwaps, genesis.MaxWithdrawals) = (256, 32, 16, 16);
        (genesis.MaxMarkets, genesis.MaxIndexes, genesis.BlockCommands) = (4, 4, 10_000);
        var target = new LedgerTarget(new Ledger(genesis));
        var sender = new CommandSender(target, account => account == 0 ? 0 : account + 2) { TimeNs = StartNs };
        new VenueBuilder(sender)
            .Index("BTC_USD", decimals: 2, maxAgeMs: 60_000, jumpFloor: 100_00)
            .Sources(3)
            .Settlement("USD", 6)
            .Collateral("BTC", 8, index: 0, haircutPpm: 100_000, capAtoms: 100_00000000, poolCapAtoms: 1_000_000_00000000)
            .Pool(Listings.SmallPool())
            .Market(Listings.Small("BTC-PERPETUAL"))
            .Market(Listings.Small("BTC-TOMORROW", StartNs + 86_400_000_000_000))
            .Customers(4, 10_000 * Listings.Dollar);
        for (uint source = 1; source <= 3; source++)
        {
            sender.Must(CommandKind.ReportPrice,
                new ReportPrice { Price = 8_000_00, ObservedNs = StartNs, ReportSequence = 1 }, 0, source);
        }
        for (uint account = 2; account < 6; account++)
        {
            var order = new PlaceOrder { Side = (Side)(account % 2), PriceTicks = 8_000, Lots = 100, ClientOrderId = account };
            sender.Must(CommandKind.PlaceOrder, order, account);
            sender.Send(CommandKind.PlaceTrigger, new PlaceTrigger { TriggerTicks = 7_900, Lots = 10, PriceTicks = 7_800 }, account);
            sender.Send(CommandKind.PlaceTwap,
                new PlaceTwap { TotalLots = 50, Slices = 5, IntervalNs = 1_000_000_000, PriceTicks = 8_000 }, account);
            var quote = new MassQuote { Count = 1 };
            quote.Entries[0] = new QuoteEntry { BidTicks = 7_990, BidLots = 5, AskTicks = 8_010, AskLots = 5 };
            sender.Send(CommandKind.MassQuote, quote, account);
            sender.Send(CommandKind.Transfer, new Transfer { ToAccount = 1, AmountAtoms = 5 }, account);
            sender.Send(CommandKind.Withdraw, new Withdraw { AmountAtoms = 5 }, account);
            sender.Send(CommandKind.AmendOrder, new AmendOrder { OrderId = 1, PriceTicks = 7_999, TotalLots = 7 }, account);
            sender.Send(CommandKind.CancelOrder, new CancelOrder { OrderId = 1 }, account);
            sender.Send(CommandKind.PlaceBackstopBid, new PlaceBackstopBid { MaxNotionalAtoms = 5_000, DiscountPpm = 10_000 }, account);
            sender.Send(CommandKind.SetMarginMode, new SetMarginMode { Market = 1, Isolated = 1 }, account);
            sender.Send(CommandKind.AdjustIsolatedMargin, new AdjustIsolatedMargin { Market = 1, AmountAtoms = 9 }, account);
            sender.Send(CommandKind.CreateSubAccount, new CreateSubAccount(), account);
        }
        target.Ledger.SealNow();
        return (target.Ledger, target.Records);
    }

    // What a node reads of a record before it knows whose it is.
    private static void Fields(byte[] record)
    {
        if (CommandCodec.IsWellFormed(record))
        {
            _ = CommandCodec.IsSigned(record) && CommandCodec.Signature(record).Length > 0;
            _ = CommandCodec.IsInBatch(record);
        }
    }

    private static byte[] Batch(List<byte[]> records)
    {
        byte[] commands = [.. records[0], .. records[1], .. records[2]];
        var batch = new byte[SignedBatch.SizeOf(3)];
        SignedBatch.Write(1, commands, batch);
        return batch;
    }

    private static void ReadBatch(byte[] bytes)
    {
        if (SignedBatch.IsWellFormed(bytes))
        {
            _ = SignedBatch.KeyOf(bytes);
            _ = SignedBatch.CountOf(bytes);
            _ = SignedBatch.SignatureOf((ReadOnlySpan<byte>)bytes).Length;
            _ = SignedBatch.Covers(bytes, new byte[CommandHeader.Size + CommandHeader.BatchMarkSize]);
        }
    }

    private static SimulatedDisk DiskOf(List<byte[]> records)
    {
        var disk = new SimulatedDisk(1);
        using JournalDirectory directory = JournalDirectory.OpenToWrite(Root, disk);
        var walk = new JournalWalk(directory);
        walk.MoveNext();
        using JournalWriter writer = walk.Write(onCaller: true);
        records.ForEach(r => writer.Append(1, r));
        writer.Flush();
        return disk;
    }

    private static string SegmentOf(SimulatedDisk disk) => disk.Files(Path.Combine(Root, "journal"), ".seg")[0];

    private static byte[] JournalOf(List<byte[]> records) => DiskOf(records) is var disk ? disk.ReadAll(SegmentOf(disk)) : [];

    private static byte[] MarkOf(List<byte[]> records) => DiskOf(records).ReadAll(Path.Combine(Root, "journal", "durable"));

    private static void ReadJournal(byte[] bytes) => ReadFiles(bytes, "00000000000000000000.seg");

    private static void ReadMark(byte[] bytes) => ReadFiles(bytes, "durable");

    private static void ReadFiles(byte[] bytes, string name)
    {
        var disk = new SimulatedDisk(1);
        disk.CreateDirectory(Path.Combine(Root, "journal"));
        Write(disk, Path.Combine(Root, "journal", name), bytes);
        try
        {
            using var walk = new JournalWalk(JournalDirectory.OpenToRead(Root, disk));
            while (walk.MoveNext())
            {
                _ = walk.Payload.Length;
            }
        }
        catch (JournalDamagedException)
        {
            // Damage is refused with its place.
        }
    }

    private static byte[] SnapshotOf(Ledger ledger)
    {
        var disk = new SimulatedDisk(1);
        using JournalDirectory directory = JournalDirectory.OpenToWrite(Root, disk);
        return disk.ReadAll(StateSnapshot.Save(directory, ledger));
    }

    private static void ReadSnapshot(byte[] bytes, Ledger ledger)
    {
        var disk = new SimulatedDisk(1);
        Write(disk, "/s", bytes);
        try
        {
            // Room for more takes more memory, which is what it says.
            ReadOnlySpan<byte> limits = MemoryMarshal.AsBytes([ledger.Engine.State.Limits[0]]);
            foreach ((uint id, ReadOnlyMemory<byte> part) in SnapshotFile.Read("/s", disk))
            {
                if (id == (uint)TableId.Limits && !part.Span.StartsWith(limits))
                {
                    return;
                }
            }
            _ = StateSnapshot.Load("/s", new GenesisRecord(ledger.Engine.State.Genesis, RecordSalts.SimulatedSecret(default, 0)), disk);
        }
        catch (JournalDamagedException)
        {
            // The journal alone restores the venue.
        }
    }

    private static void Write(SimulatedDisk disk, string path, byte[] bytes)
    {
        using IDiskFile file = disk.OpenToWrite(path);
        file.Write(bytes, 0);
    }

    private static string VenueHeadText(BlockHeader header) => $"{header.Height}:{header.Hash()}";

    private static void ReadDecimal(byte[] bytes)
    {
        for (int decimals = 0; decimals <= 18; decimals += 6)
        {
            _ = FixedDecimal.TryParse(Text(bytes), decimals, out _);
        }
        _ = FixedPoint.TryParse(Text(bytes), out _);
        _ = Hash256.TryParse(Text(bytes), out _);
    }

    private static void ReadSettings(byte[] bytes)
    {
        string file = Path.Combine(Path.GetTempPath(), $"surety-fuzz-{Environment.ProcessId}.json");
        File.WriteAllBytes(file, bytes);
        try
        {
            _ = SettingsFile.Read(file);
        }
        catch (SettingsException)
        {
            // It names the field.
        }
        finally
        {
            File.Delete(file);
        }
    }

    // With the SHA-256 at its end that such bytes should have: what is behind the check is to be reached.
    private static byte[] Resealed(byte[] bytes)
    {
        if (bytes.Length < 2 * Hash256.Size)
        {
            return bytes;
        }
        byte[] body = bytes[..^Hash256.Size];
        return [.. body, .. System.Security.Cryptography.SHA256.HashData(body)];
    }

    private static byte[] Utf8(string text) => Encoding.UTF8.GetBytes(text);

    private static string Text(byte[] bytes) => Encoding.UTF8.GetString(bytes);

    /// <summary>
    /// A venue that is sent changed commands with headers that let them in: none may stop it. It is looked over now and then, and made
    /// again after so many commands.
    /// </summary>
    private sealed class EngineUnderFire(List<byte[]> records)
    {
        private const int CheckEvery = 512;
        private const int NewAfter = 20_000;

        private Ledger _ledger = Venue().Ledger;
        private readonly Dictionary<uint, ulong> _nonces = [];
        private readonly Dictionary<CommandKind, int> _lengths =
            records.GroupBy(r => CommandCodec.View<CommandHeader>(r).Kind).ToDictionary(g => g.Key, g => g.First().Length);

        private int _sent;

        public void Read(byte[] input)
        {
            if (++_sent % NewAfter == 0)
            {
                _ledger = Venue().Ledger;
                _nonces.Clear();
            }
            if (input.Length < CommandHeader.Size)
            {
                return;
            }
            // As long as its kind is, where that is known: what is cut or too long is refused before the engine sees it.
            var record = new byte[_lengths.GetValueOrDefault(CommandCodec.View<CommandHeader>(input).Kind, input.Length)];
            input.AsSpan(0, Math.Min(input.Length, record.Length)).CopyTo(record);
            ref CommandHeader header = ref MemoryMarshal.AsRef<CommandHeader>(record.AsSpan());
            header.Sequence = _ledger.LastSequence + 1;
            header.TimeNs = _ledger.Engine.State.TimeNs + (_sent % 7 * 300_000_000L);
            header.Key %= 10;
            // The operator's commands as often as those of others.
            header.Key = _sent % 2 == 0 ? 0 : header.Key;
            header.Account = header.Key < 4 ? header.Account % 8 : header.Key - 2;
            header.Nonce = (ulong)records.Count + (_nonces[header.Key] = _nonces.GetValueOrDefault(header.Key) + 1);
            (header.Reserved, header.ExpiresNs, header.Length) = (0, 0, (ushort)record.Length);
            if (!CommandCodec.IsWellFormed(record))
            {
                return;
            }
            _ledger.Apply(record);
            if (_sent % CheckEvery == 0 && Audit.FindViolation(_ledger.Engine) is { } violation)
            {
                throw new InvalidDataException(violation);
            }
        }
    }
}
