using System;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Linq;
using System.Threading;

namespace Surety.Node.Telemetry;

/// <summary>What a node counts: one set of instruments, read by OTLP and by the Prometheus page alike.</summary>
public sealed class NodeMetrics : IDisposable
{
    /// <summary>The name of the meter and of the activity source.</summary>
    public const string Name = "Surety.Node";

    private static readonly long[] Bounds = [100, 250, 500, 1_000, 2_000, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 1_000_000];

    private readonly Meter _meter = new(Name);
    private readonly long[] _latency = new long[Bounds.Length + 1];
    private readonly Histogram<double> _latencySeconds;
    private readonly Counter<long> _requests;
    private long _latencySumUs;
    private long _latencyCount;

    /// <summary>Makes the instruments; everything counts from 0.</summary>
    public NodeMetrics()
    {
        _latencySeconds = _meter.CreateHistogram<double>("surety.command.latency", "s", "From being handed in to being released, durable.");
        _requests = _meter.CreateCounter<long>("surety.requests", "{request}", "Requests by method and outcome.");
    }

    /// <summary>Upper bounds of the latency histogram's buckets, microseconds; one more bucket is above them all.</summary>
    public static IReadOnlyList<long> LatencyBoundsUs => Bounds;

    /// <summary>Spans of slow things: recovery, snapshots, the archive.</summary>
    public static ActivitySource Activities { get; } = new(Name);

    /// <summary>Requests by method and error code, 0 for none.</summary>
    public ConcurrentDictionary<(string Method, int Code), long> Requests { get; } = new();

    /// <summary>Connections that were ended from here, by cause.</summary>
    public ConcurrentDictionary<string, long> Disconnections { get; } = new();

    /// <summary>WebSocket connections now.</summary>
    public int Connections => Volatile.Read(ref _connections);

    private int _connections;

    /// <summary>A number that is read when metrics are read.</summary>
    public void Observe(string name, string unit, string about, Func<double> value) =>
        _meter.CreateObservableGauge(name, value, unit, about);

    /// <summary>Counts a request.</summary>
    public void Count(string method, int code)
    {
        Requests.AddOrUpdate((method, code), 1, (_, n) => n + 1);
        _requests.Add(1, new("method", method), new("code", code));
    }

    /// <summary>Counts a disconnection.</summary>
    public void CountDisconnection(string cause) => Disconnections.AddOrUpdate(cause, 1, (_, n) => n + 1);

    /// <summary>A connection came (1) or went (−1).</summary>
    public int Connected(int change) => Interlocked.Add(ref _connections, change);

    /// <summary>Takes a command's latency down, stopwatch ticks. Called by the outbox's thread alone.</summary>
    public void Latency(long ticks)
    {
        long us = ticks * 1_000_000 / Stopwatch.Frequency;
        int bucket = 0;
        while (bucket < Bounds.Length && us > Bounds[bucket])
        {
            bucket++;
        }
        _latency[bucket]++;
        _latencySumUs += us;
        _latencyCount++;
        if (_latencySeconds.Enabled)
        {
            _latencySeconds.Record(us / 1e6);
        }
    }

    /// <summary>Commands in each bucket, their sum in microseconds, their count.</summary>
    public (long[] Buckets, long SumUs, long Count) LatencyNow() => (_latency, _latencySumUs, _latencyCount);

    /// <summary>The bound below which a part of all commands lay, milliseconds.</summary>
    public double LatencyQuantileMs(double part)
    {
        long wanted = (long)(_latencyCount * part);
        long seen = 0;
        for (int i = 0; i < _latency.Length; i++)
        {
            seen += _latency[i];
            if (seen > wanted)
            {
                return Bounds[Math.Min(i, Bounds.Length - 1)] / 1000.0;
            }
        }
        return 0;
    }

    /// <inheritdoc/>
    public void Dispose() => _meter.Dispose();
}
