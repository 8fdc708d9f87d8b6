using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Npgsql;
using Surety.Bench;
using Surety.Journal;
using Surety.Protocol;
using Surety.Protocol.Commands;
using Surety.Replay.Venues;
using Surety.Replay.Verification;

namespace Surety.Cli.Tests;

/// <summary>A node in a process of its own that is killed, starved of disk, and loses its PostgreSQL.</summary>
public sealed class CrashTests : IDisposable
{
    private static readonly string Program = typeof(Commands.NodeCommand).Assembly.Location;
    private readonly string _directory = Path.Combine(Path.GetTempPath(), "surety-crash-" + Guid.NewGuid().ToString("N"));

    public CrashTests() => Directory.CreateDirectory(_directory);

    public void Dispose()
    {
        Run("umount", Path.Combine(_directory, "small"), quiet: true);
        Directory.Delete(_directory, recursive: true);
    }

    [Fact]
    public async Task Kill_9_under_load_again_and_again_loses_nothing_acknowledged_and_invents_nothing()
    {
        string settings = Settings("");
        string data = Path.Combine(_directory, "venue");
        var acknowledged = new List<ulong>();
        for (int round = 0; round < 4; round++)
        {
            using NodeUnderTest node = await NodeUnderTest.StartAsync(Program, data, settings);
            OrderSender.MarkTicks =
                (long)((await node.CallAsync("public/ticker", new { instrument_name = "BTC_USDC-PERPETUAL" })).GetProperty("mark_price")
                    .GetDouble() * 2);
            ulong stands = (await node.CallAsync("surety/venue", new { })).GetProperty("sequence").GetUInt64();
            Assert.True(acknowledged.Count == 0 || stands >= acknowledged.Max(),
                $"command {acknowledged.DefaultIfEmpty().Max()} was acknowledged, the venue stands at {stands}");
            var senders = new List<OrderSender>();
            for (int i = 0; i < 3; i++)
            {
                senders.Add(await OrderSender.ConnectAsync(node, 0, 6, keepSequences: true));
            }
            using var stop = new CancellationTokenSource();
            Task[] running = [.. senders.Select(s => s.RunAsync(16, 0, stop.Token))];
            await Task.Delay(700 + (round * 350));
            node.Kill();
            await stop.CancelAsync();
            await Task.WhenAll(running);
            await Task.Delay(100);
            foreach (OrderSender sender in senders)
            {
                acknowledged.AddRange(sender.Sequences!);
                sender.Dispose();
            }
        }
        Assert.True(acknowledged.Count > 1_000, $"only {acknowledged.Count} commands were acknowledged");
        Assert.Equal(acknowledged.Count, acknowledged.Distinct().Count());
        using (Venue.Open(data))
        {
            // What the last kill cut in two is cut off.
        }
        HashSet<ulong> inJournal = Sequences(data);
        Assert.DoesNotContain(acknowledged, s => !inJournal.Contains(s));
        VerificationResult result = new JournalVerification { AuditBlocks = true }.Run(data);
        Assert.True(result.Holds, result.Problem);
    }

    [Fact]
    public async Task A_full_disk_stops_orders_with_a_clear_error_and_the_venue_goes_on_when_there_is_room()
    {
        string small = Path.Combine(_directory, "small");
        Directory.CreateDirectory(small);
        Assert.SkipUnless(Run("mount", "-t tmpfs -o size=24m tmpfs " + small, quiet: true) == 0,
            "a small file system cannot be mounted here");
        string data = Path.Combine(small, "venue");
        using NodeUnderTest node = await NodeUnderTest.StartAsync(Program, data, Settings(""));
        OrderSender.MarkTicks =
            (long)((await node.CallAsync("public/ticker", new { instrument_name = "BTC_USDC-PERPETUAL" })).GetProperty("mark_price")
                .GetDouble() * 2);
        using OrderSender sender = await OrderSender.ConnectAsync(node, 0, 6, keepSequences: true);
        string filler = Path.Combine(small, "filler");
        await File.WriteAllBytesAsync(filler, new byte[4 << 20]);
        using var stop = new CancellationTokenSource();
        Task running = sender.RunAsync(64, 0, stop.Token);
        for (int i = 0; i < 600 && sender.Error is null; i++)
        {
            await Task.Delay(50);
        }
        await stop.CancelAsync();
        await running;
        Assert.NotNull(sender.Error);
        Assert.Contains("journal could not be written", sender.Error, StringComparison.Ordinal);
        File.Delete(filler);
        bool ready = false;
        for (int i = 0; i < 200 && !ready; i++)
        {
            await Task.Delay(100);
            try
            {
                ulong stands = (await node.CallAsync("surety/venue", new { })).GetProperty("sequence").GetUInt64();
                await node.CallAsync("public/ticker", new { instrument_name = "BTC_USDC-PERPETUAL" });
                Assert.True(stands >= sender.Sequences!.DefaultIfEmpty().Max());
                ready = true;
            }
            catch (InvalidOperationException)
            {
                // Not yet.
            }
        }
        Assert.True(ready, "the venue did not come back");
        node.Stop();
        HashSet<ulong> inJournal = Sequences(data);
        Assert.DoesNotContain(sender.Sequences!, s => !inJournal.Contains(s));
        VerificationResult result = new JournalVerification().Run(data);
        Assert.True(result.Holds, result.Problem);
    }

