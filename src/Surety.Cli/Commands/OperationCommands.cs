using System;
using System.Collections.Generic;
using System.CommandLine;
using System.Formats.Tar;
using System.Globalization;
using System.IO;
using System.IO.Compression;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using CsvHelper;
using Npgsql;
using Surety.Core.Hashing;
using Surety.Engine.Blocks;
using Surety.Gateway.Api;
using Surety.Journal;
using Surety.Node.Archive;
using Surety.Node.Instruments;
using Surety.Node.Settings;
using Surety.Replay.Venues;
using Surety.Replay.Verification;

namespace Surety.Cli.Commands;

/// <summary><c>surety backup</c>, <c>restore</c>, <c>export</c>, <c>archive</c>, <c>settings-schema</c></summary>
internal static class OperationCommands
{
    private static readonly string[] Exports = ["trades", "positions", "funding", "blocks", "movements", "events"];

    public static IEnumerable<Command> Create()
    {
        var directory = new Argument<string>("DIR") { Description = "The venue's directory" };
        var file = new Argument<string>("FILE") { Description = "The backup, a .tar.gz" };
        var keys =
            new Option<bool>("--with-keys")
            {
                Description =
                "With the folder identity: API keys, passkeys, and private keys where the node holds "
                + "them, sealed if the folder is. Guard such a backup like the node"
            };
        var backup =
            new Command("backup", "Save a venue, running or not: journal and snapshots up to what is durable") { directory, file, keys };
        backup.SetAction(parsed => Backup(parsed.GetValue(directory)!, parsed.GetValue(file)!, parsed.GetValue(keys)));
        yield return backup;

        var restore = new Command("restore", "Bring a venue back from a backup into an empty directory, and verify it") { file, directory };
        restore.SetAction(parsed => Restore(parsed.GetValue(file)!, parsed.GetValue(directory)!));
        yield return restore;

        var what = new Argument<string>("WHAT") { Description = string.Join(", ", Exports) };
        var output = new Option<string?>("--out") { Description = "A file instead of the terminal" };
        var export =
            new Command("export",
                "Write trades, positions, funding, blocks, movements or events as CSV, by executing the journal again") { directory, what,
                output };
        export.SetAction(parsed => Export(parsed.GetValue(directory)!, parsed.GetValue(what)!, parsed.GetValue(output)));
        yield return export;

        var postgres =
            new Option<string>("--postgres") { Description = "An Npgsql connection string, or file:PATH of one", Required = true };
        var rebuild = new Option<bool>("--rebuild") { Description = "Drop the archive first" };
        var archive =
            new Command("archive", "Bring the archive in PostgreSQL up to date from a journal, once") { directory, postgres, rebuild };
        archive.SetAction((parsed, cancellation) =>
            Archive(parsed.GetValue(directory)!, parsed.GetValue(postgres)!, parsed.GetValue(rebuild), cancellation));
        yield return archive;

        var schema = new Command("settings-schema", "Print the JSON Schema of the settings file");
        schema.SetAction(_ => Console.Write(SettingsFile.Schema()));
        yield return schema;
    }

