using System;
using System.Collections.Generic;
using System.IO;
using System.Runtime.InteropServices;
using Surety.Core.Numerics;
using Surety.Engine.Indexes;
using Surety.Engine.Instruments;
using Surety.Protocol.Blocks;
using Surety.Protocol.Commands;
using Surety.Protocol.Events;
using Surety.Protocol.Rows;

namespace Surety.Node.History;

/// <content>What each fill closed and at which cost, hours of volume, and the states of markets.</content>
public sealed partial class RecentHistory
{
    // No more than the ledger has rows of positions: what is flat is taken out.
    private readonly Dictionary<(uint Account, int Market), (long Lots, long CostAtoms)> _positions = [];
    private (long Lots, long CostAtoms) _given;
    private readonly Dictionary<int, Ring<HourRow>> _volumes = [];

    /// <summary>Settlement atoms of a tick of a lot of a market.</summary>
    internal Func<int, long>? AtomsOf { get; set; }

    /// <summary>Told of each market that is listed, opens, settles or closes.</summary>
    public Action<MarketStateRow>? StateChanged { get; set; }

    /// <summary>Lots of a market that were traded since a time, which counts to the minute, and beyond two weeks to the hour.</summary>
    public long TradedLots(int market, long sinceMs)
    {
        long lots = 0;
        lock (_gate)
        {
            if (!_candles.TryGetValue(market, out CandleSeries? minutes))
            {
                return 0;
            }
            if (minutes.Reaches(sinceMs))
            {
                return minutes.Since(sinceMs)?.Lots ?? 0;
            }
            Ring<HourRow> hours = _volumes[market];
            for (long i = hours.Next - 1; i >= hours.First && hours[i].HourMs > sinceMs - HourMs; i--)
            {
                lots += hours[i].Lots;
            }
        }
        return lots;
    }

    /// <summary>A position's lots and what they cost, as this history follows them.</summary>
    internal (long Lots, long CostAtoms) PositionOf(uint account, int market)
    {
        lock (_gate)
        {
            return _positions.GetValueOrDefault((account, market));
        }
    }

    /// <summary>The price at which a market settled, ticks; null while it has not, or when that is forgotten.</summary>
    public long? DeliveryTicks(int market)
    {
        lock (_gate)
        {
            for (long at = _eventsOfMarket[market]; _events.Has(at); at = _events[at].PreviousOfMarket)
            {
                if (_events[at].Kind == EventKind.MarketSettled)
                {
                    return MemoryMarshal.Read<MarketSettled>(_events[at].Event).PriceTicks;
                }
            }
        }
        return null;
    }

    private void BeginPositions(IndexedState state)
    {
        _positions.Clear();
        for (int row = 0; row < state.Counts.Accounts * state.PositionsPerAccount; row++)
        {
            if (state.Derived.MarketOfPosition[row] != 0 && state.Positions[row] is { Lots: not 0 } position)
            {
                var account = (uint)(row / state.PositionsPerAccount);
                _positions[(account, position.Market.Number)] = (position.Lots, position.EntryCostAtoms);
            }
        }
    }

    // Books lots as the engine does; what the lots that they close realised.
    private long Book(uint account, int market, long lots, long costAtoms)
    {
        ref (long Lots, long CostAtoms) position = ref CollectionsMarshal.GetValueRefOrAddDefault(_positions, (account, market), out _);
        long realised = Booking.Realised(position.Lots, position.CostAtoms, lots, costAtoms);
        position.CostAtoms += costAtoms + realised;
        position.Lots += lots;
        if (position.Lots == 0)
        {
            _positions.Remove((account, market));
        }
        return realised;
    }

    private void BookFill(ref TradeRow row)
    {
        long lots = row.TakerSide == Side.Buy ? row.Lots : -row.Lots;
        long cost = lots * row.PriceTicks * (AtomsOf?.Invoke(row.Market) ?? 0);
        row.TakerProfitAtoms = Book(row.TakerAccount, row.Market, lots, cost);
        row.MakerProfitAtoms = Book(row.MakerAccount, row.Market, -lots, -cost);
    }

