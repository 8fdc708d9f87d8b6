using System;
using Surety.Core.Hashing;
using Surety.Engine.Indexes;
using Surety.Engine.State;
using Surety.Protocol;
using Surety.Protocol.Commands;
using Surety.Protocol.Events;
using Surety.Protocol.Rows;

namespace Surety.Engine.Pipeline;

/// <summary>What stopped the engine once is passed over the next time: a command, or something that was due.</summary>
internal sealed class Exclusions(IndexedState state, EngineParts parts)
{
    private DueTimer _working;

    /// <summary>What was due and is being done; zero for none.</summary>
    public DueTimer Working => _working;

    /// <summary>For tests: a command of which this is true stops the engine at its end.</summary>
    public static Func<CommandHeader, bool>? Fault { get; set; }

    /// <summary>For tests: something due of which this is true stops the engine.</summary>
    public static Func<DueTimer, bool>? TimerFault { get; set; }

    /// <summary>Notes what is being done now.</summary>
    public void WorksOn(DueTimer timer) => _working = timer;

    /// <summary>
    /// Passes over a command that stopped the engine. Nothing is done but what keeps it from happening again at once: the markets of
    /// the sender's pool are halted until the operator lets them trade; where no pool is concerned, all markets only reduce. What was due
    /// and stopped the engine is set aside for good.
    /// </summary>
    public RefusalCode Exclude(ReadOnlySpan<byte> record, in Exclusion exclusion)
    {
        ref readonly CommandHeader header = ref CommandCodec.View<CommandHeader>(record);
        parts.Events.Sequence = header.Sequence;
        ref VenueCounters venue = ref state.Venue.Write(0);
        venue.Excluded = header.Sequence;
        int pool = PoolOf(in header);
        if (exclusion.Timer.DueNs != 0)
        {
            Invariant.Assert(venue.SetAsideCount < VenueCounters.MostSetAside, "more due work stopped the engine than can be set aside");
            venue.SetAside[(int)venue.SetAsideCount++] = exclusion.Timer;
            pool = PoolOf(in exclusion.Timer);
        }
        parts.Events.Write(EventKind.CommandExcluded, header.Account, new CommandExcluded
        {
            RecordHash = exclusion.RecordHash,
            Kind = header.Kind,
            Pool = OptionalId.Of(pool),
        });
        for (int market = 0; market < venue.Markets; market++)
        {
            if (state.Markets[market].Status != MarketStatus.Expired && (pool < 0 || state.Markets[market].Pool == pool))
            {
                parts.Gate.Set(market, pool < 0 ? MarketCauses.OperatorReduceOnly : MarketCauses.OperatorHalt, true);
            }
        }
        return RefusalCode.Excluded;
    }

    public static void StopIfAsked(in CommandHeader header)
    {
        if (Fault is { } fault && fault(header))
        {
            throw new InvariantViolationException("a fault that a test asked for");
        }
    }

    /// <summary>The journal's witness that the command before it was passed over; any other is no exclusion and does nothing.</summary>
    public RefusalCode Witness(in Exclusion exclusion)
    {
        ulong excluded = state.Counts.Excluded;
        return excluded != 0 && exclusion.Excluded == excluded && exclusion.Header.Sequence == excluded + 1
            ? RefusalCode.None
            : RefusalCode.Malformed;
    }

    private int PoolOf(in CommandHeader header)
    {
        bool known = header.Kind is not (CommandKind.Tick or CommandKind.ReportPrice) && header.Account < (uint)state.Counts.Accounts;
        return known && state.Accounts[(int)header.Account].Pool is var pool and not ushort.MaxValue ? pool : -1;
    }

    private int PoolOf(in DueTimer timer) => timer.Kind switch
    {
        TimerKind.MarketExpiry or TimerKind.OracleGrace or TimerKind.AuctionEnd or TimerKind.ContractEvent =>
            state.Markets[(int)timer.Id].Pool,
        TimerKind.TwapSlice => state.Markets[state.Twaps[OrderIds.Slot(timer.Id)].Market].Pool,
        TimerKind.WithdrawalExpiry => state.Accounts[(int)state.Withdrawals[(int)(timer.Id & 0xFFFFFF)].Account].Pool,
        _ => -1,
    };

    /// <summary>Notes what is done now, for an exclusion to name; true when it is to be passed over.</summary>
    public bool IsSetAside(long dueNs, TimerKind kind, ulong id)
    {
        _working = new DueTimer { DueNs = dueNs, Kind = kind, Id = id };
        ref readonly VenueCounters venue = ref state.Counts;
        for (int i = 0; i < venue.SetAsideCount; i++)
        {
            if (venue.SetAside[i].Is(in _working))
            {
                return true;
            }
        }
        return TimerFault is { } fault && fault(_working)
            ? throw new InvariantViolationException("a fault that a test asked for, in what was due")
            : false;
    }

    /// <summary>The exclusion of a command that has just stopped this engine; its stamp is that of the record that follows.</summary>
    public Exclusion ExclusionOf(ReadOnlySpan<byte> record)
    {
        ref readonly CommandHeader header = ref CommandCodec.View<CommandHeader>(record);
        return new Exclusion
        {
            Header = new CommandHeader { Sequence = header.Sequence + 1, TimeNs = header.TimeNs },
            Excluded = header.Sequence,
            RecordHash = Hash256.Of(record[..header.Length]),
            Timer = _working,
        };
    }
}
