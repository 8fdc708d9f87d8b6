using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Runtime.InteropServices;
using System.Threading;
using Surety.Journal;
using Surety.Protocol.Blocks;
using Surety.Protocol.Commands;
using Surety.Protocol.Events;
using Surety.Protocol.Rows;

namespace Surety.Node.History;

/// <content>Saved beside a snapshot of the state, as of the same block.</content>
public sealed partial class RecentHistory
{
    private const uint Version = 3;
    private readonly Dictionary<ulong, string> _saveAt = [];

    /// <summary>Where the history of a block's snapshot is kept.</summary>
    public static string PathFor(string snapshot) => Path.ChangeExtension(snapshot, ".recent");

    /// <summary>Asks for the history to be saved when a block has been released.</summary>
    public void SaveAt(ulong height, string path)
    {
        lock (_gate)
        {
            _saveAt[height] = path;
        }
    }

    /// <summary>Loads what was saved; without a file that fits, history begins here.</summary>
    public void Load(string path, ulong sequence)
    {
        lock (_gate)
        {
            LastSequence = sequence;
            if (!File.Exists(path))
            {
                return;
            }
            try
            {
                using var reader = new BinaryReader(new MemoryStream(SnapshotFile.Read(path)[0].Bytes.ToArray()));
                if (reader.ReadUInt32() == Version && reader.ReadUInt64() == sequence)
                {
                    Read(reader);
                }
            }
            catch (Exception e) when (e is JournalDamagedException or EndOfStreamException or IOException)
            {
                // History can be shorter than it could be; the venue's state does not rest on it.
            }
        }
    }

    private void SaveIfDue(in BlockHeader header)
    {
        byte[] bytes;
        string? path;
        lock (_gate)
        {
            if (!_saveAt.Remove(header.Height, out path))
            {
                return;
            }
            using var stream = new MemoryStream();
            using var writer = new BinaryWriter(stream);
            writer.Write(Version);
            writer.Write(LastSequence);
            Write(writer);
            bytes = stream.ToArray();
        }
        ThreadPool.QueueUserWorkItem(_ => SnapshotFile.Write(path, [(1u, bytes)]));
    }

    private void Write(BinaryWriter writer)
    {
        WriteRing(writer, _trades, t => writer.Write(MemoryMarshal.AsBytes([t])));
        WriteRing(writer, _ended, o => WriteOrder(writer, o));
        OrderRow[] live = [.. _live.Values.SelectMany(l => l.Values)];
        writer.Write(live.Length);
        foreach (OrderRow order in live)
        {
            WriteOrder(writer, order);
        }
        WriteRing(writer, _events, e =>
        {
            writer.Write(e.Sequence);
            writer.Write(e.TimeNs);
            writer.Write((ushort)e.Kind);
            writer.Write(e.Account);
            writer.Write(e.Market);
            writer.Write(e.Event.Length);
            writer.Write(e.Event);
            writer.Write(e.PreviousOfAccount);
            writer.Write(e.PreviousOfMarket);
        });
        _endedOf.Write(writer, writer.Write);
        _tradesOfAccount.Write(writer, writer.Write);
        _tradesOfMarket.Write(writer, writer.Write);
        _eventsOfAccount.Write(writer, writer.Write);
        _eventsOfMarket.Write(writer, writer.Write);
        foreach (Dictionary<int, CandleSeries> series in (Dictionary<int, CandleSeries>[])[_candles, _indexes])
        {
            writer.Write(series.Count);
            foreach ((int number, CandleSeries one) in series)
            {
                writer.Write(number);
                WriteRing(writer, one.Minutes, c => writer.Write(MemoryMarshal.AsBytes([c])));
            }
        }
        writer.Write(_funding.Count);
        foreach ((int market, Ring<FundingRow> hours) in _funding)
        {
            writer.Write(market);
            WriteRing(writer, hours, f => writer.Write(MemoryMarshal.AsBytes([f])));
        }
        WriteCash(writer);
        writer.Write(_marketTrades.Count);
        foreach ((int market, uint trades) in _marketTrades)
        {
            writer.Write(market);
            writer.Write(trades);
        }
        WriteVolumes(writer);
        WriteRing(writer, _operator, o =>
        {
            writer.Write(o.Record.Length);
            writer.Write(o.Record);
            writer.Write((ushort)o.Outcome.Code);
            writer.Write(o.Outcome.Detail);
            writer.Write(o.Outcome.Sequence);
            writer.Write(o.Outcome.TimeNs);
            writer.Write(o.Outcome.Created);
            writer.Write(o.Account);
            writer.Write(o.Key);
        });
    }

