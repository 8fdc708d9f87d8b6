using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Runtime.InteropServices;
using Surety.Core.Hashing;
using Surety.Engine;
using Surety.Engine.Blocks;
using Surety.Journal;
using Surety.Protocol;
using Surety.Protocol.Blocks;
using Surety.Replay.Venues;
using Surety.Replay.Verification;

namespace Surety.Bench;

/// <summary>One measured number with the conditions it holds under.</summary>
public sealed record Figure(string Metric, double Value, string Unit, IReadOnlyDictionary<string, object> Conditions);

/// <summary>
/// The engine's figures: matching and margin alone; with state root and header; with journal and fsync; verification. Each
/// the median of several runs on a fresh venue, after a run that is not counted.
/// </summary>
public sealed class EngineBenchmark(int commands, string journalDirectory, Action<Figure> report)
{
    private const int Runs = 5;
    private const int EventLogBytes = 1 << 18;
    private static readonly double NsPerTick = 1e9 / Stopwatch.Frequency;
    internal static readonly string Cpu = FindCpu();

    /// <summary>Machine and runtime.</summary>
    public string Conditions =>
        $"{Cpu}, {Environment.ProcessorCount} cores, {RuntimeInformation.FrameworkDescription}, sixteen-lane hashing "
        + $"{(Sha256Lanes.IsAccelerated ? "on" : "off")}; one thread executes, unsigned commands, blocks of 65,536.";

    /// <summary>Measures everything, reporting each figure as it is there.</summary>
    public void Run()
    {
        Measure("one", 1, 1_000);
        Measure("many", 100, 100_000);
    }

    private static string FindCpu()
    {
        const string Info = "/proc/cpuinfo";
        string? line = File.Exists(Info)
            ? File.ReadLines(Info).FirstOrDefault(l => l.StartsWith("model name", StringComparison.Ordinal))
            : null;
        return line?[(line.IndexOf(':', StringComparison.Ordinal) + 1)..].Trim() ?? RuntimeInformation.ProcessArchitecture.ToString();
    }

    private void Measure(string book, int markets, int accounts)
    {
        var workload = new EngineWorkload(markets, accounts, commands, seed: 1);
        var conditions = new Dictionary<string, object>
        {
            ["book"] = book,
            ["markets"] = markets,
            ["accounts"] = accounts,
            ["commands"] = commands,
            ["resting_orders"] = workload.RestingOrders,
            ["trade_share"] = Math.Round(workload.TradeShare, 4),
            ["cpu"] = Cpu,
            ["runtime"] = RuntimeInformation.FrameworkDescription,
            ["cores"] = Environment.ProcessorCount,
        };
        void Report(string metric, double value, string unit, params (string, object)[] more)
        {
            var all = new Dictionary<string, object>(conditions);
            foreach ((string name, object v) in more)
            {
                all[name] = v;
            }
            report(new Figure(metric, value, unit, all));
        }

        double allocated = 0;
        double matching = Median(() => Execute(workload, out allocated));
        Report("engine.match_margin.commands_per_second", matching, "commands/s");
        Report("engine.match_margin.bytes_allocated_per_command", allocated, "bytes");
        double roots = Median(() => ExecuteWithRoots(workload));
        Report("engine.roots.commands_per_second", roots, "commands/s", ("block_commands", workload.Genesis.BlockCommands));
        long batches = 0;
        double verify = 0;
        double whole = 0;
        double journal = Median(() => ExecuteWithJournal(workload, out batches, out whole, out verify), runs: 3);
        Report("engine.journal.commands_per_second", journal, "commands/s", ("fsyncs", batches));
        Report("engine.verify.commands_per_second", verify, "commands/s", ("signatures", "none in this stream"),
            ("setup_commands", workload.Setup.Count), ("same_journal_executed_per_second", Math.Round(whole)));

        foreach (double rate in new[] { 1e6, Math.Round(matching * 0.5 / 1e6) * 1e6 })
        {
            Latency(workload, "engine.match_margin.latency", rate, roots: false, journaled: false, Report);
            Latency(workload, "engine.roots.latency", Math.Min(rate, Math.Floor(roots * 0.7 / 1e5) * 1e5), roots: true, journaled: false,
                Report);
        }
        Latency(workload, "engine.journal.latency", Math.Min(1e6, Math.Floor(journal * 0.5 / 1e5) * 1e5), roots: true, journaled: true,
            Report);
    }

    private static double Median(Func<double> run, int runs = Runs)
    {
        run();
        var values = new double[runs];
        for (int i = 0; i < runs; i++)
        {
            GC.Collect();
            values[i] = run();
        }
        Array.Sort(values);
        return values[runs / 2];
    }

