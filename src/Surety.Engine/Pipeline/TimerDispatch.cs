using System;
using Surety.Core.Hashing;
using Surety.Engine.Indexes;
using Surety.Engine.State;
using Surety.Protocol;
using Surety.Protocol.Commands;
using Surety.Protocol.Events;
using Surety.Protocol.Rows;

namespace Surety.Engine.Pipeline;

/// <summary>From what became due to what carries it out.</summary>
internal sealed class TimerDispatch(IndexedState state, EngineParts parts, PricePath path, Conclusion conclusion, Exclusions exclusions)
{
    /// <summary>Lets time pass up to a command's: what became due before it happens before it, each at its own time.</summary>
    public void Pass(long timeNs)
    {
        TimerHeap timers = state.Derived.Timers;
        while (timers.NextNs <= timeNs)
        {
            (long dueNs, TimerKind kind, ulong id) = timers.Take();
            ref VenueCounters venue = ref state.Venue.Write(0);
            venue.TimeNs = Math.Max(venue.TimeNs, dueNs);
            if (exclusions.IsSetAside(dueNs, kind, id))
            {
                continue;
            }
            switch (kind)
            {
                case TimerKind.OrderExpiry:
                    Expire(id);
                    break;
                case TimerKind.TwapSlice:
                    parts.Conditional.Slice(id);
                    break;
                case TimerKind.MarketExpiry:
                    if (parts.Expiry.Settle((int)id))
                    {
                        parts.Enforcement.Require(state.Markets[(int)id].Pool);
                    }
                    break;
                case TimerKind.ContractEvent:
                    if (parts.Contracts.Due((int)id))
                    {
                        // What it remembers has changed, which scenarios are computed from.
                        parts.Margin.Portfolio.Refresh((int)id);
                        parts.Enforcement.PriceMoved((int)id);
                    }
                    break;
                case TimerKind.Listing:
                    parts.Calendar.ListDue((int)id);
                    break;
                case TimerKind.IndexCheck:
                    CheckIndex((int)id);
                    break;
                case TimerKind.OracleGrace:
                    parts.Gate.EndGrace((int)id);
                    break;
                case TimerKind.AuctionEnd:
                    if (parts.Gate.EndAuction((int)id))
                    {
                        // Liquidations come last: after the auction has found a price.
                        parts.Enforcement.PriceMoved((int)id);
                    }
                    break;
                case TimerKind.Interest:
                    parts.Interest.Charge();
                    RequirePools();
                    break;
                case TimerKind.DoubtEases:
                    EaseDoubt(id);
                    break;
                case TimerKind.BondRelease:
                    parts.Bonds.Release((ushort)id);
                    break;
                case TimerKind.BreakerEnd:
                    parts.Gate.EndBreaker(id);
                    break;
                case TimerKind.WithdrawalExpiry:
                    parts.Withdrawals.Expire(id);
                    break;
                default:
                    if ((id & DueTimes.OfPool) != 0)
                    {
                        parts.Fees.Activate((int)(id & uint.MaxValue));
                    }
                    else if (parts.Markets.Activate((int)id, out int changed))
                    {
                        parts.Enforcement.PriceMoved(changed);
                    }
                    break;
            }
            conclusion.Run();
        }
        exclusions.WorksOn(default);
        state.Venue.Write(0).TimeNs = timeNs;
        state.Derived.KeyRows.Sweep();
    }

    // A doubt's benefit falls with time alone: those it held are looked at again.
    private void EaseDoubt(ulong id)
    {
        bool isIndex = (id & DueTimes.IndexDoubt) != 0;
        int number = (int)(id & uint.MaxValue);
        long sinceNs = isIndex ? state.Indexes[number].DoubtNs : state.Markets[number].OracleDoubtNs;
        if (sinceNs == 0 || (state.TimeNs - sinceNs) % DueTimes.EaseNs != 0)
        {
            return;
        }
        long nextNs = DueTimes.NextEaseNs(sinceNs, state.TimeNs);
        if (nextNs != long.MaxValue)
        {
            state.Derived.Timers.Add(nextNs, TimerKind.DoubtEases, id);
        }
        for (int pool = 0; pool < state.Counts.Pools; pool++)
        {
            if (isIndex || state.Markets[number].Pool == pool)
            {
                parts.Enforcement.Require(pool);
            }
        }
    }

    private void CheckIndex(int index)
    {
        state.Derived.IndexChecksNs[index] = long.MaxValue;
        parts.Prices.CheckTime((ushort)index, out bool moved, out bool changed);
        path.Apply(index, moved, changed);
    }

    private void Expire(ulong id)
    {
        int slot = OrderIds.Slot(id);
        uint account = (id & OrderIds.KindMask) != 0 ? state.Triggers[slot].Account : state.Orders[slot].Account;
        parts.Orders.End(account, id, EndReason.Expired, parts.Conditional);
    }

    private void RequirePools()
    {
        for (int pool = 0; pool < state.Counts.Pools; pool++)
        {
            parts.Enforcement.Require(pool);
        }
    }
}
