using System;
using System.Buffers;
using System.Collections.Concurrent;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Net.WebSockets;
using System.Text.Json;
using System.Threading;
using System.Threading.Tasks;

namespace Surety.Client;

/// <summary>A message of a channel.</summary>
/// <param name="Channel">Its name.</param>
/// <param name="Data">What it says.</param>
/// <param name="IsSnapshot">Whether it stands for itself, rather than for a change of what was before.</param>
/// <param name="Number">The channel's own number; rises by one with each change.</param>
/// <param name="Sequence">The last command that it reflects.</param>
public readonly record struct ChannelMessage(string Channel, JsonElement Data, bool IsSnapshot, long Number, ulong Sequence);

/// <summary>
/// A connection to a venue over WebSocket that recovers: when it breaks, it connects, logs in and subscribes again, so
/// that every channel begins with a snapshot; when a channel skips a number, it is subscribed again. Requests under way when
/// it breaks end with an <see cref="IOException"/>: whether they were carried out is to be asked. Safe to use from many threads.
/// </summary>
public sealed class VenueClient : IAsyncDisposable
{
    private const int InvalidParams = -32602;
    private static readonly string[] Harmless = ["get_", "cancel", "subscribe", "unsubscribe", "logout"];
    private static readonly TimeSpan FirstWait = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(10);

    private readonly Uri _address;
    private readonly CancellationTokenSource _stop = new();
    private readonly SemaphoreSlim _sending = new(1);
    private readonly ConcurrentDictionary<long, TaskCompletionSource<JsonElement>> _calls = new();
    private readonly ConcurrentDictionary<string, Subscription> _subscriptions = new();
    private readonly TaskCompletionSource _connected = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Task _running;
    private ClientWebSocket? _socket;
    private (string Id, string Secret)? _login;
    private long _ids;

    private VenueClient(Uri address)
    {
        _address = address;
        _running = Task.Run(RunAsync);
    }

    /// <summary>Told of each time that the connection was made again.</summary>
    public Action? Reconnected { get; set; }

    /// <summary>Told of each gap in a channel's numbers: channel, expected, found.</summary>
    public Action<string, long, long>? Gap { get; set; }

    /// <summary>
    /// Told of private channels that the venue ended, with its reason: the key was revoked or switched off, the session expired.
    /// </summary>
    public Action<IReadOnlyList<string>, string>? Ended { get; set; }

    /// <summary>
    /// Why nothing more that changes anything is sent: the venue's history is not the one that was seen before. Null while all is well;
    /// set by a <see cref="VenueHistory"/>. Questions and cancellations still go through.
    /// </summary>
    public string? Stopped { get; internal set; }

    /// <summary>How many times it connected.</summary>
    public int Connections { get; private set; }