    private static int Backup(string directory, string file, bool withKeys)
    {
        if (!JournalDirectory.Exists(directory))
        {
            throw new JournalUnavailableException($"{directory}: there is no journal here.");
        }
        if (File.Exists(file))
        {
            throw new UsageException($"{file}: exists already. Name another file");
        }
        string temporary = file + ".new";
        long bytes = 0;
        using (var stream = PrivateFiles.Open(temporary, FileMode.CreateNew, FileAccess.Write, FileShare.None))
        using (var gzip = new GZipStream(stream, CompressionLevel.Fastest))
        using (var tar = new TarWriter(gzip, TarEntryFormat.Pax))
        {
            // The mark first: everything that it speaks of is on disk by then, and what comes later is a tail that a restore may cut.
            IEnumerable<string> journal =
                Directory.GetFiles(Path.Combine(directory, "journal")).OrderBy(f => Path.GetFileName(f) != "durable")
                    .ThenBy(f => f, StringComparer.Ordinal);
            // Log-ins before it: what they refer to is in the journal by then, and a folder that is later than its journal does not start.
            foreach (string path in FilesOf(withKeys ? "identity" : "").Concat(journal).Concat(FilesOf("snapshots")))
            {
                byte[] content = ReadShared(path);
                bytes += content.Length;
                var entry =
                    new PaxTarEntry(TarEntryType.RegularFile,
                        Path.GetRelativePath(directory, path).Replace('\\', '/'))
                    {
                        DataStream =
                        new MemoryStream(content),
                        Mode = UnixFileMode.UserRead | UnixFileMode.UserWrite
                    };
                tar.WriteEntry(entry);
            }
        }
        IEnumerable<string> FilesOf(string folder) => folder.Length == 0 || !Directory.Exists(Path.Combine(directory, folder))
            ? [] : Directory.GetFiles(Path.Combine(directory, folder)).Where(f => !f.EndsWith(".new", StringComparison.Ordinal));
        File.Move(temporary, file);
        Console.WriteLine(
            $"{file}: {bytes:N0} bytes of {directory}{(withKeys ? ", with keys" : "")}. "
            + $"Bring it back with ./surety restore {file} EMPTY_DIR");
        return 0;
    }

    private static byte[] ReadShared(string path)
    {
        using var stream = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        using var memory = new MemoryStream();
        stream.CopyTo(memory);
        return memory.ToArray();
    }

    private static int Restore(string file, string directory)
    {
        if (!File.Exists(file))
        {
            throw new UsageException($"{file}: there is no such file");
        }
        if (Directory.Exists(directory) && Directory.EnumerateFileSystemEntries(directory).Any())
        {
            throw new UsageException($"{directory}: not empty. Name an empty directory");
        }
        if (!Directory.Exists(directory))
        {
            PrivateFiles.CreateDirectory(directory);
        }
        try
        {
            using var gzip = new GZipStream(File.OpenRead(file), CompressionMode.Decompress);
            using var tar = new TarReader(gzip);
            while (tar.GetNextEntry() is { } entry)
            {
                string path = Path.GetFullPath(Path.Combine(directory, entry.Name));
                if (!path.StartsWith(Path.GetFullPath(directory) + Path.DirectorySeparatorChar, StringComparison.Ordinal)
                    || entry.EntryType != TarEntryType.RegularFile)
                {
                    throw new UsageException($"{file}: an entry leads out of the directory: {entry.Name}. This is not a backup");
                }
                PrivateFiles.CreateDirectory(Path.GetDirectoryName(path)!);
                entry.ExtractToFile(path, overwrite: false);
                PrivateFiles.Restrict(path);
            }
        }
        catch (InvalidDataException e)
        {
            throw new UsageException($"{file}: not a backup, or damaged: {e.Message}", e);
        }
        using (Venue.Open(directory))
        {
            // Opening cuts off a tail that the backup caught half written.
        }
        VerificationResult result = new JournalVerification { AuditBlocks = false }.Run(directory);
        Console.WriteLine(result.Holds
            ? $"{directory}: {result.Commands:N0} commands, {result.Blocks:N0} blocks, verified; state root {result.StateRoot}."
            : $"{directory}: restored, but not verified: {result.Problem}");
        return result.Holds ? 0 : 1;
    }

