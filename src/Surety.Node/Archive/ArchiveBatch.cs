using System;
using System.Collections.Generic;
using System.IO;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;
using Surety.Core.Hashing;
using Surety.Core.Numerics;
using Surety.Node.History;
using Surety.Node.Instruments;
using Surety.Node.Sequencing;
using Surety.Protocol.Blocks;
using Surety.Protocol.Events;

namespace Surety.Node.Archive;

/// <summary>A row of <c>trades</c>.</summary>
public readonly record struct ArchivedTrade(
    long TradeId, long Sequence, DateTime Time, string Market, decimal Price, decimal Amount, string TakerSide, int Taker, int Maker,
    decimal TakerOrder, decimal MakerOrder, decimal TakerFee, decimal MakerFee, bool Liquidation);

/// <summary>A row of <c>movements</c>: money that came or went other than by trading.</summary>
public readonly record struct ArchivedMovement(long Sequence, int Ordinal, DateTime Time, int Account, string Asset, decimal Change,
    decimal Balance, string Reason, int Counterparty);

/// <summary>A row of <c>events</c>: what happened to accounts and markets.</summary>
public readonly record struct ArchivedEvent(long Sequence, int Ordinal, DateTime Time, string Kind, int? Account, string? Market,
    string Details);

/// <summary>A row of <c>funding</c>: a market's hour as it ended.</summary>
public readonly record struct ArchivedFunding(string Market, DateTime Hour, decimal Rate, decimal IndexPrice, decimal MarkPrice,
    long FundingIndex);

/// <summary>A row of <c>blocks</c>.</summary>
public readonly record struct ArchivedBlock(long Height, DateTime Time, long FirstSequence, long Commands, byte[] Hash, byte[] StateRoot,
    byte[] Header);

/// <summary>What a run of commands comes to in the archive. A function of the commands alone: projected again, it is the same.</summary>
public sealed class ArchiveBatch
{
    private static readonly Int128 MostDecimal = (Int128)decimal.MaxValue;

    /// <summary>The first command in it; 0 while it is empty.</summary>
    public ulong First { get; private set; }

    /// <summary>The last command in it.</summary>
    public ulong Last { get; private set; }

    /// <summary>Trades, oldest first.</summary>
    public List<ArchivedTrade> Trades { get; } = [];

    /// <summary>Money that came or went other than by trading.</summary>
    public List<ArchivedMovement> Movements { get; } = [];

    /// <summary>What happened to accounts and markets.</summary>
    public List<ArchivedEvent> Events { get; } = [];

    /// <summary>Hours of funding, by market and hour: of one that stands twice the last counts.</summary>
    public Dictionary<(string, DateTime), ArchivedFunding> Funding { get; } = [];

    /// <summary>Sealed blocks, lowest first.</summary>
    public List<ArchivedBlock> Blocks { get; } = [];

    /// <summary>Rows in it.</summary>
    public int Rows => Trades.Count + Movements.Count + Events.Count + Funding.Count + Blocks.Count;

    /// <summary>Whether no command is in it.</summary>
    public bool IsEmpty => Last == 0;