    private void Read(BinaryReader reader)
    {
        ReadRing(reader, _trades, () => ReadStruct<TradeRow>(reader));
        ReadRing(reader, _ended, () => ReadOrder(reader));
        for (long i = _ended.First; i < _ended.Next; i++)
        {
            _orders[_ended[i].OrderId] = _ended[i];
        }
        for (int count = reader.ReadInt32(); count > 0; count--)
        {
            OrderRow order = ReadOrder(reader);
            _orders[order.OrderId] = order;
            LiveOf(order.Account)[order.OrderId] = order;
        }
        ReadRing(reader, _events, () => new EventRow(
            reader.ReadUInt64(), reader.ReadInt64(), (EventKind)reader.ReadUInt16(), reader.ReadUInt32(), reader.ReadInt32(),
            reader.ReadBytes(reader.ReadInt32()))
        {
            PreviousOfAccount = reader.ReadInt64(),
            PreviousOfMarket = reader.ReadInt64(),
        });
        _endedOf.Read(reader, reader.ReadUInt32);
        _tradesOfAccount.Read(reader, reader.ReadUInt32);
        _tradesOfMarket.Read(reader, reader.ReadInt32);
        _eventsOfAccount.Read(reader, reader.ReadUInt32);
        _eventsOfMarket.Read(reader, reader.ReadInt32);
        foreach (Dictionary<int, CandleSeries> series in (Dictionary<int, CandleSeries>[])[_candles, _indexes])
        {
            for (int count = reader.ReadInt32(); count > 0; count--)
            {
                ReadRing(reader, Of(series, reader.ReadInt32()).Minutes, () => ReadStruct<Candle>(reader));
            }
        }
        for (int count = reader.ReadInt32(); count > 0; count--)
        {
            Ring<FundingRow> hours = _funding[reader.ReadInt32()] = new Ring<FundingRow>(MostHours);
            ReadRing(reader, hours, () => ReadStruct<FundingRow>(reader));
        }
        ReadCash(reader);
        for (int count = reader.ReadInt32(); count > 0; count--)
        {
            _marketTrades[reader.ReadInt32()] = reader.ReadUInt32();
        }
        ReadVolumes(reader);
        ReadRing(reader, _operator, () => new OperatorRow(
            reader.ReadBytes(reader.ReadInt32()),
            new Sequencing.Outcome((RefusalCode)reader.ReadUInt16(), reader.ReadInt64(), reader.ReadUInt64(), reader.ReadInt64(),
                reader.ReadUInt64()),
            reader.ReadUInt32(),
            reader.ReadUInt32()));
    }

    private static void WriteRing<T>(BinaryWriter writer, Ring<T> ring, Action<T> write)
    {
        writer.Write(ring.First);
        writer.Write(ring.Next);
        for (long i = ring.First; i < ring.Next; i++)
        {
            write(ring[i]);
        }
    }

    private static void ReadRing<T>(BinaryReader reader, Ring<T> ring, Func<T> read)
    {
        long first = reader.ReadInt64();
        long next = reader.ReadInt64();
        ring.StartAt(first);
        while (ring.Next < next)
        {
            ring.Add(read());
        }
    }

    private static T ReadStruct<T>(BinaryReader reader)
        where T : unmanaged => MemoryMarshal.Read<T>(reader.ReadBytes(System.Runtime.CompilerServices.Unsafe.SizeOf<T>()));

    private static void WriteOrder(BinaryWriter writer, OrderRow o)
    {
        foreach (ulong number in (ulong[])[o.OrderId, o.ClientOrderId, o.Sequence])
        {
            writer.Write(number);
        }
        writer.Write(o.Account);
        writer.Write(o.Market);
        foreach (
            byte small in (byte[])[(byte)o.Side, (byte)o.Kind, (byte)o.State, (byte)o.TimeInForce, (byte)o.EndReason, (byte)o.TriggerSource,
                o.Replaced ? (byte)1 : (byte)0, o.IsLiquidation ? (byte)1 : (byte)0])
        {
            writer.Write(small);
        }
        writer.Write((ushort)o.Refused);
        writer.Write((ushort)o.Flags);
        foreach (
            long number in (long[])[o.PriceTicks, o.TriggerTicks, o.TrailTicks, o.Lots, o.FilledLots, o.DisplayLots, o.FeesAtoms,
                o.CreatedNs, o.UpdatedNs, o.PreviousOfAccount])
        {
            writer.Write(number);
        }
        writer.Write(MemoryMarshal.AsBytes([o.FilledTicks]));
        writer.Write(o.Label);
        writer.Write(o.Parent);
    }

    private static OrderRow ReadOrder(BinaryReader reader) => new()
    {
        OrderId = reader.ReadUInt64(),
        ClientOrderId = reader.ReadUInt64(),
        Sequence = reader.ReadUInt64(),
        Account = reader.ReadUInt32(),
        Market = reader.ReadUInt16(),
        Side = (Side)reader.ReadByte(),
        Kind = (OrderKind)reader.ReadByte(),
        State = (OrderState)reader.ReadByte(),
        TimeInForce = (TimeInForce)reader.ReadByte(),
        EndReason = (EndReason)reader.ReadByte(),
        TriggerSource = (TriggerSource)reader.ReadByte(),
        Replaced = reader.ReadByte() != 0,
        IsLiquidation = reader.ReadByte() != 0,
        Refused = (RefusalCode)reader.ReadUInt16(),
        Flags = (OrderFlags)reader.ReadUInt16(),
        PriceTicks = reader.ReadInt64(),
        TriggerTicks = reader.ReadInt64(),
        TrailTicks = reader.ReadInt64(),
        Lots = reader.ReadInt64(),
        FilledLots = reader.ReadInt64(),
        DisplayLots = reader.ReadInt64(),
        FeesAtoms = reader.ReadInt64(),
        CreatedNs = reader.ReadInt64(),
        UpdatedNs = reader.ReadInt64(),
        PreviousOfAccount = reader.ReadInt64(),
        FilledTicks = ReadStruct<Int128>(reader),
        Label = reader.ReadString(),
        Parent = reader.ReadUInt64(),
    };
}