    private static int Export(string directory, string what, string? output)
    {
        if (!Exports.Contains(what))
        {
            throw new UsageException($"WHAT: expected one of {string.Join(", ", Exports)}, found '{what}'");
        }
        using TextWriter writer = output is null ? Console.Out : new StreamWriter(output);
        using var csv = new CsvWriter(writer, CultureInfo.InvariantCulture);
        csv.Context.TypeConverterOptionsCache.GetOptions<DateTime>().Formats = ["yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'"];
        if (what == "positions")
        {
            Positions(directory, csv);
            return 0;
        }
        bool first = true;
        var funding = new SortedDictionary<(string, DateTime), ArchivedFunding>();
        foreach (ArchiveBatch batch in JournalReplay.Batches(directory, after: 0))
        {
            switch (what)
            {
                case "trades":
                    Write(csv, batch.Trades, ref first);
                    break;
                case "movements":
                    Write(csv, batch.Movements, ref first);
                    break;
                case "events":
                    Write(csv, batch.Events, ref first);
                    break;
                case "blocks":
                    Write(csv,
                        batch.Blocks.Select(b =>
                        new
                        {
                            b.Height,
                            b.Time,
                            b.FirstSequence,
                            b.Commands,
                            Hash = Convert.ToHexStringLower(b.Hash),
                            StateRoot = Convert.ToHexStringLower(b.StateRoot)
                        }), ref first);
                    break;
                default:
                    foreach ((string, DateTime) key in batch.Funding.Keys)
                    {
                        funding[key] = batch.Funding[key];
                    }
                    break;
            }
        }
        if (what == "funding")
        {
            Write(csv, funding.Values, ref first);
        }
        return 0;
    }

    private static void Write<T>(CsvWriter csv, IEnumerable<T> rows, ref bool first)
    {
        if (first)
        {
            csv.WriteHeader<T>();
            csv.NextRecord();
            first = false;
        }
        foreach (T row in rows)
        {
            csv.WriteRecord(row);
            csv.NextRecord();
        }
        csv.Flush();
    }

    // As they are at the journal's end.
    private static void Positions(string directory, CsvWriter csv)
    {
        using JournalDirectory opened = JournalDirectory.OpenToRead(directory);
        (Ledger ledger, JournalWalk walk) = Recovery.Restore(opened);
        walk.Dispose();
        var list = new InstrumentCatalog(ledger.Engine.State).Current;
        bool first = true;
        for (uint account = 0; account < (uint)ledger.Engine.State.Counts.Accounts; account++)
        {
            uint owner = account;
            Write(
                csv,
                AccountView.Of(ledger.Engine, account).Positions.Select(p => (Position: p, Instrument: list.All[p.Market])).Select(x => new
                {
                    Account = owner,
                    Market = x.Instrument.Name,
                    Amount = DecimalText.ToText(x.Instrument.Amount(x.Position.Lots), Instrument.AmountDecimals),
                    EntryCost = DecimalText.ToText(x.Position.EntryCostAtoms, x.Instrument.MoneyDecimals),
                    Mark = DecimalText.ToText(x.Instrument.Price(x.Position.MarkTicks), x.Instrument.PriceDecimals),
                    Unrealised = DecimalText.ToText(x.Position.UnrealisedAtoms, x.Instrument.MoneyDecimals),
                    Maintenance = DecimalText.ToText(x.Position.MaintenanceAtoms, x.Instrument.MoneyDecimals),
                    Isolated = x.Position.IsIsolated,
                }),
                ref first);
        }
    }

    private static async Task<int> Archive(string directory, string postgres, bool rebuild, CancellationToken cancellation)
    {
        string connection = postgres.StartsWith("file:", StringComparison.Ordinal)
            ? (await File.ReadAllTextAsync(postgres[5..], cancellation)).Trim()
            : postgres;
        try
        {
            Hash256 venue;
            using (var walk = new JournalWalk(directory))
            {
                venue = walk.ReadGenesis().Venue;
            }
            await using var database = new ArchiveDatabase(connection);
            if (rebuild)
            {
                await database.DropAsync(cancellation);
            }
            await database.PrepareAsync(cancellation);
            ulong position = await database.PositionAsync(venue, cancellation);
            ulong from = position;
            foreach (ArchiveBatch batch in JournalReplay.Batches(directory, position))
            {
                if (!await database.WriteAsync(venue, position, batch, cancellation))
                {
                    throw new UsageException("another program writes to this archive; let the node do it, or stop it first");
                }
                position = batch.IsEmpty ? position : batch.Last;
            }
            Console.WriteLine($"The archive has everything up to command {position:N0}, {position - from:N0} of them new.");
            return 0;
        }
        catch (NpgsqlException e)
        {
            Console.Error.WriteLine($"surety: PostgreSQL: {e.Message}");
            return 1;
        }
    }
}
