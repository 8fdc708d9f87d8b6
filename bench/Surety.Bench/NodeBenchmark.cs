using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using System.Threading;
using System.Threading.Tasks;

namespace Surety.Bench;

/// <summary>
/// A whole node over loopback: orders a second with signatures checked and answers after fsync; round trips at half that load with 1,
/// 100 and 5,000 connections that listen to the busy book; cold start; recovery from a snapshot and a million commands. The node and
/// its clients share the machine.
/// </summary>
public sealed class NodeBenchmark(string program, string directory, double seconds, int recoveryCommands, int[] listeners,
    Action<Figure> report, Action<string> progress)
{
    private const int Senders = 8;
    private const int Window = 6;
    private const double AimedRate = 50_000;

    private const string Settings = """
        {
          "limits": { "unitsPerSecond": 100000000, "unitsBurst": 1000000000, "connections": 20000, "connectionsPerAddress": 20000,
          "channelsPerAddress": 1000000, "refusedPerSecond": 1000000, "ordersPerTrade": 1000000000 },
          "snapshots": { "commands": 1000000000, "minutes": 100000 },
          "sandbox": { "open": true, "deposit": 50000000 },
          "feed": { "speed": 1 },
          "withdrawals": { "addressDelaySeconds": 10 }
        }
        """;

    private readonly Dictionary<string, object> _conditions = new()
    {
        ["cpu"] = EngineBenchmark.Cpu,
        ["cores"] = Environment.ProcessorCount,
        ["runtime"] = Environment.Version.ToString(),
    };

    /// <summary>Runs everything.</summary>
    public async Task RunAsync()
    {
        Directory.CreateDirectory(directory);
        string settings = Path.Combine(directory, "bench.json");
        await File.WriteAllTextAsync(settings, Settings);
        try
        {
            string data = Path.Combine(directory, "venue");
            using (NodeUnderTest node = await NodeUnderTest.StartAsync(program, data, settings))
            {
                Report("node.cold_start_s", node.StartSeconds, "s", ("venue", "new, 70-odd markets"));
                await Task.Delay(2_000);
                await Throughput(node);
                node.Stop();
            }
            await Recovery(settings);
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    private async Task Throughput(NodeUnderTest node)
    {
        JsonElement ticker = await node.CallAsync("public/ticker", new { instrument_name = "BTC_USDC-PERPETUAL" });
        OrderSender.MarkTicks = (long)(ticker.GetProperty("mark_price").GetDouble() * 2);
        double best = 0;
        foreach (int batch in (int[])[1, 16, 64])
        {
            progress($"as fast as it goes, {batch} command{(batch == 1 ? "" : "s")} under a signature ...");
            (double rate, double refused, _, double serverShare) = await Run(node, batch, 0, 0);
            Report("node.acknowledged_orders_per_second", rate, "1/s", ("batch", batch), ("connections", Senders),
                ("refused", Math.Round(refused, 4)), ("server_share_of_cpu", Math.Round(serverShare, 2)));
            best = batch == 16 ? rate : best;
        }
        // Half of the aim of 50,000 with every number of listeners, then half of what was reached.
        foreach ((int connections, double load) in listeners.Select(l => (l, Math.Min(AimedRate, best) / 2))
            .Append((listeners.FirstOrDefault(), best / 2)))
        {
            progress($"{load:N0} orders a second, {connections} connections that listen ...");
            (double rate, _, List<double> latencies, double share) = await Run(node, 16, load, connections);
            latencies.Sort();
            foreach ((string name, double part) in ((string, double)[])[("p50_ms", 0.5), ("p99_ms", 0.99), ("p999_ms", 0.999)])
            {
                Report("node.order_latency." + name,
                    latencies.Count == 0 ? 0 : latencies[Math.Min((int)(latencies.Count * part), latencies.Count - 1)], "ms",
                    ("connections", connections), ("orders_per_second", Math.Round(rate)), ("server_share_of_cpu", Math.Round(share, 2)));
            }
        }
    }

    private async Task<(double Rate, double Refused, List<double> Latencies, double ServerShare)> Run(NodeUnderTest node, int batch,
        double rate, int listening)
    {
        using var stop = new CancellationTokenSource();
        var senders = new List<OrderSender>();
        for (int i = 0; i < Senders; i++)
        {
            senders.Add(await OrderSender.ConnectAsync(node, 0, rate > 0 ? 64 : Window));
        }
        var ears = new List<ClientWebSocket>();
        for (int i = 0; i < listening; i++)
        {
            ears.Add(await Listen(node, stop.Token));
        }
        Task[] running = [.. senders.Select(s => s.RunAsync(batch, rate / batch / Senders, stop.Token))];
        await Task.Delay(TimeSpan.FromSeconds(Math.Min(seconds / 3, 3)));
        (long Acknowledged, long Refused) before = Sum(senders);
        int skip = senders[0].Latencies.Count;
        double cpu = node.ProcessorSeconds;
        long started = Stopwatch.GetTimestamp();
        await Task.Delay(TimeSpan.FromSeconds(seconds));
        (long Acknowledged, long Refused) after = Sum(senders);
        double took = Stopwatch.GetElapsedTime(started).TotalSeconds;
        double share = (node.ProcessorSeconds - cpu) / took / Environment.ProcessorCount;
        await stop.CancelAsync();
        await Task.WhenAll(running);
        foreach (OrderSender sender in senders)
        {
            await sender.DrainAsync();
        }
        if (senders.FirstOrDefault(s => s.Error is not null) is { } failed)
        {
            throw new InvalidOperationException("the node answered: " + failed.Error);
        }
        List<double> latencies = [.. senders.SelectMany(s => s.Latencies.Skip(skip)).Select(t => t * 1000.0 / Stopwatch.Frequency)];
        senders.ForEach(s => s.Dispose());
        ears.ForEach(e => e.Dispose());
        await Task.Delay(500);
        return ((after.Acknowledged - before.Acknowledged) / took,
            (after.Refused - before.Refused) / (double)Math.Max(after.Acknowledged - before.Acknowledged, 1), latencies, share);
    }

    private static (long, long) Sum(List<OrderSender> senders) =>
        (senders.Sum(s => s.Counts.Acknowledged), senders.Sum(s => s.Counts.Refused));

    private static async Task<ClientWebSocket> Listen(NodeUnderTest node, CancellationToken stop)
    {
        var socket = new ClientWebSocket();
        await socket.ConnectAsync(new Uri(node.Url.Replace("http", "ws", StringComparison.Ordinal) + "/ws/api/v2"), stop);
        const string Channels = """{"channels":["book.BTC_USDC-PERPETUAL.100ms"]}""";
        byte[] request = Encoding.ASCII.GetBytes($$"""{"jsonrpc":"2.0","id":1,"method":"public/subscribe","params":{{Channels}}}""");
        await socket.SendAsync(request, WebSocketMessageType.Text, true, stop);
        _ = Task.Run(
            async () =>
            {
                var buffer = new byte[32_768];
                try
                {
                    while (true)
                    {
                        await socket.ReceiveAsync(buffer.AsMemory(), stop);
                    }
                }
                catch (Exception e) when (e is WebSocketException or OperationCanceledException or ObjectDisposedException)
                {
                    // Enough.
                }
            },
            CancellationToken.None);
        return socket;
    }

    // A snapshot, then so many commands, then kill -9: what a start then takes.
    private async Task Recovery(string settings)
    {
        string data = Path.Combine(directory, "recovery");
        progress($"{recoveryCommands:N0} commands behind a snapshot, then kill -9 ...");
        using (NodeUnderTest node = await NodeUnderTest.StartAsync(program, data, settings))
        {
            await Task.Delay(1_500);
            string[] login = await File.ReadAllLinesAsync(Path.Combine(data, "identity", "operator-login.txt"));
            string basic = "Basic " + Convert.ToBase64String(Encoding.UTF8.GetBytes($"{login[0][4..]}:{login[1][8..]}"));
            await node.CallAsync("surety/operator_snapshot", new { }, basic);
            JsonElement ticker = await node.CallAsync("public/ticker", new { instrument_name = "BTC_USDC-PERPETUAL" });
            OrderSender.MarkTicks = (long)(ticker.GetProperty("mark_price").GetDouble() * 2);
            var senders = new List<OrderSender>();
            for (int i = 0; i < Senders; i++)
            {
                senders.Add(await OrderSender.ConnectAsync(node, 0, Window));
            }
            using var stop = new CancellationTokenSource();
            Task[] running = [.. senders.Select(s => s.RunAsync(64, 0, stop.Token))];
            while (Sum(senders).Item1 < recoveryCommands && senders.All(s => s.Error is null))
            {
                await Task.Delay(20);
            }
            node.Kill();
            await stop.CancelAsync();
            await Task.WhenAll(running);
            senders.ForEach(s => s.Dispose());
        }
        using NodeUnderTest again = await NodeUnderTest.StartAsync(program, data, settings);
        string page = await new System.Net.Http.HttpClient().GetStringAsync(new Uri(again.Url + "/metrics"));
        double own = Value(page, "surety_recovery_seconds");
        Report("node.recovery_s", again.StartSeconds, "s", ("commands", Value(page, "surety_recovered_commands")),
            ("of_it_snapshot_and_journal_s", Math.Round(own, 3)));
    }

    private static double Value(string page, string name) =>
        double.Parse(page.Split('\n').First(l => l.StartsWith(name + " ", StringComparison.Ordinal)).Split(' ')[1],
            System.Globalization.CultureInfo.InvariantCulture);

    private void Report(string metric, double value, string unit, params (string Name, object Value)[] conditions)
    {
        var all = new Dictionary<string, object>(_conditions);
        foreach ((string name, object condition) in conditions)
        {
            all[name] = condition;
        }
        report(new Figure(metric, value, unit, all));
    }
}
