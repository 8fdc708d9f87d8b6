using System;
using System.Buffers;
using System.Buffers.Text;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.Diagnostics;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using System.Threading;
using System.Threading.Tasks;
using Surety.Core.Hashing;
using Surety.Protocol.Commands;
using Surety.Protocol.Rows;
using Surety.Replay.Signing;

namespace Surety.Bench;

/// <summary>
/// A market maker's connection: batches of orders under one signature, over WebSocket. Half of a batch places orders a few ticks from
/// the market, the other half cancels those of the batch before.
/// </summary>
public sealed class OrderSender : IDisposable
{
    private readonly ClientWebSocket _socket = new();
    private readonly SigningKey _key;
    private readonly Hash256 _venue;
    private readonly uint _account;
    private readonly uint _number;
    private readonly ushort _market;
    private readonly SemaphoreSlim _window;
    private readonly ConcurrentQueue<long> _sentAt = new();
    private readonly byte[] _commands = new byte[SignedBatch.MaxCommands * 128];
    private readonly byte[] _batch = new byte[SignedBatch.SizeOf(SignedBatch.MaxCommands)];
    private ulong _nonce;
    private ulong _clientOrder;
    private long _ids;

    private OrderSender(SigningKey key, Hash256 venue, uint account, uint number, ushort market, int window)
    {
        (_key, _venue, _account, _number, _market) = (key, venue, account, number, market);
        _window = new SemaphoreSlim(window);
    }

    /// <summary>Commands that were acknowledged, and of them refused.</summary>
    public (long Acknowledged, long Refused) Counts { get; private set; }

    /// <summary>Round trips, stopwatch ticks; read when nothing is under way.</summary>
    public List<long> Latencies { get; } = [];

    /// <summary>Numbers of acknowledged commands, when they are to be kept.</summary>
    public List<ulong>? Sequences { get; init; }

    /// <summary>The last price it saw, ticks.</summary>
    public static long MarkTicks { get; set; }

    /// <summary>Opens an account with its own key and connects.</summary>
    public static async Task<OrderSender> ConnectAsync(NodeUnderTest node, ushort market, int window, bool keepSequences = false)
    {
        SigningKey key = SigningKey.Create();
        JsonElement opened =
            await node.CallAsync("surety/open_account", new { public_key = Convert.ToBase64String(key.PublicKey.ToBytes()) });
        _ = Hash256.TryParse(opened.GetProperty("venue").GetString(), out Hash256 venue);
        var sender =
            new OrderSender(key, venue, opened.GetProperty("account").GetUInt32(), opened.GetProperty("key").GetUInt32(), market,
                window)
            { Sequences = keepSequences ? [] : null };
        await sender._socket.ConnectAsync(new Uri(node.Url.Replace("http", "ws", StringComparison.Ordinal) + "/ws/api/v2"), default);
        _ = sender.ReadAsync();
        return sender;
    }

    /// <summary>Sends batches until it is stopped: as fast as its window allows, or so many a second.</summary>
    public async Task RunAsync(int batchSize, double batchesPerSecond, CancellationToken stop)
    {
        long started = Stopwatch.GetTimestamp();
        long sent = 0;
        try
        {
            while (!stop.IsCancellationRequested)
            {
                if (batchesPerSecond > 0)
                {
                    double due = sent / batchesPerSecond;
                    double now = Stopwatch.GetElapsedTime(started).TotalSeconds;
                    if (due > now)
                    {
                        await Task.Delay(TimeSpan.FromSeconds(due - now), stop);
                    }
                }
                await _window.WaitAsync(stop);
                await SendAsync(batchSize);
                sent++;
            }
        }
        catch (OperationCanceledException)
        {
            // Enough.
        }
        catch (WebSocketException)
        {
            // The node was killed.
        }
    }

