using System;
using Surety.Engine.State;
using Surety.Protocol.Rows;

namespace Surety.Engine.Indexes;

/// <summary>
/// The conditional orders of one market. For each price source it remembers the nearest trigger above and below, so that
/// a price between them costs two comparisons; only beyond them, and for trailing stops, is the list walked.
/// </summary>
public sealed class TriggerBook
{
    private readonly Table<Trigger> _triggers;
    private readonly long[] _nextRise = [long.MaxValue, long.MaxValue, long.MaxValue];
    private readonly long[] _nextFall = [long.MinValue, long.MinValue, long.MinValue];
    private readonly bool[] _trailing = new bool[3];
    private int[] _slots = new int[16];
    private int _count;
    private bool _stale;

    internal TriggerBook(Table<Trigger> triggers) => _triggers = triggers;

    /// <summary>Conditional orders here.</summary>
    public int Count => _count;

    /// <summary>Adds a trigger's row.</summary>
    internal void Add(int slot)
    {
        if (_count == _slots.Length)
        {
            Array.Resize(ref _slots, _count * 2);
        }
        _slots[_count++] = slot;
        _stale = true;
    }

    /// <summary>Removes a trigger's row.</summary>
    internal void Remove(int slot)
    {
        int at = _slots.AsSpan(0, _count).IndexOf(slot);
        Invariant.Assert(at >= 0, "a trigger is missing from its market");
        _slots[at] = _slots[--_count];
        _stale = true;
    }

    /// <summary>
    /// Lets trailing stops follow a price, then returns the row of the oldest trigger that the price sets off, or −1.
    /// </summary>
    internal int NextDue(TriggerSource source, long priceTicks)
    {
        if (_count == 0)
        {
            return -1;
        }
        if (_stale)
        {
            Refresh();
        }
        int s = (int)source;
        if (priceTicks < _nextRise[s] && priceTicks > _nextFall[s] && !_trailing[s])
        {
            return -1;
        }
        int due = -1;
        ulong dueId = ulong.MaxValue;
        for (int i = 0; i < _count; i++)
        {
            int slot = _slots[i];
            ref readonly Trigger trigger = ref _triggers[slot];
            if (trigger.Source != source)
            {
                continue;
            }
            if (trigger.Kind == TriggerKind.TrailingStop)
            {
                long follows = trigger.Side == Side.Sell ? priceTicks - trigger.TrailTicks : priceTicks + trigger.TrailTicks;
                if (trigger.Side == Side.Sell ? follows > trigger.TriggerTicks : follows < trigger.TriggerTicks)
                {
                    _triggers.Write(slot).TriggerTicks = follows;
                    _stale = true;
                }
            }
            bool reached = trigger.WaitsForRise ? priceTicks >= trigger.TriggerTicks : priceTicks <= trigger.TriggerTicks;
            if (reached && trigger.Id < dueId)
            {
                (due, dueId) = (slot, trigger.Id);
            }
        }
        return due;
    }

    private void Refresh()
    {
        _nextRise.AsSpan().Fill(long.MaxValue);
        _nextFall.AsSpan().Fill(long.MinValue);
        _trailing.AsSpan().Clear();
        for (int i = 0; i < _count; i++)
        {
            ref readonly Trigger trigger = ref _triggers[_slots[i]];
            int s = (int)trigger.Source;
            _trailing[s] |= trigger.Kind == TriggerKind.TrailingStop;
            if (trigger.WaitsForRise)
            {
                _nextRise[s] = Math.Min(_nextRise[s], trigger.TriggerTicks);
            }
            else
            {
                _nextFall[s] = Math.Max(_nextFall[s], trigger.TriggerTicks);
            }
        }
        _stale = false;
    }
}