    private static SuretyEngine Prepared(EngineWorkload workload)
    {
        var engine = new SuretyEngine(workload.Genesis);
        for (int i = 0; i < workload.Setup.Count; i++)
        {
            engine.Apply(workload.Setup[i]);
            if (engine.Events.Log.Length > EventLogBytes)
            {
                engine.Events.Log.Clear();
            }
        }
        engine.Events.Log.Clear();
        return engine;
    }

    private static Ledger PreparedLedger(EngineWorkload workload)
    {
        var ledger = new Ledger(workload.Genesis);
        for (int i = 0; i < workload.Setup.Count; i++)
        {
            ledger.Apply(workload.Setup[i]);
        }
        ledger.SealNow();
        return ledger;
    }

    // A sequencer has a batch in hand, so it knows which commands come next: these loops hint what those will read. Where
    // commands come at their own times (the latency runs), nothing is known in advance and nothing is hinted.
    private static void Anticipate(SuretyEngine engine, int[] ends, byte[] buffer, int i, bool pays)
    {
        if (pays && i + 8 < ends.Length)
        {
            engine.Anticipate(buffer.AsSpan(ends[i + 7], ends[i + 8] - ends[i + 7]), close: false);
            engine.Anticipate(buffer.AsSpan(ends[i + 3], ends[i + 4] - ends[i + 3]), close: true);
        }
    }

    private static double Execute(EngineWorkload workload, out double allocated)
    {
        SuretyEngine engine = Prepared(workload);
        int[] ends = workload.Stream.Ends();
        byte[] buffer = workload.Stream.Buffer;
        bool pays = engine.AnticipationPays;
        long before = GC.GetAllocatedBytesForCurrentThread();
        long started = Stopwatch.GetTimestamp();
        int from = 0;
        for (int i = 0; i < ends.Length; i++)
        {
            Anticipate(engine, ends, buffer, i, pays);
            int end = ends[i];
            engine.Apply(buffer.AsSpan(from, end - from));
            from = end;
            if (engine.Events.Log.Length > EventLogBytes)
            {
                engine.Events.Log.Clear();
            }
        }
        double seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
        allocated = (GC.GetAllocatedBytesForCurrentThread() - before) / (double)ends.Length;
        return ends.Length / seconds;
    }

    private static double ExecuteWithRoots(EngineWorkload workload)
    {
        Ledger ledger = PreparedLedger(workload);
        bool pays = ledger.Engine.AnticipationPays;
        int[] ends = workload.Stream.Ends();
        byte[] buffer = workload.Stream.Buffer;
        long started = Stopwatch.GetTimestamp();
        int from = 0;
        for (int i = 0; i < ends.Length; i++)
        {
            Anticipate(ledger.Engine, ends, buffer, i, pays);
            ledger.Apply(buffer.AsSpan(from, ends[i] - from));
            from = ends[i];
        }
        ledger.SealNow();
        return ends.Length / Stopwatch.GetElapsedTime(started).TotalSeconds;
    }

    // The engine's thread appends; the journal's thread writes and fsyncs. Timed until the last command is durable.
    private double ExecuteWithJournal(EngineWorkload workload, out long batches, out double whole, out double verified)
    {
        Directory.CreateDirectory(journalDirectory);
        try
        {
            double rate;
            using (JournalDirectory directory = JournalDirectory.OpenToWrite(journalDirectory))
            using (var journal = new JournalWriter(directory))
            {
                Genesis genesis = workload.Genesis;
                journal.Append((uint)RecordKind.Genesis, GenesisRecord.Simulated(in genesis).ToBytes());
                var ledger = new Ledger(in genesis);
                long begun = Stopwatch.GetTimestamp();
                for (int i = 0; i < workload.Setup.Count; i++)
                {
                    AppendAndApply(ledger, journal, workload.Setup[i]);
                }
                journal.Flush();
                long batchesBefore = journal.Batches;
                double setupSeconds = Stopwatch.GetElapsedTime(begun).TotalSeconds;
                bool pays = ledger.Engine.AnticipationPays;
                int[] ends = workload.Stream.Ends();
                byte[] buffer = workload.Stream.Buffer;
                long started = Stopwatch.GetTimestamp();
                int from = 0;
                for (int i = 0; i < ends.Length; i++)
                {
                    Anticipate(ledger.Engine, ends, buffer, i, pays);
                    AppendAndApply(ledger, journal, buffer.AsSpan(from, ends[i] - from));
                    from = ends[i];
                    if ((i & 1023) == 0)
                    {
                        journal.Publish();
                    }
                }
                if (ledger.SealNow())
                {
                    journal.Append((uint)RecordKind.BlockHeader, ledger.Last.ToBytes());
                }
                journal.Flush();
                double seconds = Stopwatch.GetElapsedTime(started).TotalSeconds;
                rate = ends.Length / seconds;
                whole = (ends.Length + workload.Setup.Count) / (seconds + setupSeconds);
                batches = journal.Batches - batchesBefore;
            }
            VerificationResult result = new JournalVerification().Run(journalDirectory);
            verified = result.Holds ? result.Commands / result.Seconds : throw new InvalidOperationException(result.Problem);
            return rate;
        }
        finally
        {
            Directory.Delete(journalDirectory, recursive: true);
        }
    }

