using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Runtime.CompilerServices;
using Surety.Core.Hashing;
using Surety.Journal;
using Surety.Node.Proving;
using Surety.Protocol;
using Surety.Protocol.Blocks;
using Surety.Protocol.Commands;
using Surety.Protocol.Events;
using Surety.Protocol.Rows;
using Surety.Replay.Proving;
using Surety.Replay.Signing;
using Surety.Replay.Venues;
using Surety.Scenarios;

namespace Surety.Proofs.Tests;

/// <summary>
/// Files of every version of every format, as they were once written, are read by what is written now. A file is named by its format and
/// version and is never written again; with SURETY_UPDATE_GOLDEN=1 one that is missing is made. The journal and the certificate are of a
/// scenario: a trade and a liquidation.
/// </summary>
public class KeptFormatTests
{
    [Fact]
    public void Every_current_version_has_a_kept_file()
    {
        if (Environment.GetEnvironmentVariable("SURETY_UPDATE_GOLDEN") == "1")
        {
            MakeMissing();
        }
        string[] current =
        [
            Versioned("record-proof", RecordProofFrame.ExpectedMagic), Versioned("record-proof-of-a-side", RecordProofFrame.ExpectedMagic),
            Versioned("page-proof", PageProofFrame.ExpectedMagic), Versioned("certificate", CertificateFrame.ExpectedMagic),
            "header-seal-1.bin",
        ];
        foreach (string name in current)
        {
            Assert.True(File.Exists(Path.Combine(Folder(), name)), $"tests/golden/formats/{name} is missing: keep a file of each version");
        }
        Assert.True(Directory.Exists(Path.Combine(Folder(), $"journal-{GenesisRecord.JournalVersion}")));
    }

    [Fact]
    public void Every_kept_proof_is_still_read_and_holds()
    {
        int read = 0;
        foreach (string file in Directory.GetFiles(Folder(), "*.bin"))
        {
            byte[] bytes = File.ReadAllBytes(file);
            string format = Path.GetFileName(file);
            bool holds = format[..format.LastIndexOf('-')] switch
            {
                "record-proof" or "record-proof-of-a-side" => RecordProof.Read(bytes) is { } p
                    && p.Check(p.Header.Hash()) == ProofVerdict.Holds && p.ToBytes().SequenceEqual(bytes),
                "page-proof" => PageProof.Read(bytes) is { } p && p.Check(p.Header.Hash()) == ProofVerdict.Holds
                    && p.ToBytes().SequenceEqual(bytes),
                // It proved less than it said: it is read so far that the reader is told so.
                "certificate" when format == "certificate-3.bin" => MarginCallCertificate.Read(bytes, out string? why) is null
                    && why!.Contains("version 3", StringComparison.Ordinal),
                "certificate" => MarginCallCertificate.Read(bytes, out _) is { } c && c.Check(null).Holds
                    && c.ToBytes().SequenceEqual(bytes),
                "header-seal" => HeaderSeal.Read(bytes.AsSpan(BlockHeader.Size)) is { } s
                    && BlockHeader.TryRead(bytes.AsSpan(0, BlockHeader.Size), out BlockHeader h) && s.Covers(h.Hash()),
                _ => false,
            };
            Assert.True(holds, $"{format} is not read any more");
            read++;
        }
        Assert.True(read >= 5);
    }

    [Fact]
    public void Every_kept_journal_is_still_read()
    {
        string[] journals = Directory.GetDirectories(Folder(), "journal-*");
        Assert.NotEmpty(journals);
        foreach (string journal in journals)
        {
            using JournalDirectory directory = JournalDirectory.OpenToRead(journal);
            using var walk = new JournalWalk(directory);
            GenesisRecord genesis = walk.ReadGenesis();
            (ulong commands, ulong blocks, Hash256 last) = (0, 0, default);
            while (walk.MoveNext())
            {
                if (walk.Kind == RecordKind.Command)
                {
                    Assert.True(CommandCodec.IsWellFormed(walk.Payload));
                    Assert.Equal(++commands, walk.Sequence);
                }
                else if (walk.Kind == RecordKind.BlockHeader)
                {
                    Assert.True(walk.TryReadHeader(out BlockHeader header));
                    Assert.Equal((++blocks, last, genesis.Venue), (header.Height, header.Previous, header.Venue));
                    last = header.Hash();
                }
            }
            Assert.True(walk.TornBytes == 0 && commands > 0 && blocks > 0, journal);
        }
    }

    private static void MakeMissing()
    {
        var venue = new TestVenue();
        venue.Trade(TestVenue.FirstTrader, TestVenue.FirstTrader + 1, 8_000, 10);
        venue.Ledger.SealNow();
        BlockHeader header = venue.Ledger.Last;
        var stored = new StoredBlock(header, venue.Ledger.Commands.Bytes.ToArray(), venue.Engine.Events.Log.Bytes.ToArray(),
            venue.Ledger.Secret);
        using SigningKey key = SigningKey.FromSeed("venue"u8);
        Make(Versioned("record-proof", RecordProofFrame.ExpectedMagic), Prover.OfCommand(venue.Ledger, 2).ToBytes());
        Make(Versioned("record-proof-of-a-side", RecordProofFrame.ExpectedMagic),
            stored.ProveEvent(stored.FindEvent((kind, _) => kind == EventKind.Trade), ShownSides.First).ToBytes());
        Make(Versioned("page-proof", PageProofFrame.ExpectedMagic),
            Prover.OfRow(venue.Ledger, TableId.Accounts, (int)TestVenue.FirstTrader).ToBytes());
        var seal = new HeaderSeal(header.Height, 7, key.PublicKey.ToBytes(), key.SignMessage(HeaderSeal.Message(header.Hash())));
        Make(Versioned("certificate", CertificateFrame.ExpectedMagic), Vectors.VectorVenue.Crashed().Follow().Certificates[0].ToBytes());
        Make("header-seal-1.bin", [.. header.ToBytes(), .. seal.ToBytes()]);
    }

    private static void Make(string name, byte[] bytes)
    {
        if (!File.Exists(Path.Combine(Folder(), name)))
        {
            File.WriteAllBytes(Path.Combine(Folder(), name), bytes);
        }
    }

    // A format's version stands in the upper half of what it begins with.
    private static string Versioned(string format, ulong magic) => $"{format}-{magic >> 32}.bin";

    private static string Folder([CallerFilePath] string caller = "") =>
        Path.Combine(Path.GetDirectoryName(caller)!, "..", "golden", "formats");
}
