using System;
using System.Buffers;
using System.IO;
using System.Net;
using System.Net.WebSockets;
using System.Threading;
using System.Threading.Tasks;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Surety.Gateway.Api;
using Surety.Node.Settings;
using Surety.Node.Telemetry;

namespace Surety.Gateway.Web;

/// <summary>
/// WebSocket connections. What comes in is read by the platform's WebSocket; what goes out is gathered by <see cref="RpcConnection"/>
/// and written by one task, many messages at a time.
/// </summary>
internal sealed class SocketEndpoint(
    RpcDispatcher dispatcher, Channels channels, DisconnectCancelling cancelling, OutgoingBudget outgoing, NodeMetrics metrics,
    NodeSettings settings, CancellationToken stopping)
{
    private static readonly TimeSpan PingEvery = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan PongWithin = TimeSpan.FromSeconds(20);
    private readonly AddressCounts _perAddress = new();
    private readonly Origins _origins = new(settings.Listen);
    private long _numbers;

    public async Task Run(HttpContext context)
    {
        if (!HttpMethods.IsGet(context.Request.Method))
        {
            context.Response.StatusCode = 405;
            context.Response.Headers.Allow = "GET";
            return;
        }
        if (!_origins.Allows(context.Request))
        {
            context.Response.StatusCode = 403;
            await context.Response.WriteAsync(
                "pages of this origin may not connect; the venue's operator can list them in listen.origins\n");
            return;
        }
        IHttpUpgradeFeature? upgrade = context.Features.Get<IHttpUpgradeFeature>();
        string key = context.Request.Headers.SecWebSocketKey.ToString();
        if (upgrade is not { IsUpgradableRequest: true } || key.Length == 0)
        {
            context.Response.StatusCode = 426;
            context.Response.Headers.Upgrade = "websocket";
            await context.Response.WriteAsync("This is a WebSocket: connect with ws:// or wss://.\n");
            return;
        }
        IPAddress address = context.Connection.RemoteIpAddress ?? IPAddress.None;
        string sender = Addresses.NameOf(address);
        if (!_perAddress.TryEnter(sender, settings.Limits.ConnectionsPerAddress))
        {
            context.Response.StatusCode = 429;
            await context.Response.WriteAsync("too many connections from this address\n");
            return;
        }
        metrics.Connected(1);
        try
        {
            context.Response.Headers.Upgrade = "websocket";
            context.Response.Headers.Connection = "Upgrade";
            context.Response.Headers.SecWebSocketAccept = Accept(key);
            await using Stream stream = await upgrade.UpgradeAsync();
            using var connection = new RpcConnection(settings.Limits.OutgoingBytes, outgoing)
            {
                Number = Interlocked.Increment(ref _numbers),
                Address = address,
                Origin = context.Request.Headers.Origin.ToString(),
            };
            await Serve(stream, connection);
        }
        finally
        {
            metrics.Connected(-1);
            _perAddress.Leave(sender);
        }
    }

    private async Task Serve(Stream stream, RpcConnection connection)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(connection.Closing.Token, stopping);
        await using var gathering = new GatheringStream(stream, connection);
        using WebSocket socket = WebSocket.CreateFromStream(gathering, new WebSocketCreationOptions
        {
            IsServer = true,
            KeepAliveInterval = PingEvery,
            KeepAliveTimeout = PongWithin,
        });
        Task writing = Write(stream, connection, TimeSpan.FromSeconds(settings.Limits.WriteSeconds), stop.Token);
        Task beating = Beat(connection, stop.Token);
        try
        {
            await Read(socket, connection, stop.Token);
        }
        catch (Exception e) when (e is WebSocketException or OperationCanceledException or IOException)
        {
            metrics.CountDisconnection(connection.CloseReason is { } reason && reason.Contains("wait to be read", StringComparison.Ordinal)
                ? "slow reader"
                : e is WebSocketException
                ? "broken"
                : "closed");
        }
        finally
        {
            channels.Unsubscribe(connection, null);
            cancelling.Ended(connection);
            await stop.CancelAsync();
            await Task.WhenAll(writing, beating);
            if (socket.State is WebSocketState.Open or WebSocketState.CloseReceived)
            {
                await Close(socket, stream, connection);
            }
        }
    }

    private static async Task Close(WebSocket socket, Stream stream, RpcConnection connection)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(1));
        try
        {
            string reason = connection.CloseReason ?? "";
            await socket.CloseOutputAsync(connection.CloseReason is null
                ? WebSocketCloseStatus.NormalClosure
                : WebSocketCloseStatus.PolicyViolation, reason[..Math.Min(reason.Length, 120)], patience.Token);
            await stream.WriteAsync(connection.TakeRest(), patience.Token);
            await stream.FlushAsync(patience.Token);
        }
        catch (Exception e) when (e is WebSocketException or OperationCanceledException or IOException or ObjectDisposedException)
        {
            // It is gone already.
        }
    }

    private async Task Read(WebSocket socket, RpcConnection connection, CancellationToken stop)
    {
        int limit = settings.Limits.MessageBytes;
        byte[] buffer = ArrayPool<byte>.Shared.Rent(Math.Min(limit + 1, 16_384));
        try
        {
            int length = 0;
            while (true)
            {
                if (length == buffer.Length)
                {
                    byte[] larger = ArrayPool<byte>.Shared.Rent(Math.Min(limit + 1, buffer.Length * 2));
                    buffer.CopyTo(larger, 0);
                    ArrayPool<byte>.Shared.Return(buffer);
                    buffer = larger;
                }
                ValueWebSocketReceiveResult result = await socket.ReceiveAsync(buffer.AsMemory(length), stop);
                if (result.MessageType == WebSocketMessageType.Close)
                {
                    return;
                }
                length += result.Count;
                if (length > limit)
                {
                    connection.Close($"a message may have {limit} bytes");
                    metrics.CountDisconnection("oversize");
                    return;
                }
                if (!result.EndOfMessage)
                {
                    continue;
                }
                connection.LastHeardMs = Environment.TickCount64;
                dispatcher.Handle(buffer.AsMemory(0, length), connection, answer => connection.Send(answer.Span));
                length = 0;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    // Who takes nothing for so long has stopped reading: what waits for it is given back.
    private static async Task Write(Stream stream, RpcConnection connection, TimeSpan patience, CancellationToken stop)
    {
        try
        {
            while (true)
            {
                ReadOnlyMemory<byte> frames = await connection.TakeAsync(stop);
                using var write = CancellationTokenSource.CreateLinkedTokenSource(stop);
                write.CancelAfter(patience);
                await stream.WriteAsync(frames, write.Token);
                await stream.FlushAsync(write.Token);
            }
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            connection.Close(
                $"{connection.Waiting} bytes wait to be read for {patience.TotalSeconds:0} s; read faster or subscribe to less");
        }
        catch (Exception e) when (e is OperationCanceledException or IOException or ObjectDisposedException)
        {
            connection.Close("the connection ended");
        }
    }

    // Asks the client whether it is there, as often as it wanted; one that says nothing for two intervals is gone.
    private static async Task Beat(RpcConnection connection, CancellationToken stop)
    {
        long askedMs = Environment.TickCount64;
        try
        {
            using var timer = new PeriodicTimer(TimeSpan.FromSeconds(1));
            while (await timer.WaitForNextTickAsync(stop))
            {
                long interval = connection.HeartbeatSeconds * 1_000L;
                if (interval == 0)
                {
                    continue;
                }
                long now = Environment.TickCount64;
                if (now - connection.LastHeardMs > 2 * interval)
                {
                    connection.Close("no answer to the heartbeat");
                    return;
                }
                if (now - askedMs >= interval)
                {
                    askedMs = now;
                    connection.Send("{\"jsonrpc\":\"2.0\",\"method\":\"heartbeat\",\"params\":{\"type\":\"test_request\"}}"u8);
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The connection ended.
        }
    }

    // RFC 6455, section 1.3: the protocol's own use of SHA-1, which secures nothing.
#pragma warning disable CA5350
    private static string Accept(string key) =>
        Convert.ToBase64String(
            System.Security.Cryptography.SHA1.HashData(System.Text.Encoding.ASCII.GetBytes(key + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11")));
#pragma warning restore CA5350

    /// <summary>
    /// Reads from the connection; what the platform's WebSocket writes, pongs and closes, goes between the gathered messages.
    /// </summary>
    private sealed class GatheringStream(Stream inner, RpcConnection connection) : Stream
    {
        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override void Flush()
        {
        }

        public override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public override int Read(byte[] buffer, int offset, int count) => inner.Read(buffer, offset, count);

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            inner.ReadAsync(buffer, cancellationToken);

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => connection.SendRaw(buffer.AsSpan(offset, count));

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            connection.SendRaw(buffer.Span);
            return ValueTask.CompletedTask;
        }
    }
}
