using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Surety.Cli.Demo;
using Surety.Node;
using Surety.Node.Identity;
using Surety.Node.Sequencing;
using Surety.Node.Settings;
using Surety.Protocol.Commands;

namespace Surety.Cli.Serving;

/// <summary>
/// Three price sources that replay a crash at the present time, faster or slower than it was; at its end they go back the way they
/// came, so that no price ever leaps. Volatility follows how fast the price moves.
/// </summary>
internal sealed class ReplayFeed : IDisposable
{
    private const int VolatilityEvery = 10;
    private readonly VenueNode _node;
    private readonly FeedSettings _settings;
    private readonly long[][][] _minutes;
    private readonly DelegatedKey[] _sources;
    private readonly double[] _volatility = [0.8, 0.9];
    private readonly long[] _lastPrice;
    private double _minute;
    private ulong _reports;
    private long _ticks;

    public ReplayFeed(VenueNode node, FeedSettings settings)
    {
        _node = node;
        _settings = settings;
        _minute = settings.StartMinute;
        Demo.Replay replay = Demo.Replay.All.FirstOrDefault(r => r.Name == settings.Replay)
            ?? throw new SettingsException(
                $"feed.replay: expected one of {string.Join(", ", Demo.Replay.All.Select(r => r.Name))}, found '{settings.Replay}'");
        IReadOnlyList<PriceSeries> series = replay.FromWaypoints(seed: 1);
        _minutes =
            [.. DefaultVenue.Underlyings.Select(u =>
                series.Where(s => s.Index == u.Base + "_USD").Select(s => s.Minutes).Take(DefaultVenue.Sources).ToArray())];
        if (_minutes.Any(m => m.Length < DefaultVenue.Sources))
        {
            throw new SettingsException(
                $"feed.replay: {settings.Replay} has no prices for every underlying of the default venue; take 2020-03-12 or 2017-09-04");
        }
        _lastPrice = new long[_minutes.Length];
        _sources = [.. Enumerable.Range(1, DefaultVenue.Sources).Select(s => node.Signing.Hold(
            node.Vault.FindKey($"source-{s}")
                ?? throw new IdentityException(
                $"{node.Vault.PathOf($"source-{s}.pem")}: the key of a price source is not there; bring back "
                + $"the identity folder of this journal's backup, or set feed.source to signed"),
            $"source-{s}"))];
        // Numbers of reports rise over restarts, too.
        _reports = (ulong)(VenueClock.WallNs() / 1_000_000);
    }

    /// <summary>Reports once a second until it is stopped.</summary>
    public async Task RunAsync(CancellationToken stop)
    {
        try
        {
            using var timer = new PeriodicTimer(TimeSpan.FromSeconds(1));
            while (await timer.WaitForNextTickAsync(stop))
            {
                try
                {
                    await ReportAsync();
                }
                catch (Exception e) when (e is VenueStoppedException or QueueFullException)
                {
                    // The next second's report will do.
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The node stops.
        }
    }

    /// <summary>One round of reports.</summary>
    public async Task ReportAsync()
    {
        _minute += _settings.Speed / 60;
        _reports++;
        bool withVolatility = _ticks++ % VolatilityEvery == 0;
        var commands = new List<byte[]>();
        long now = Math.Max(_node.Venue.State.TimeNs, VenueClock.WallNs());
        for (int u = 0; u < _minutes.Length; u++)
        {
            for (int s = 0; s < _sources.Length; s++)
            {
                long price = PriceAt(_minutes[u][s], _minute);
                if (price > 0)
                {
                    commands.Add(Sign(s, DefaultVenue.IndexOf(u), price, price / 2_000, now));
                }
            }
            long middle = PriceAt(_minutes[u][0], _minute);
            double move = _lastPrice[u] == 0
                ? 0
                : Math.Abs(Math.Log(middle / (double)_lastPrice[u])) * Math.Sqrt(365 * 1440 / Math.Max(_settings.Speed / 60, 1e-9));
            _lastPrice[u] = middle;
            _volatility[u] = Math.Clamp((_volatility[u] * 0.98) + (0.02 * Math.Max(move, 0.6)), 0.5, 3.0);
            if (withVolatility)
            {
                for (int n = 0; n < DefaultVenue.SurfaceNodes; n++)
                {
                    // Wings above the middle, more below it, and calmer the longer the tenor.
                    double smile = (n % 3) switch { 0 => 1.12, 2 => 1.06, _ => 1.0 } * (n < 3 ? 1.0 : 0.92);
                    for (int s = 0; s < _sources.Length; s++)
                    {
                        commands.Add(Sign(s, (ushort)(DefaultVenue.IndexOf(u) + 1 + n), (long)(_volatility[u] * smile * 10_000), 10, now));
                    }
                }
            }
        }
        await _node.Commands.SubmitAsync([.. commands]);
    }

    public void Dispose()
    {
        foreach (DelegatedKey source in _sources)
        {
            source.Dispose();
        }
    }

    private byte[] Sign(int source, ushort index, long price, long confidence, long now) =>
        _node.Signing.Sign(_sources[source], 0, CommandKind.ReportPrice, new ReportPrice
        {
            Index = index,
            Price = price,
            Confidence = confidence,
            ObservedNs = now,
            ReportSequence = _reports,
        });

    // There and back again.
    private static long PriceAt(long[] minutes, double minute)
    {
        double lap = minute % (2 * (minutes.Length - 1));
        double at = lap < minutes.Length - 1 ? lap : (2 * (minutes.Length - 1)) - lap;
        int low = (int)at;
        long from = minutes[low];
        long to = minutes[Math.Min(low + 1, minutes.Length - 1)];
        return from == 0 || to == 0 ? from : from + (long)((to - from) * (at - low));
    }
}
