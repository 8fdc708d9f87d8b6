using System;
using System.Buffers;
using System.Collections.Generic;
using System.Linq;
using System.Threading;

namespace Surety.Node.Api;

/// <summary>
/// What goes out on a WebSocket: whole text frames gather in a buffer of bounded size and are written by one task in one go. Who does not
/// read fast enough is disconnected; nobody else notices.
/// </summary>
public sealed class RpcConnection(int outgoingLimit) : RpcPeer, IDisposable
{
    private readonly Lock _gate = new();
    private readonly SemaphoreSlim _ready = new(0, 1);
    private ArrayBufferWriter<byte> _gathering = new(4096);
    private ArrayBufferWriter<byte> _writing = new(4096);

    /// <summary>The connection's number, for logs.</summary>
    public long Number { get; init; }

    /// <inheritdoc/>
    public override RpcConnection? Connection => this;

    /// <summary>Cancelled when the connection should end.</summary>
    public CancellationTokenSource Closing { get; } = new();

    /// <summary>Why it was ended from here.</summary>
    public string? CloseReason { get; private set; }

    /// <summary>Names of the channels it listens to.</summary>
    public HashSet<string> Channels { get; } = new(StringComparer.Ordinal);

    /// <summary>Heartbeat interval in seconds that the client asked for; 0 for none.</summary>
    public int HeartbeatSeconds { get; set; }

    /// <summary>When the client last said something, <see cref="Environment.TickCount64"/>.</summary>
    public long LastHeardMs { get; set; } = Environment.TickCount64;

    /// <summary>Whether the orders that it placed are cancelled when it ends.</summary>
    public bool CancelOnDisconnect { get; set; }

    /// <summary>The orders that it placed.</summary>
    public PlacedOrders Placed { get; } = new();

    /// <summary>Messages that were sent.</summary>
    public long Sent { get; private set; }

    /// <summary>Bytes that wait to be sent.</summary>
    public int Waiting => _gathering.WrittenCount;

    /// <summary>Sends a text message.</summary>
    public void Send(ReadOnlySpan<byte> text)
    {
        lock (_gate)
        {
            if (Closing.IsCancellationRequested)
            {
                return;
            }
            if (_gathering.WrittenCount + text.Length > outgoingLimit)
            {
                Close($"{_gathering.WrittenCount} bytes wait to be read; read faster or subscribe to less");
                return;
            }
            WriteHeader(text.Length);
            _gathering.Write(text);
            Sent++;
        }
        Signal();
    }

    /// <summary>Puts bytes that are frames already between the messages.</summary>
    public void SendRaw(ReadOnlySpan<byte> frames)
    {
        lock (_gate)
        {
            _gathering.Write(frames);
        }
        Signal();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Closing.Dispose();
        _ready.Dispose();
    }

    /// <summary>Ends the connection with a reason.</summary>
    public void Close(string reason)
    {
        CloseReason ??= reason;
        try
        {
            Closing.CancelAfter(0);
        }
        catch (ObjectDisposedException)
        {
            // It has ended already.
        }
    }

    /// <summary>Waits until there is something to write and takes all of it.</summary>
    public async System.Threading.Tasks.ValueTask<ReadOnlyMemory<byte>> TakeAsync(CancellationToken cancellation)
    {
        while (true)
        {
            lock (_gate)
            {
                if (_gathering.WrittenCount > 0)
                {
                    (_gathering, _writing) = (_writing, _gathering);
                    _gathering.ResetWrittenCount();
                    if (_gathering.Capacity > 1 << 20)
                    {
                        _gathering = new ArrayBufferWriter<byte>(4096);
                    }
                    return _writing.WrittenMemory;
                }
            }
            await _ready.WaitAsync(cancellation);
        }
    }

    /// <summary>What is left to write when the connection ends.</summary>
    public ReadOnlyMemory<byte> TakeRest()
    {
        lock (_gate)
        {
            return _gathering.WrittenMemory;
        }
    }

    // RFC 6455, section 5.2: final text frame, not masked.
    private void WriteHeader(int length)
    {
        Span<byte> header = _gathering.GetSpan(10);
        header[0] = 0x81;
        if (length < 126)
        {
            header[1] = (byte)length;
            _gathering.Advance(2);
        }
        else if (length <= ushort.MaxValue)
        {
            header[1] = 126;
            System.Buffers.Binary.BinaryPrimitives.WriteUInt16BigEndian(header[2..], (ushort)length);
            _gathering.Advance(4);
        }
        else
        {
            header[1] = 127;
            System.Buffers.Binary.BinaryPrimitives.WriteUInt64BigEndian(header[2..], (ulong)length);
            _gathering.Advance(10);
        }
    }

    private void Signal()
    {
        if (_ready.CurrentCount == 0)
        {
            try
            {
                _ready.Release();
            }
            catch (Exception e) when (e is SemaphoreFullException or ObjectDisposedException)
            {
                // Somebody else just did, or nobody writes any more.
            }
        }
    }
}
