using System;
using System.Collections.Generic;
using System.Linq;
using System.Net.WebSockets;
using System.Text;
using System.Text.Json;
using System.Threading;
using System.Threading.Tasks;

namespace Surety.Cli.Tests;

/// <summary>A plain WebSocket that keeps all it is told.</summary>
internal sealed class Listener : IAsyncDisposable
{
    private readonly ClientWebSocket _socket = new();
    private readonly List<string> _messages = [];
    private Task _reading = Task.CompletedTask;
    private int _ids;

    public static async Task<Listener> ConnectAsync(string url, string? origin = null)
    {
        var listener = new Listener();
        if (origin is not null)
        {
            listener._socket.Options.SetRequestHeader("Origin", origin);
        }
        await listener._socket.ConnectAsync(new Uri(url.Replace("http", "ws", StringComparison.Ordinal) + "/ws/api/v2"),
            CancellationToken.None);
        listener._reading = Task.Run(listener.ReadAsync);
        return listener;
    }

    /// <summary>All that came so far.</summary>
    public List<string> Messages
    {
        get
        {
            lock (_messages)
            {
                return [.. _messages];
            }
        }
    }

    /// <summary>Messages of channels.</summary>
    public List<string> Told => [.. Messages.Where(m => m.Contains("\"method\":\"subscription\"", StringComparison.Ordinal))];

    /// <summary>The answer to a request, error or result.</summary>
    public async Task<JsonElement> AskAsync(string method, object? parameters = null)
    {
        int id = Interlocked.Increment(ref _ids);
        await _socket.SendAsync(JsonSerializer.SerializeToUtf8Bytes(new { jsonrpc = "2.0", id, method, @params = parameters ?? new { } }),
            WebSocketMessageType.Text, true, CancellationToken.None);
        string answer = await WaitAsync(m => m.Contains($"\"id\":{id},", StringComparison.Ordinal), 10_000)
            ?? throw new TimeoutException(method);
        using JsonDocument document = JsonDocument.Parse(answer);
        return document.RootElement.Clone();
    }

    /// <summary>The first message that fits, or null when none came in time.</summary>
    public async Task<string?> WaitAsync(Func<string, bool> fits, int milliseconds)
    {
        for (long end = Environment.TickCount64 + milliseconds; ; await Task.Delay(10))
        {
            if (Messages.FirstOrDefault(fits) is { } found)
            {
                return found;
            }
            if (Environment.TickCount64 > end)
            {
                return null;
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        _socket.Abort();
        await _reading;
        _socket.Dispose();
    }

    private async Task ReadAsync()
    {
        var buffer = new byte[1 << 20];
        try
        {
            int length = 0;
            while (true)
            {
                ValueWebSocketReceiveResult result = await _socket.ReceiveAsync(buffer.AsMemory(length), CancellationToken.None);
                length += result.Count;
                if (result.MessageType == WebSocketMessageType.Close)
                {
                    return;
                }
                if (result.EndOfMessage)
                {
                    lock (_messages)
                    {
                        _messages.Add(Encoding.UTF8.GetString(buffer, 0, length));
                    }
                    length = 0;
                }
            }
        }
        catch (Exception e) when (e is WebSocketException or ObjectDisposedException or OperationCanceledException)
        {
            // It was closed.
        }
    }
}
