using System;
using System.Collections.Generic;
using Surety.Protocol.Commands;

namespace Surety.Cli.Demo;

/// <summary>Replays a crash through a venue, minute by minute: prices in, makers quote, traders act.</summary>
internal sealed class DemoRun
{
    private const long MinuteNs = 60_000_000_000;
    private readonly IReadOnlyList<PriceSeries> _series;
    private readonly Replay _replay;
    private readonly ulong[] _reports;

    public DemoRun(string directory, Replay replay, IReadOnlyList<PriceSeries> series, ulong seed, int providers = 0)
    {
        _replay = replay;
        _series = series;
        _reports = new ulong[series.Count];
        Venue = new DemoVenue(directory, replay, seed);
        Outcome = new DemoOutcome(Venue);
        Venue.Applied = Outcome.Follow;
        Venue.BlockSealed = Outcome.AuditBlock;
        Sources = Venue.List(series);
        Traders = new Traders(Venue, seed, providers);
    }

    public DemoVenue Venue { get; }

    public DemoOutcome Outcome { get; }

    public IReadOnlyList<Client> Sources { get; }

    public Traders Traders { get; }

    /// <summary>Runs the whole replay; <paramref name="progress"/> hears of every minute.</summary>
    public void Run(Action<int> progress)
    {
        Traders.Arrive();
        for (int minute = 0; minute < _replay.Minutes; minute++)
        {
            Venue.TimeNs = Math.Max(Venue.TimeNs, Venue.StartNs + (minute * MinuteNs));
            Report(minute);
            Venue.Execute(MinuteNs / 20);
            Traders.Quote();
            Venue.Execute(MinuteNs / 10);
            Traders.Trade(minute);
            Venue.Execute(MinuteNs / 2);
            Outcome.Sample(minute);
            progress(minute + 1);
            if (minute + 1 == _replay.Minutes / 2)
            {
                SealAndSave();
            }
        }
        SealAndSave();
    }

    // Half way and at the end, so that a reader can verify from a snapshot too.
    private void SealAndSave()
    {
        ulong height = Venue.Venue.Ledger.Last.Height;
        Venue.Venue.SealBlock();
        if (Venue.Venue.Ledger.Last.Height != height)
        {
            Outcome.AuditBlock();
        }
        Venue.Venue.TakeSnapshot();
    }

    private void Report(int minute)
    {
        for (int i = 0; i < _series.Count; i++)
        {
            long price = _series[i].Minutes[minute];
            if (price <= 0)
            {
                continue;
            }
            Venue.Send(Sources[i], CommandKind.ReportPrice, new ReportPrice
            {
                Index = (ushort)Venue.IndexOf(_series[i].Index),
                Price = price,
                Confidence = price / 2_000,
                ObservedNs = Venue.TimeNs,
                ReportSequence = ++_reports[i],
            });
        }
    }
}
