using System;
using System.Collections.Generic;
using Surety.Engine.Auditing;
using Surety.Engine.State;
using Surety.Protocol.Blocks;
using Surety.Protocol.Commands;
using Surety.Protocol.Events;
using Surety.Protocol.Rows;

namespace Surety.Cli.Demo;

/// <summary>A market at the end of a minute; prices in ticks.</summary>
internal readonly record struct MarketSample(long Index, long Mark, long Last, long OpenInterestLots, long FundingIndex);

/// <summary>The venue at the end of a minute.</summary>
internal sealed record MinuteSample(int Minute, MarketSample[] Markets, long InsuranceAtoms, long Liquidations, long? UsdcPrice);

/// <summary>What the demo saw: read from events and state, as any observer could.</summary>
internal sealed class DemoOutcome(DemoVenue venue)
{
    private int _eventsAt;
    private ulong _eventsBlock;

    public List<MinuteSample> Minutes { get; } = [];

    public long Trades { get; private set; }

    public long TradedAtoms { get; private set; }

    public Dictionary<RefusalCode, long> Refusals { get; } = [];

    /// <summary>How many liquidations ended so, by whether the account was worth more than nothing, and what it was worth then.</summary>
    public Dictionary<(LiquidationOutcome How, bool IsSolvent), (long Count, Int128 ResidualAtoms)> Liquidations { get; } = [];

    /// <summary>What the insurance fund received for taking lots and coins over, and what it paid for deficits, settlement atoms.</summary>
    public (Int128 Charges, Int128 Deficits) Fund { get; private set; }

    public long LiquidationsTotal { get; private set; }

    public Int128 LiquidationFees { get; private set; }

    public long LiquidationTrades { get; private set; }

    public HashSet<uint> Deleveraged { get; } = [];

    public Int128 DeleveragingGain { get; private set; }

    public long TriggersFired { get; private set; }

    public long QuotePulls { get; private set; }

    public long PositionsSettled { get; private set; }

    public long BlocksAudited { get; private set; }

    public string? Violation { get; private set; }

    /// <summary>Seconds spent on audits, which a venue does not do at every block.</summary>
    public double AuditSeconds { get; private set; }

    /// <summary>Reads the events that came since the last call; call it after every command.</summary>
    public void Follow(RefusalCode code)
    {
        if (code != RefusalCode.None)
        {
            Refusals[code] = Refusals.GetValueOrDefault(code) + 1;
        }
        // After sealing, the log still holds the block; the next command clears it.
        ulong height = venue.Venue.Ledger.Last.Height + (venue.Venue.Ledger.Pending > 0 ? 1UL : 0);
        if (height != _eventsBlock)
        {
            (_eventsBlock, _eventsAt) = (height, 0);
        }
        var events = new EventReader(venue.Venue.Ledger.Engine.Events.Log.Bytes, _eventsAt);
        while (events.MoveNext())
        {
            Take(ref events);
        }
        _eventsAt = venue.Venue.Ledger.Engine.Events.Log.Length;
    }

    /// <summary>Checks every invariant of the house; call it at every block.</summary>
    public void AuditBlock()
    {
        long started = System.Diagnostics.Stopwatch.GetTimestamp();
        BlocksAudited++;
        Violation ??= Audit.FindViolation(venue.Venue.Ledger.Engine);
        AuditSeconds += System.Diagnostics.Stopwatch.GetElapsedTime(started).TotalSeconds;
    }

    public void Sample(int minute)
    {
        VenueState state = venue.State;
        var markets = new MarketSample[state.Counts.Markets];
        for (int i = 0; i < markets.Length; i++)
        {
            ref readonly Market m = ref state.Markets[i];
            markets[i] =
                new MarketSample(m.IndexTicks, m.MarkTicks, m.HasLast == 1 ? m.LastTicks : m.MarkTicks, m.OpenInterestLots, m.FundingIndex);
        }
        int usdc = venue.IndexOf("USDC_USD");
        long insurance = venue.Venue.Ledger.Engine.Margin.Cross(state.Pools[0].InsuranceAccount).EquityAtoms;
        Minutes.Add(new MinuteSample(minute, markets, insurance, LiquidationsTotal, usdc < 0 ? null : state.Indexes[usdc].Price));
    }

    private void Take(ref EventReader events)
    {
        switch (events.Kind)
        {
            case EventKind.Trade:
                ref readonly Trade trade = ref events.As<Trade>();
                Trades++;
                TradedAtoms += trade.Lots * trade.PriceTicks * venue.State.Markets[trade.Market].AtomsPerTickLot;
                LiquidationTrades += trade.Liquidation;
                break;
            case EventKind.LiquidationEnded:
                ref readonly LiquidationEnded ended = ref events.As<LiquidationEnded>();
                LiquidationsTotal++;
                LiquidationFees += ended.FeeAtoms;
                (LiquidationOutcome, bool) key = (ended.Outcome, ended.ResidualAtoms > 0);
                (long count, Int128 residual) = Liquidations.GetValueOrDefault(key);
                Liquidations[key] = (count + 1, residual + ended.ResidualAtoms);
                break;
            case EventKind.BalanceChanged:
                ref readonly BalanceChanged changed = ref events.As<BalanceChanged>();
                if (changed.Header.Account == venue.State.Pools[0].InsuranceAccount)
                {
                    Fund = (Fund.Charges + (changed.Reason == BalanceReason.TakeoverCharge ? changed.ChangeAtoms : 0),
                        Fund.Deficits - (changed.Reason == BalanceReason.InsuranceCover ? changed.ChangeAtoms : 0));
                }
                break;
            case EventKind.PositionTransferred:
                ref readonly PositionTransferred moved = ref events.As<PositionTransferred>();
                if (moved.Cause == LiquidationOutcome.Deleveraged)
                {
                    Deleveraged.Add(moved.Header.Account);
                    DeleveragingGain += moved.GainAtoms;
                }
                break;
            case EventKind.OrderTriggered:
                TriggersFired++;
                break;
            case EventKind.QuotesPulled:
                QuotePulls++;
                break;
            case EventKind.PositionSettled:
                PositionsSettled++;
                break;
            default:
                break;
        }
    }
}