    [Fact]
    public async Task The_archive_has_every_trade_once_whatever_happens_to_postgres_and_the_node()
    {
        using PostgresCluster? postgres = PostgresCluster.TryStart(Path.Combine(_directory, "postgres"));
        Assert.SkipWhen(postgres is null, "PostgreSQL is not here");
        string data = Path.Combine(_directory, "venue");
        string settings = Settings($", \"archive\": {{ \"postgres\": \"{postgres!.Connection}\" }}");
        for (int round = 0; round < 2; round++)
        {
            using NodeUnderTest node = await NodeUnderTest.StartAsync(Program, data, settings);
            await Task.Delay(2_000);
            postgres.Stop();
            await Task.Delay(2_500);
            Assert.True((await node.CallAsync("surety/venue", new { })).GetProperty("sequence").GetUInt64() > 0);
            postgres.Start();
            await Task.Delay(4_000);
            node.Kill();
        }
        using (NodeUnderTest node = await NodeUnderTest.StartAsync(Program, data, settings))
        {
            await Task.Delay(3_000);
            node.Stop();
        }
        Assert.Equal(0,
            Run("dotnet", $"{Program} archive {data} --postgres {postgres.Connection.Replace(" ", "", StringComparison.Ordinal)}"));
        string before = await postgres.Fingerprint();
        Assert.Equal(0, Run("dotnet", $"{Program} archive {data} --postgres {postgres.Connection} --rebuild"));
        Assert.Equal(before, await postgres.Fingerprint());
        Assert.True(await postgres.Scalar("select count(*) from trades") > 10);
        Assert.Equal(await postgres.Scalar("select count(*) from trades"), await postgres.Scalar("select max(trade_id) from trades"));
        Assert.Equal(await postgres.Scalar("select count(*) from blocks"), await postgres.Scalar("select max(height) from blocks"));
        Assert.Equal(2 * await postgres.Scalar("select count(*) from trades"), await postgres.Scalar("select count(*) from fills"));

        // Another venue does not write among this one's trades: it is told whose archive this is, and which venue it is.
        string other = Path.Combine(_directory, "other");
        Serving.DefaultVenue.CreateIfEmpty(other, "other");
        using Process process = Process.Start(
            new ProcessStartInfo("dotnet",
                [Program, "archive", other, "--postgres", postgres.Connection])
            {
                RedirectStandardError = true,
                RedirectStandardOutput = true
            })!;
        string error = await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.Equal(1, process.ExitCode);
        foreach (string directory in (string[])[data, other])
        {
            using JournalDirectory opened = JournalDirectory.OpenToRead(directory);
            using var walk = new JournalWalk(opened);
            GenesisRecord genesisRecord = walk.ReadGenesis();
            Assert.Contains(genesisRecord.Venue.ToString(), error, StringComparison.Ordinal);
        }
        Assert.Equal(before, await postgres.Fingerprint());
    }

    [Fact]
    public async Task A_backup_of_a_running_venue_restores_and_verifies()
    {
        string data = Path.Combine(_directory, "venue");
        string file = Path.Combine(_directory, "backup.tar.gz");
        using (NodeUnderTest node = await NodeUnderTest.StartAsync(Program, data, Settings("")))
        {
            await Task.Delay(1_500);
            Assert.Equal(0, Run("dotnet", $"{Program} backup {data} {file}"));
            node.Stop();
        }
        Assert.Equal(0, Run("dotnet", $"{Program} restore {file} {Path.Combine(_directory, "restored")}"));
        Assert.False(Directory.Exists(Path.Combine(_directory, "restored", "identity")));
        Assert.Equal(2, Run("dotnet", $"{Program} restore {file} {data}", quiet: true));
    }

    private string Settings(string more)
    {
        string path = Path.Combine(_directory, Guid.NewGuid().ToString("N") + ".json");
        File.WriteAllText(path,
            "{ \"limits\": { \"unitsPerSecond\": 100000000, \"unitsBurst\": 1000000000, \"ordersPerTrade\": "
            + "1000000000 }, \"sandbox\": { \"deposit\": 10000000 }, \"feed\": { \"speed\": 1 }" + more + " }");
        return path;
    }