    /// <summary>Connects.</summary>
    /// <param name="url">Of the venue, for example http://127.0.0.1:8080 or wss://venue.example.</param>
    /// <param name="cancellation">Gives up.</param>
    public static async Task<VenueClient> ConnectAsync(string url, CancellationToken cancellation = default)
    {
        string address =
            url.Replace("https://", "wss://", StringComparison.Ordinal).Replace("http://", "ws://", StringComparison.Ordinal).TrimEnd('/');
        var client = new VenueClient(new Uri(address.EndsWith("/ws/api/v2", StringComparison.Ordinal) ? address : address + "/ws/api/v2"));
        try
        {
            await client._connected.Task.WaitAsync(cancellation).ConfigureAwait(false);
            return client;
        }
        catch
        {
            await client.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Logs in with an API key, now and after each reconnection.</summary>
    /// <exception cref="VenueException">The key is not right.</exception>
    public async Task LogInAsync(string id, string secret, CancellationToken cancellation = default)
    {
        JsonElement session =
            await CallAsync("public/auth", new { grant_type = "client_credentials", client_id = id, client_secret = secret }, cancellation)
                .ConfigureAwait(false);
        bool first = _login is null;
        _login = (id, secret);
        if (first)
        {
            _ = StayLoggedInAsync(session.GetProperty("expires_in").GetInt32());
        }
    }

    // A session lasts some minutes and private channels end with it; another log-in on the same connection carries them on.
    private async Task StayLoggedInAsync(int expiresIn)
    {
        try
        {
            while (true)
            {
                await Task.Delay(TimeSpan.FromSeconds(Math.Max(expiresIn * 2 / 3, 1)), _stop.Token).ConfigureAwait(false);
                try
                {
                    (string id, string secret) = _login!.Value;
                    JsonElement session =
                        await CallAsync("public/auth", new { grant_type = "client_credentials", client_id = id, client_secret = secret },
                            _stop.Token).ConfigureAwait(false);
                    expiresIn = session.GetProperty("expires_in").GetInt32();
                }
                catch (Exception e) when (e is IOException or VenueException)
                {
                    // Broken: the reconnection logs in. Refused: the venue says so by Ended.
                }
            }
        }
        catch (Exception e) when (e is OperationCanceledException or ObjectDisposedException)
        {
            // Disposed.
        }
    }

    /// <summary>Calls a method and returns its result.</summary>
    /// <param name="method">For example public/ticker.</param>
    /// <param name="parameters">An object whose properties are the parameters.</param>
    /// <param name="cancellation">Stops waiting; the request may still be carried out.</param>
    /// <exception cref="VenueException">The venue refused.</exception>
    /// <exception cref="IOException">The connection broke: ask whether it was carried out.</exception>
    public async Task<JsonElement> CallAsync(string method, object? parameters = null, CancellationToken cancellation = default)
    {
        if (Stopped is { } reason && Changes(method))
        {
            throw new VenueException(0, "stopped", reason, null);
        }
        long id = Interlocked.Increment(ref _ids);
        var source = new TaskCompletionSource<JsonElement>(TaskCreationOptions.RunContinuationsAsynchronously);
        _calls[id] = source;
        try
        {
            await SendAsync(JsonSerializer.SerializeToUtf8Bytes(new { jsonrpc = "2.0", id, method, @params = parameters ?? new { } }),
                cancellation).ConfigureAwait(false);
            return await source.Task.WaitAsync(cancellation).ConfigureAwait(false);
        }
        finally
        {
            _calls.TryRemove(id, out _);
        }
    }

    /// <summary>Listens to a channel. The first message is a snapshot; another one comes after each reconnection or gap.</summary>
    /// <param name="channel">For example book.BTC_USDC-PERPETUAL.100ms.</param>
    /// <param name="handler">Called one message after another; must be quick.</param>
    /// <param name="cancellation">Gives up.</param>
    /// <exception cref="ArgumentException">There is no such channel, or it needs a log-in.</exception>
    public async Task SubscribeAsync(string channel, Action<ChannelMessage> handler, CancellationToken cancellation = default)
    {
        _subscriptions[channel] = new Subscription(handler);
        try
        {
            await CallAsync(ScopeOf(channel) + "/subscribe", new { channels = new[] { channel }, snapshots = true }, cancellation)
                .ConfigureAwait(false);
        }
        catch (VenueException e) when (e.Code == InvalidParams)
        {
            _subscriptions.TryRemove(channel, out _);
            throw new ArgumentException(e.Message, nameof(channel), e);
        }
    }

    /// <summary>Stops listening.</summary>
    public async Task UnsubscribeAsync(string channel, CancellationToken cancellation = default)
    {
        _subscriptions.TryRemove(channel, out _);
        await CallAsync(ScopeOf(channel) + "/unsubscribe", new { channels = new[] { channel } }, cancellation).ConfigureAwait(false);
    }

    /// <summary>Breaks the connection, which is then made again; for tests.</summary>
    public void Break() => _socket?.Abort();

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        _socket?.Abort();
        try
        {
            await _running.ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // What was asked for.
        }
        _socket?.Dispose();
        _sending.Dispose();
        _stop.Dispose();
    }

    private static bool Changes(string method) =>
        method is "surety/submit" || (method.StartsWith("private/", StringComparison.Ordinal)
            && !Harmless.Any(h => method.AsSpan("private/".Length).StartsWith(h, StringComparison.Ordinal)));

    private static string ScopeOf(string channel) => channel.StartsWith("user.", StringComparison.Ordinal) ? "private" : "public";

    private async Task SendAsync(byte[] text, CancellationToken cancellation)
    {
        await _sending.WaitAsync(cancellation).ConfigureAwait(false);
        try
        {
            ClientWebSocket socket = _socket is { State: WebSocketState.Open } open
                ? open
                : throw new IOException("not connected; the connection is being made again");
            await socket.SendAsync(text, WebSocketMessageType.Text, true, cancellation).ConfigureAwait(false);
        }
        catch (Exception e) when (e is WebSocketException or ObjectDisposedException)
        {
            throw new IOException("the connection broke", e);
        }
        finally
        {
            _sending.Release();
        }
    }

    private async Task RunAsync()
    {
        TimeSpan wait = FirstWait;
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                using var socket = new ClientWebSocket();
                await socket.ConnectAsync(_address, _stop.Token).ConfigureAwait(false);
                _socket = socket;
                Connections++;
                wait = FirstWait;
                Task restoring = Connections > 1 ? Task.Run(RestoreAsync) : Task.CompletedTask;
                _connected.TrySetResult();
                await ReadAsync(socket).ConfigureAwait(false);
                await restoring.ConfigureAwait(false);
            }
            catch (Exception e)
                when (e is WebSocketException or ObjectDisposedException or IOException or VenueException
                    or OperationCanceledException && !_stop.IsCancellationRequested)
            {
                if (Connections == 0 && e is WebSocketException)
                {
                    _connected.TrySetException(new IOException($"{_address}: {e.Message}", e));
                }
            }
            FailCalls();
            await Task.Delay(wait, _stop.Token).ConfigureAwait(false);
            wait = wait * 2 < LongestWait ? wait * 2 : LongestWait;
        }
    }

    private async Task RestoreAsync()
    {
        if (_login is var (id, secret))
        {
            await CallAsync("public/auth", new { grant_type = "client_credentials", client_id = id, client_secret = secret }, _stop.Token)
                .ConfigureAwait(false);
        }
        foreach (IGrouping<string, string> scope in _subscriptions.Keys.GroupBy(ScopeOf))
        {
            await CallAsync(scope.Key + "/subscribe", new { channels = scope.ToArray(), snapshots = true }, _stop.Token)
                .ConfigureAwait(false);
        }
        Reconnected?.Invoke();
    }

    private async Task ReadAsync(ClientWebSocket socket)
    {
        var buffer = new ArrayBufferWriter<byte>(65_536);
        while (!_stop.IsCancellationRequested)
        {
            ValueWebSocketReceiveResult result = await socket.ReceiveAsync(buffer.GetMemory(16_384), _stop.Token).ConfigureAwait(false);
            if (result.MessageType == WebSocketMessageType.Close)
            {
                return;
            }
            buffer.Advance(result.Count);
            if (result.EndOfMessage)
            {
                using (JsonDocument document = JsonDocument.Parse(buffer.WrittenMemory))
                {
                    Take(document.RootElement);
                }
                buffer.ResetWrittenCount();
            }
        }
    }

    private void Take(JsonElement message)
    {
        if (message.TryGetProperty("id", out JsonElement id) && id.ValueKind == JsonValueKind.Number
            && _calls.TryRemove(id.GetInt64(), out TaskCompletionSource<JsonElement>? call))
        {
            if (message.TryGetProperty("error", out JsonElement error))
            {
                JsonElement data = error.TryGetProperty("data", out JsonElement d) ? d : default;
                call.TrySetException(new VenueException(
                    error.GetProperty("code").GetInt32(), error.GetProperty("message").GetString()!,
                    data.ValueKind == JsonValueKind.Object && data.TryGetProperty("reason", out JsonElement reason)
                        ? reason.GetString()!
                        : "",
                    data.ValueKind == JsonValueKind.Object && data.TryGetProperty("wait_ms", out JsonElement wait)
                        ? wait.GetInt32()
                        : null));
            }
            else
            {
                call.TrySetResult(message.GetProperty("result").Clone());
            }
        }
        else if (message.TryGetProperty("method", out JsonElement method))
        {
            JsonElement parameters = message.GetProperty("params");
            if (method.GetString() == "heartbeat")
            {
                _ = CallAsync("public/test");
            }
            else if (method.GetString() == "subscription_ended")
            {
                Ended?.Invoke([.. parameters.GetProperty("channels").EnumerateArray().Select(c => c.GetString()!)],
                    parameters.GetProperty("reason").GetString()!);
            }
            else if (_subscriptions.TryGetValue(parameters.GetProperty("channel").GetString()!, out Subscription? subscription))
            {
                Take(subscription, parameters);
            }
        }
    }

    private void Take(Subscription subscription, JsonElement parameters)
    {
        var message = new ChannelMessage(
            parameters.GetProperty("channel").GetString()!, parameters.GetProperty("data"),
            parameters.TryGetProperty("snapshot", out JsonElement snapshot) && snapshot.GetBoolean(),
            parameters.GetProperty("number").GetInt64(), parameters.GetProperty("sequence").GetUInt64());
        if (message.IsSnapshot)
        {
            subscription.Waiting = false;
        }
        else if (subscription.Waiting || message.Number <= subscription.Number)
        {
            return;
        }
        else if (message.Number != subscription.Number + 1)
        {
            subscription.Waiting = true;
            Gap?.Invoke(message.Channel, subscription.Number + 1, message.Number);
            _ = CallAsync(ScopeOf(message.Channel) + "/subscribe", new { channels = new[] { message.Channel }, snapshots = true });
            return;
        }
        subscription.Number = message.Number;
        subscription.Handler(message);
    }

    private void FailCalls()
    {
        foreach (long id in _calls.Keys)
        {
            if (_calls.TryRemove(id, out TaskCompletionSource<JsonElement>? call))
            {
                call.TrySetException(
                    new IOException("the connection broke before the answer came; ask whether the request was carried out"));
            }
        }
    }

    private sealed class Subscription(Action<ChannelMessage> handler)
    {
        public Action<ChannelMessage> Handler => handler;

        public long Number { get; set; } = -1;

        /// <summary>Whether changes are of no use until the next snapshot.</summary>
        public bool Waiting { get; set; } = true;
    }
}