    private static void AppendAndApply(Ledger ledger, JournalWriter journal, ReadOnlySpan<byte> record)
    {
        if (ledger.Pending == 0)
        {
            Hash256 secret = RecordSalts.SimulatedSecret(ledger.Engine.State.GenesisHash, ledger.Last.Height + 1);
            journal.Append((uint)RecordKind.BlockSecret, MemoryMarshal.AsBytes([secret]));
        }
        journal.Append((uint)RecordKind.Command, record);
        if (ledger.Apply(record).Sealed)
        {
            BlockHeader header = ledger.Last;
            journal.Append((uint)RecordKind.BlockHeader, MemoryMarshal.AsBytes([header]));
            journal.Publish();
        }
    }

    // Each command has its time in advance; latency counts from there, so a stall is charged to everything it delays.
    private void Latency(EngineWorkload workload, string metric, double rate, bool roots, bool journaled,
        Action<string, double, string, (string, object)[]> reportFigure)
    {
        var histogram = new LatencyHistogram();
        Ledger ledger = PreparedLedger(workload);
        SuretyEngine engine = ledger.Engine;
        JournalDirectory? directory = journaled ? JournalDirectory.OpenToWrite(Directory.CreateDirectory(journalDirectory).FullName) : null;
        JournalWriter? journal = directory is null ? null : new JournalWriter(directory);
        try
        {
            int[] ends = workload.Stream.Ends();
            byte[] buffer = workload.Stream.Buffer;
            double ticksPerCommand = Stopwatch.Frequency / rate;
            int told = 0;
            int from = 0;
            long started = Stopwatch.GetTimestamp() + (Stopwatch.Frequency / 1000);
            for (int i = 0; i < ends.Length; i++)
            {
                long due = started + (long)(i * ticksPerCommand);
                while (Stopwatch.GetTimestamp() < due)
                {
                    if (journal is not null)
                    {
                        Tell(journal, histogram, started, ticksPerCommand, ref told);
                        journal.Publish();
                    }
                }
                ReadOnlySpan<byte> record = buffer.AsSpan(from, ends[i] - from);
                from = ends[i];
                if (journal is not null)
                {
                    journal.Append((uint)RecordKind.Command, record);
                    ledger.Apply(record);
                    if ((i & 255) == 0)
                    {
                        Tell(journal, histogram, started, ticksPerCommand, ref told);
                        journal.Publish();
                    }
                    continue;
                }
                if (roots)
                {
                    ledger.Apply(record);
                }
                else
                {
                    engine.Apply(record);
                    if (engine.Events.Log.Length > EventLogBytes)
                    {
                        engine.Events.Log.Clear();
                    }
                }
                histogram.Add((long)((Stopwatch.GetTimestamp() - due) * NsPerTick));
            }
            if (journal is not null)
            {
                journal.Flush();
                Tell(journal, histogram, started, ticksPerCommand, ref told);
            }
        }
        finally
        {
            journal?.Dispose();
            directory?.Dispose();
            if (journaled)
            {
                Directory.Delete(journalDirectory, recursive: true);
            }
        }
        foreach ((string name, long ns) in new[]
        {
            ("p50_ns", histogram.Quantile(0.5)), ("p99_ns", histogram.Quantile(0.99)), ("p999_ns", histogram.Quantile(0.999)),
            ("p9999_ns", histogram.Quantile(0.9999)), ("max_ns", histogram.MaxNs),
        })
        {
            reportFigure($"{metric}.{name}", ns, "ns", [("rate_per_second", rate)]);
        }
    }

    // Everything that became durable since the last call is told now.
    private static void Tell(JournalWriter journal, LatencyHistogram histogram, long started, double ticksPerCommand, ref int told)
    {
        int durable = (int)journal.DurableCount;
        if (told < durable)
        {
            long now = Stopwatch.GetTimestamp();
            for (; told < durable; told++)
            {
                histogram.Add((long)((now - started - (long)(told * ticksPerCommand)) * NsPerTick));
            }
        }
    }
}
