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
    private readonly IndexedState _state = state;
    private readonly EngineParts _parts = parts;

    /// <summary>Lets time pass up to a command's: what became due before it happens before it, each at its own time.</summary>
    public void Pass(long timeNs)
    {
        TimerHeap timers = _state.Derived.Timers;
        while (timers.NextNs <= timeNs)
        {
            (long dueNs, TimerKind kind, ulong id) = timers.Take();
            ref VenueCounters venue = ref _state.Venue.Write(0);
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
                    _parts.Conditional.Slice(id);
                    break;
                case TimerKind.MarketExpiry:
                    if (_parts.Expiry.Settle((int)id))
                    {
                        _parts.Enforcement.Require(_state.Markets[(int)id].Pool);
                    }
                    break;
                case TimerKind.ContractEvent:
                    if (_parts.Contracts.Due((int)id))
                    {
                        // What it remembers has changed, which scenarios are computed from.
                        _parts.Margin.Portfolio.Refresh((int)id);
                        _parts.Enforcement.PriceMoved((int)id);
                    }
                    break;
                case TimerKind.Listing:
                    _parts.Calendar.ListDue((int)id);
                    break;
                case TimerKind.IndexCheck:
                    CheckIndex((int)id);
                    break;
                case TimerKind.OracleGrace:
                    _parts.Gate.EndGrace((int)id);
                    break;
                case TimerKind.AuctionEnd:
                    if (_parts.Gate.EndAuction((int)id))
                    {
                        // Liquidations come last: after the auction has found a price.
                        _parts.Enforcement.PriceMoved((int)id);
                    }
                    break;
                case TimerKind.Interest:
                    _parts.Interest.Charge();
                    RequirePools();
                    break;
                case TimerKind.DoubtEases:
                    EaseDoubt(id);
                    break;
                case TimerKind.BondRelease:
                    _parts.Bonds.Release((ushort)id);
                    break;
                case TimerKind.BreakerEnd:
                    _parts.Gate.EndBreaker(id);
                    break;
                case TimerKind.WithdrawalExpiry:
                    _parts.Withdrawals.Expire(id);
                    break;
                default:
                    if ((id & DueTimes.OfPool) != 0)
                    {
                        _parts.Fees.Activate((int)(id & uint.MaxValue));
                    }
                    else if (_parts.Markets.Activate((int)id, out int changed))
                    {
                        _parts.Enforcement.PriceMoved(changed);
                    }
                    break;
            }
            conclusion.Run();
        }
        exclusions.WorksOn(default);
        _state.Venue.Write(0).TimeNs = timeNs;
        _state.Derived.KeyRows.Sweep();
    }

    // A doubt's benefit falls with time alone: those it held are looked at again.
    private void EaseDoubt(ulong id)
    {
        bool isIndex = (id & DueTimes.IndexDoubt) != 0;
        int number = (int)(id & uint.MaxValue);
        long sinceNs = isIndex ? _state.Indexes[number].DoubtNs : _state.Markets[number].OracleDoubtNs;
        if (sinceNs == 0 || (_state.TimeNs - sinceNs) % DueTimes.EaseNs != 0)
        {
            return;
        }
        long nextNs = DueTimes.NextEaseNs(sinceNs, _state.TimeNs);
        if (nextNs != long.MaxValue)
        {
            _state.Derived.Timers.Add(nextNs, TimerKind.DoubtEases, id);
        }
        for (int pool = 0; pool < _state.Counts.Pools; pool++)
        {
            if (isIndex || _state.Markets[number].Pool == pool)
            {
                _parts.Enforcement.Require(pool);
            }
        }
    }

    private void CheckIndex(int index)
    {
        _state.Derived.IndexChecksNs[index] = long.MaxValue;
        _parts.Prices.CheckTime((ushort)index, out bool moved, out bool changed);
        path.Apply(index, moved, changed);
    }

    private void Expire(ulong id)
    {
        int slot = OrderIds.Slot(id);
        uint account = (id & OrderIds.KindMask) != 0 ? _state.Triggers[slot].Account : _state.Orders[slot].Account;
        _parts.Orders.End(account, id, EndReason.Expired, _parts.Conditional);
    }

    private void RequirePools()
    {
        for (int pool = 0; pool < _state.Counts.Pools; pool++)
        {
            _parts.Enforcement.Require(pool);
        }
    }
}