    /// <summary>Returns when every batch sent was answered, or the connection broke.</summary>
    public async Task DrainAsync()
    {
        for (int i = 0; i < 500 && !_sentAt.IsEmpty && _socket.State == WebSocketState.Open; i++)
        {
            await Task.Delay(10);
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _socket.Dispose();
        _key.Dispose();
        _window.Dispose();
    }

    private Task SendAsync(int batchSize)
    {
        int length = 0;
        ulong first = _clientOrder + 1;
        ulong before = _clientOrder >= (ulong)(batchSize / 2) ? _clientOrder - (ulong)(batchSize / 2) + 1 : 0;
        for (int i = 0; i < batchSize; i++)
        {
            if (i % 2 == 0 || before == 0 || batchSize == 1)
            {
                bool buy = i % 4 == 0;
                long distance = 40 + (long)((_nonce * 7) % 60);
                var place = new PlaceOrder
                {
                    Header = { Account = _account, Key = _number, Nonce = ++_nonce },
                    ClientOrderId = ++_clientOrder,
                    Market = _market,
                    Side = buy ? Side.Buy : Side.Sell,
                    PriceTicks = MarkTicks + (buy ? -distance : distance),
                    Lots = 1 + (long)(_nonce % 10),
                    // A single command cannot cancel its forerunner: it takes care of itself.
                    TimeInForce = batchSize == 1 ? TimeInForce.ImmediateOrCancel : TimeInForce.GoodTillCancelled,
                };
                length += CommandCodec.Write(CommandKind.PlaceOrder, ref place, _commands.AsSpan(length));
            }
            else
            {
                var cancel =
                    new CancelOrder
                    {
                        Header = { Account = _account, Key = _number, Nonce = ++_nonce },
                        OrderId = OrderIds.ByClient(before + (ulong)(i / 2))
                    };
                length += CommandCodec.Write(CommandKind.CancelOrder, ref cancel, _commands.AsSpan(length));
            }
        }
        string signature;
        int total = length;
        if (batchSize == 1)
        {
            total = _key.Sign(_venue, _commands, length);
            signature = "";
        }
        else
        {
            int count = SignedBatch.Write(_number, _commands.AsSpan(0, length), _batch);
            _key.SignBatch(_venue, _batch.AsSpan(0, SignedBatch.SizeOf(count)));
            signature = $",\"signature\":\"{Convert.ToBase64String(SignedBatch.SignatureOf(_batch))}\"";
        }
        string commands = Convert.ToBase64String(_commands.AsSpan(0, total));
        byte[] text = Encoding.ASCII.GetBytes(
            $"{{\"jsonrpc\":\"2.0\",\"id\":{++_ids},\"method\":\"surety/submit\","
            + $"\"params\":{{\"commands\":\"{commands}\"{signature}}}}}");
        _sentAt.Enqueue(Stopwatch.GetTimestamp());
        return _socket.SendAsync(text, WebSocketMessageType.Text, true, default);
    }

    // Answers come in the order of the requests: one connection, one sequencer.
    private async Task ReadAsync()
    {
        var buffer = new ArrayBufferWriter<byte>(65_536);
        try
        {
            while (true)
            {
                ValueWebSocketReceiveResult result = await _socket.ReceiveAsync(buffer.GetMemory(16_384), default);
                if (result.MessageType == WebSocketMessageType.Close)
                {
                    return;
                }
                buffer.Advance(result.Count);
                if (!result.EndOfMessage)
                {
                    continue;
                }
                if (_sentAt.TryDequeue(out long sentAt))
                {
                    Latencies.Add(Stopwatch.GetTimestamp() - sentAt);
                }
                Count(buffer.WrittenSpan);
                buffer.ResetWrittenCount();
                _window.Release();
            }
        }
        catch (Exception e) when (e is WebSocketException or ObjectDisposedException or OperationCanceledException)
        {
            // The connection ended.
        }
    }

    private void Count(ReadOnlySpan<byte> answer)
    {
        (long acknowledged, long refused) = Counts;
        for (ReadOnlySpan<byte> rest = answer; rest.IndexOf("\"sequence\":"u8) is >= 0 and var at;)
        {
            rest = rest[(at + 11)..];
            _ = Utf8Parser.TryParse(rest, out ulong sequence, out _);
            int code = rest.IndexOf("\"code\":"u8);
            refused += rest[code + 7] == (byte)'0' ? 0 : 1;
            acknowledged++;
            Sequences?.Add(sequence);
        }
        if (answer.IndexOf("\"error\":"u8) >= 0)
        {
            Error ??= Encoding.UTF8.GetString(answer);
        }
        Counts = (acknowledged, refused);
    }

    /// <summary>The first error that came instead of an answer.</summary>
    public string? Error { get; private set; }
}