    private static HashSet<ulong> Sequences(string data)
    {
        using JournalDirectory directory = JournalDirectory.OpenToRead(data);
        using var reader = new JournalReader(directory);
        var found = new HashSet<ulong>();
        while (reader.MoveNext())
        {
            if (reader.Kind == (uint)RecordKind.Command)
            {
                found.Add(CommandCodec.View<CommandHeader>(reader.Payload).Sequence);
            }
        }
        return found;
    }

    private static int Run(string program, string arguments, bool quiet = false)
    {
        try
        {
            using Process process =
                Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
            Task<string> output = process.StandardOutput.ReadToEndAsync();
            Task<string> error = process.StandardError.ReadToEndAsync();
            process.WaitForExit();
            if (process.ExitCode != 0 && !quiet)
            {
                TestContext.Current.SendDiagnosticMessage("{0} {1}: {2}{3}", program, arguments, output.Result, error.Result);
            }
            return process.ExitCode;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return -1;
        }
    }

    /// <summary>A PostgreSQL of its own, as Debian installs it.</summary>
    private sealed class PostgresCluster : IDisposable
    {
        private readonly string _binaries;
        private readonly string _directory;
        private readonly int _port;
        private readonly bool _asRoot;

        private PostgresCluster(string binaries, string directory, int port, bool asRoot)
        {
            (_binaries, _directory, _port, _asRoot) = (binaries, directory, port, asRoot);
            Connection = $"Host=127.0.0.1;Port={port};Username=postgres;Database=postgres;Timeout=3";
        }

        public string Connection { get; }

        public static PostgresCluster? TryStart(string directory)
        {
            string? binaries = Directory.Exists("/usr/lib/postgresql")
                ? Directory.GetDirectories("/usr/lib/postgresql").OrderDescending().Select(d => Path.Combine(d, "bin"))
                    .FirstOrDefault(Directory.Exists)
                : null;
            if (binaries is null)
            {
                return null;
            }
            Directory.CreateDirectory(directory);
            bool asRoot = Environment.UserName == "root";
            var cluster = new PostgresCluster(binaries, directory, 20_000 + (Environment.ProcessId % 20_000), asRoot);
            if (asRoot)
            {
                CrashTests.Run("chmod", "755 " + Path.GetDirectoryName(directory));
                CrashTests.Run("chown", "postgres " + directory);
            }
            if (cluster.Do("initdb", $"-D {directory}/data -A trust -U postgres") != 0)
            {
                return null;
            }
            cluster.Start();
            return cluster;
        }

        public void Start() =>
            Do("pg_ctl",
                $"-D {_directory}/data -w -l {_directory}/log -o \"-p {_port} -k {_directory} -c listen_addresses=127.0.0.1\" start");

        public void Stop() => Do("pg_ctl", $"-D {_directory}/data -m fast -w stop");

        public async Task<long> Scalar(string query)
        {
            await using NpgsqlDataSource source = NpgsqlDataSource.Create(Connection);
            await using NpgsqlCommand command = source.CreateCommand(query);
            return Convert.ToInt64(await command.ExecuteScalarAsync(), System.Globalization.CultureInfo.InvariantCulture);
        }

        public async Task<string> Fingerprint()
        {
            await using NpgsqlDataSource source = NpgsqlDataSource.Create(Connection);
            await using NpgsqlCommand command = source.CreateCommand(
                "select (select md5(string_agg(t::text, '|' order by trade_id)) from trades t) || (select md5(string_agg(m::text, "
                    + "'|' order by sequence, ordinal)) from movements m) || coalesce((select md5(string_agg(e::text, "
                    + "'|' order by sequence, ordinal)) from events e), '') "
                + "|| (select md5(string_agg(b::text, '|' order by height)) from blocks b) || (select md5(string_agg(f::text, '|' "
                    + "order by market, hour)) from funding f) || (select string_agg(sequence::text, ',') from archive_position)");
            return (string)(await command.ExecuteScalarAsync())!;
        }

        public void Dispose() => Stop();

        private int Do(string program, string arguments)
        {
            // Its output is not captured: the server would keep the pipe open.
            string command =
                $"cd {_directory} && {_binaries}/{program} {arguments.Replace("\"", "\\\"", StringComparison.Ordinal)} "
                + $">/dev/null 2>&1 </dev/null";
            using Process process = _asRoot
                ? Process.Start("runuser", ["-u", "postgres", "--", "sh", "-c", command.Replace("\\\"", "\"", StringComparison.Ordinal)])
                : Process.Start("sh", ["-c", command.Replace("\\\"", "\"", StringComparison.Ordinal)]);
            process.WaitForExit();
            return process.ExitCode;
        }
    }
}
