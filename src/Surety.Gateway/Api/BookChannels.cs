using System;
using System.Collections.Generic;
using System.Linq;
using System.Text.Json;
using Surety.Node.Instruments;

namespace Surety.Gateway.Api;

/// <summary>What the channels of books say: a snapshot, then what changed, each with the id of the change before it.</summary>
internal static class BookChannels
{
    /// <summary>Publishes what differs from the book before, and snapshots to newcomers.</summary>
    public static void Publish(Channel channel, BookView book, Instrument i)
    {
        BookView? before = channel.Book;
        if (before is not null && book.Sequence < before.Sequence)
        {
            return;
        }
        if (before is not null && channel.Subscribers.Count > channel.Newcomers.Count)
        {
            List<(string What, long Ticks, long Lots)> bids = Differences(before.Bids, book.Bids, descending: true);
            List<(string What, long Ticks, long Lots)> asks = Differences(before.Asks, book.Asks, descending: false);
            if (bids.Count + asks.Count > 0)
            {
                channel.Publish(book.Sequence, json => Change(json, book, i, before.Sequence, bids, asks));
            }
            else
            {
                // Nothing that anyone can see changed: the chain of change ids stays unbroken.
                book = before;
            }
        }
        channel.Book = book;
        foreach (RpcConnection newcomer in channel.Newcomers)
        {
            channel.Publish(book.Sequence, json => Snapshot(json, book, i), newcomer);
        }
        channel.Newcomers.Clear();
    }

    private static List<(string, long, long)> Differences(IReadOnlyList<(long Ticks, long Lots)> before,
        IReadOnlyList<(long Ticks, long Lots)> now, bool descending)
    {
        var changes = new List<(string, long, long)>();
        int b = 0;
        int n = 0;
        while (b < before.Count || n < now.Count)
        {
            int order = b == before.Count
                ? 1
                : n == now.Count
                ? -1
                : descending
                ? now[n].Ticks.CompareTo(before[b].Ticks)
                : before[b].Ticks.CompareTo(now[n].Ticks);
            if (order < 0)
            {
                changes.Add(("delete", before[b++].Ticks, 0));
            }
            else if (order > 0)
            {
                changes.Add(("new", now[n].Ticks, now[n].Lots));
                n++;
            }
            else
            {
                if (before[b].Lots != now[n].Lots)
                {
                    changes.Add(("change", now[n].Ticks, now[n].Lots));
                }
                b++;
                n++;
            }
        }
        return changes;
    }

    /// <summary>A whole book.</summary>
    public static void Snapshot(Utf8JsonWriter json, BookView book, Instrument i)
    {
        json.WriteStartObject();
        json.WriteString("type"u8, "snapshot"u8);
        json.WriteNumber("timestamp"u8, book.TimeNs / 1_000_000);
        json.WriteString("instrument_name"u8, i.Name);
        json.WriteNumber("change_id"u8, book.Sequence);
        Changes(json, "bids"u8, book.Bids.Select(l => ("new", l.Ticks, l.Lots)), i);
        Changes(json, "asks"u8, book.Asks.Select(l => ("new", l.Ticks, l.Lots)), i);
        json.WriteEndObject();
    }

    private static void Change(Utf8JsonWriter json, BookView book, Instrument i, ulong previous, List<(string, long, long)> bids,
        List<(string, long, long)> asks)
    {
        json.WriteStartObject();
        json.WriteString("type"u8, "change"u8);
        json.WriteNumber("timestamp"u8, book.TimeNs / 1_000_000);
        json.WriteString("instrument_name"u8, i.Name);
        json.WriteNumber("change_id"u8, book.Sequence);
        json.WriteNumber("prev_change_id"u8, previous);
        Changes(json, "bids"u8, bids, i);
        Changes(json, "asks"u8, asks, i);
        json.WriteEndObject();
    }

    private static void Changes(Utf8JsonWriter json, ReadOnlySpan<byte> name, IEnumerable<(string What, long Ticks, long Lots)> changes,
        Instrument i)
    {
        json.WriteStartArray(name);
        foreach ((string what, long ticks, long lots) in changes)
        {
            json.WriteStartArray();
            json.WriteStringValue(what);
            json.WriteDecimalValue(i.Price(ticks), i.PriceDecimals);
            json.WriteDecimalValue(i.Amount(lots), Instrument.AmountDecimals);
            json.WriteEndArray();
        }
        json.WriteEndArray();
    }

    /// <summary>The best prices of a book, read from the book each time.</summary>
    public static void Depth(Utf8JsonWriter json, BookView book, Instrument i)
    {
        json.WriteStartObject();
        json.WriteNumber("timestamp"u8, book.TimeNs / 1_000_000);
        json.WriteString("instrument_name"u8, i.Name);
        json.WriteNumber("change_id"u8, book.Sequence);
        Views.Levels(json, "bids"u8, book.Bids, i);
        Views.Levels(json, "asks"u8, book.Asks, i);
        json.WriteEndObject();
    }

    /// <summary>A book whose prices are put together in groups.</summary>
    public static BookView Grouped(BookView book, Channel channel)
    {
        List<(long, long)> Side(IReadOnlyList<(long Ticks, long Lots)> levels, bool up)
        {
            var grouped = new List<(long Ticks, long Lots)>();
            foreach ((long ticks, long lots) in levels)
            {
                long price = channel.Group == 1 ? ticks
                    : up ? (long)Math.Ceiling(ticks / (decimal)channel.Group) * channel.Group
                        : (long)Math.Floor(ticks / (decimal)channel.Group) * channel.Group;
                if (grouped.Count > 0 && grouped[^1].Ticks == price)
                {
                    grouped[^1] = (price, grouped[^1].Lots + lots);
                }
                else if (grouped.Count == channel.Depth)
                {
                    break;
                }
                else
                {
                    grouped.Add((price, lots));
                }
            }
            return grouped;
        }
        return book with { Bids = Side(book.Bids, up: false), Asks = Side(book.Asks, up: true) };
    }
}
