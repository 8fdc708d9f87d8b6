using System;
using System.Buffers;
using System.Collections.Generic;
using System.Text.Json;
using Surety.Node.Instruments;

namespace Surety.Gateway.Api;

/// <summary>What a channel is about.</summary>
internal enum ChannelKind
{
    Book,
    BookDepth,
    Ticker,
    Quote,
    Perpetual,
    Trades,
    IndexPrice,
    Chart,
    UserOrders,
    UserTrades,
    UserChanges,
    UserPortfolio,
    UserEvents,
    Events,
    Blocks,
    PlatformState,
    InstrumentState,
}

/// <summary>
/// A stream that connections subscribe to. Each message carries the channel's own number, which rises by one, and the last command
/// that it reflects; the first message is a snapshot.
/// </summary>
internal sealed class Channel(ChannelAddress address)
{
    private readonly ArrayBufferWriter<byte> _buffer = new(1024);
    private long _number;

    public ChannelAddress Address => address;

    public string Name => address.Name;

    public ChannelKind Kind => address.Kind;

    public int Market => address.Market;

    public string MarketKind => address.MarketKind;

    public string Currency => address.Currency;

    /// <summary>The account, of a private channel; of no account otherwise.</summary>
    public uint Account => address.Account ?? uint.MaxValue;

    public bool IsRaw => address.IsRaw;

    public int Depth => address.Depth;

    public long Group => address.Group;

    public long BarMs => address.BarMs;

    public int Index => address.Index;

    public List<RpcConnection> Subscribers { get; } = [];

    /// <summary>Who waits for a snapshot.</summary>
    public List<RpcConnection> Newcomers { get; } = [];

    /// <summary>The book as last published.</summary>
    public BookView? Book { get; set; }

    /// <summary>What was published last, to publish only changes.</summary>
    public object? Last { get; set; }

    /// <summary>Things that wait for the next 100 ms.</summary>
    public List<object> Pending { get; } = [];

    /// <summary>Sends a message to all who listen, or a snapshot to one.</summary>
    public void Publish(ulong sequence, Action<Utf8JsonWriter> data, RpcConnection? snapshotTo = null)
    {
        if (snapshotTo is null)
        {
            if (Subscribers.Count == 0)
            {
                return;
            }
            _number++;
        }
        _buffer.ResetWrittenCount();
        using (var json = new Utf8JsonWriter(_buffer, new JsonWriterOptions { SkipValidation = true }))
        {
            json.WriteStartObject();
            json.WriteString("jsonrpc"u8, "2.0"u8);
            json.WriteString("method"u8, "subscription"u8);
            json.WriteStartObject("params"u8);
            json.WriteString("channel"u8, address.Name);
            json.WriteNumber("number"u8, _number);
            json.WriteNumber("sequence"u8, sequence);
            if (snapshotTo is not null)
            {
                json.WriteBoolean("snapshot"u8, true);
            }
            json.WritePropertyName("data"u8);
            data(json);
            json.WriteEndObject();
            json.WriteEndObject();
        }
        if (snapshotTo is not null)
        {
            snapshotTo.Send(_buffer.WrittenSpan);
            return;
        }
        foreach (RpcConnection connection in Subscribers)
        {
            connection.Send(_buffer.WrittenSpan);
        }
    }
}