    /// <summary>Adds a command's rows.</summary>
    public void Add(in ExecutedCommand command, InstrumentList list)
    {
        First = First == 0 ? command.Outcome.Sequence : First;
        Last = command.Outcome.Sequence;
        long sequence = (long)command.Outcome.Sequence;
        DateTime time = TimeOf(command.Outcome.TimeNs);
        int ordinal = 0;
        EventReader events = command.Read();
        while (events.MoveNext())
        {
            ordinal++;
            switch (events.Kind)
            {
                case EventKind.Trade:
                    Add(in events.As<Trade>(), sequence, time, list);
                    break;
                case EventKind.BalanceChanged:
                    ref readonly BalanceChanged b = ref events.As<BalanceChanged>();
                    Currency currency = list.Currencies[b.Asset];
                    Movements.Add(
                        new ArchivedMovement(sequence, ordinal, time, (int)b.Header.Account, currency.Name,
                            Scaled(b.ChangeAtoms, currency.Decimals), Scaled(b.BalanceAtoms, currency.Decimals), b.Reason.ToString(),
                            (int)b.Counterparty));
                    break;
                case EventKind.MarkChanged:
                    ref readonly MarkChanged m = ref events.As<MarkChanged>();
                    Instrument i = list.All[m.Market];
                    if (i.IsPerpetual)
                    {
                        var hour = new DateTime(time.Year, time.Month, time.Day, time.Hour, 0, 0, DateTimeKind.Utc);
                        Funding[(i.Name, hour)] =
                            new ArchivedFunding(i.Name, hour, Scaled(m.FundingPpb, 9), Scaled(i.Price(m.IndexTicks), i.PriceDecimals),
                                Scaled(i.Price(m.MarkTicks), i.PriceDecimals), m.FundingIndex);
                    }
                    break;
                case EventKind.OrderPlaced or EventKind.OrderAmended or EventKind.OrderEnded or EventKind.OrderTriggered
                    or EventKind.IcebergRefilled
                    or EventKind.CommandAccepted or EventKind.CommandRefused or EventKind.IndexChanged or EventKind.SourceRewarded:
                    break;
                default:
                    Note(in events, sequence, ordinal, time, list);
                    break;
            }
        }
    }

    /// <summary>Adds a block.</summary>
    public void Add(in BlockHeader header)
    {
        Hash256 hash = header.Hash();
        Hash256 root = header.StateRoot;
        Blocks.Add(new ArchivedBlock(
            (long)header.Height, TimeOf(header.TimeNs), (long)header.FirstSequence, (long)header.CommandCount,
            MemoryMarshal.AsBytes([hash]).ToArray(), MemoryMarshal.AsBytes([root]).ToArray(), header.ToBytes()));
    }

    private void Add(in Trade t, long sequence, DateTime time, InstrumentList list)
    {
        Instrument i = list.All[t.Market];
        Trades.Add(new ArchivedTrade(
            (long)t.TradeId, sequence, time, i.Name, Scaled(i.Price(t.PriceTicks), i.PriceDecimals),
            Scaled(i.Amount(t.Lots), Instrument.AmountDecimals), Instrument.Direction(t.TakerSide),
            (int)t.Header.Account, (int)t.MakerAccount, t.TakerOrder, t.MakerOrder, Scaled(t.TakerFeeAtoms, i.MoneyDecimals),
            Scaled(t.MakerFeeAtoms, i.MoneyDecimals), t.Liquidation != 0));
    }

    private void Note(in EventReader events, long sequence, int ordinal, DateTime time, InstrumentList list)
    {
        ref readonly EventHeader header = ref events.As<EventHeader>();
        int market = EventMarkets.MarketOf(in events);
        var row = new EventRow(header.Sequence, 0, events.Kind, header.Account, market, events.Current.ToArray());
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream))
        {
            EventViews.Write(json, row, list);
        }
        Events.Add(
            new ArchivedEvent(sequence, ordinal, time, events.Kind.ToString(), header.Account == 0 ? null : (int)header.Account,
                market < 0 ? null : list.All[market].Name, Encoding.UTF8.GetString(stream.ToArray())));
    }

    private static DateTime TimeOf(long ns) => DateTime.UnixEpoch.AddTicks(ns / 100);

    // Exact while a decimal's 28 digits hold it. What extreme contract sizes make larger loses its last digits rather than the archive.
    private static decimal Scaled(Int128 value, int decimals)
    {
        while (Int128.Abs(value) > MostDecimal && decimals > 0)
        {
            value /= 10;
            decimals--;
        }
        return (decimal)Int128.Clamp(value, -MostDecimal, MostDecimal) / FixedDecimal.PowerOfTen(decimals);
    }
}