    // Lots that change hands outside the book, or end.
    private void BookOutside(in EventReader events)
    {
        uint account = events.As<EventHeader>().Account;
        switch (events.Kind)
        {
            case EventKind.PositionTransferred:
                ref readonly PositionTransferred moved = ref events.As<PositionTransferred>();
                Book(account, moved.Market, moved.Lots, moved.CostAtoms);
                (_given.Lots, _given.CostAtoms) = (_given.Lots - moved.Lots, _given.CostAtoms - moved.CostAtoms);
                // Of a deleveraging the engine books the lots of the account that is closed as one, with one rounding.
                if (moved.Cause != LiquidationOutcome.Deleveraged || moved.Last == 1)
                {
                    Book(moved.FromAccount, moved.Market, _given.Lots, _given.CostAtoms);
                    _given = default;
                }
                break;
            case EventKind.ContractExercised or EventKind.ContractAssigned:
                ref readonly ContractExercised exercised = ref events.As<ContractExercised>();
                long cost = exercised.Lots * exercised.PriceTicks * (AtomsOf?.Invoke(exercised.Market) ?? 0);
                Book(account, exercised.Market, exercised.Lots, cost);
                break;
            case EventKind.PositionSettled:
                _positions.Remove((account, events.As<PositionSettled>().Market));
                break;
            default:
                break;
        }
    }

    private void CountVolume(in TradeRow row)
    {
        if (!_volumes.TryGetValue(row.Market, out Ring<HourRow>? hours))
        {
            _volumes[row.Market] = hours = new Ring<HourRow>(MostHours);
        }
        long hour = row.TimeNs / 1_000_000 / HourMs * HourMs;
        if (hours.Next > 0 && hours[hours.Next - 1].HourMs == hour)
        {
            hours[hours.Next - 1].Lots += row.Lots;
        }
        else
        {
            hours.Add(new HourRow { HourMs = hour, Lots = row.Lots });
        }
    }

    private void Listed(int market, ulong sequence, long timeNs)
    {
        _listed[market] = timeNs / 1_000_000;
        // A market trades from its listing on.
        StateChanged?.Invoke(new MarketStateRow(sequence, timeNs, market, "created"));
        StateChanged?.Invoke(new MarketStateRow(sequence, timeNs, market, "started"));
    }

    private void TellState(ulong sequence, long timeNs, in EventReader events)
    {
        switch (events.Kind)
        {
            case EventKind.ContractListed when events.As<ContractListed>().Code == RefusalCode.None:
                Listed(events.As<ContractListed>().Market, sequence, timeNs);
                break;
            case EventKind.MarketStatusChanged when events.As<MarketStatusChanged>().To == MarketStatus.Trading:
                StateChanged?.Invoke(new MarketStateRow(sequence, timeNs, events.As<MarketStatusChanged>().Market, "started"));
                break;
            case EventKind.MarketSettled:
                StateChanged?.Invoke(new MarketStateRow(sequence, timeNs, events.As<MarketSettled>().Market, "settled"));
                StateChanged?.Invoke(new MarketStateRow(sequence, timeNs, events.As<MarketSettled>().Market, "closed"));
                break;
            default:
                break;
        }
    }

    private void WriteVolumes(BinaryWriter writer)
    {
        writer.Write(_volumes.Count);
        foreach ((int market, Ring<HourRow> hours) in _volumes)
        {
            writer.Write(market);
            WriteRing(writer, hours, h => writer.Write(MemoryMarshal.AsBytes([h])));
        }
    }

    private void ReadVolumes(BinaryReader reader)
    {
        for (int count = reader.ReadInt32(); count > 0; count--)
        {
            Ring<HourRow> hours = _volumes[reader.ReadInt32()] = new Ring<HourRow>(MostHours);
            ReadRing(reader, hours, () => ReadStruct<HourRow>(reader));
        }
    }
}
