using System;
using System.Buffers;
using System.Collections.Generic;
using System.Linq;
using System.Threading;

namespace Surety.Gateway.Api;

/// <summary>
/// What goes out on a WebSocket: whole text frames gather in a buffer of bounded size and are written by one task in one go. Who does not
/// read fast enough is disconnected; others do not notice.
/// </summary>
public sealed class RpcConnection : RpcPeer, IDisposable
{
    private readonly int _outgoingLimit;
    private readonly OutgoingBudget? _budget;
    private int _inFlight;
    private int _counted;
    private volatile bool _closing;
    private readonly Lock _gate = new();
    private readonly SemaphoreSlim _ready = new(0, 1);
    private const int Kept = 65_536;
    private ArrayBufferWriter<byte> _gathering = new();
    private ArrayBufferWriter<byte> _writing = new();

    /// <param name="outgoingLimit">Bytes that may wait for the reader, those being written included.</param>
    /// <param name="budget">The memory of all connections.</param>
    public RpcConnection(int outgoingLimit, OutgoingBudget? budget = null)
    {
        (_outgoingLimit, _budget) = (outgoingLimit, budget);
        _budget?.Enter(this);
        Count();
    }

    /// <summary>The connection's number, for logs.</summary>
    public long Number { get; init; }

    /// <inheritdoc/>
    public override RpcConnection? Connection => this;

    /// <summary>Cancelled when the connection should end.</summary>
    public CancellationTokenSource Closing { get; } = new();

    /// <summary>Whether it was told to end: nothing is gathered for it any more.</summary>
    internal bool IsClosing => _closing;

    /// <summary>Why it was ended from here.</summary>
    public string? CloseReason { get; private set; }

    /// <summary>
    /// The channels it listens to, each with the session that may listen to it; null for a public one. Changed under the channels' lock.
    /// </summary>
    internal Dictionary<ChannelAddress, Node.Identity.Session?> Channels { get; } = [];

    /// <summary>Heartbeat interval in seconds that the client asked for; 0 for none.</summary>
    public int HeartbeatSeconds { get; set; }

    /// <summary>When the client last said something, <see cref="Environment.TickCount64"/>.</summary>
    public long LastHeardMs { get; set; } = Environment.TickCount64;

    /// <summary>Whether the orders that it placed are cancelled when it ends.</summary>
    public bool CancelOnDisconnect { get; set; }

    /// <summary>The orders that it placed.</summary>
    internal PlacedOrders Placed { get; } = new();

    /// <summary>Messages that were sent.</summary>
    public long Sent { get; private set; }

    /// <summary>Bytes that wait to be sent, those being written included.</summary>
    public int Waiting => _gathering.WrittenCount + _inFlight;

    /// <summary>Bytes of memory that it holds for what goes out: both buffers, full or not.</summary>
    public int Held => Volatile.Read(ref _counted);

    /// <summary>Sends a text message.</summary>
    public void Send(ReadOnlySpan<byte> text)
    {
        lock (_gate)
        {
            if (_closing)
            {
                return;
            }
            if (Waiting + text.Length > _outgoingLimit)
            {
                Close($"{Waiting} bytes wait to be read; read faster or subscribe to less");
                Drop();
                return;
            }
            WriteHeader(text.Length);
            _gathering.Write(text);
            Sent++;
        }
        Count();
        Signal();
    }

    /// <summary>Puts bytes that are frames already between the messages.</summary>
    public void SendRaw(ReadOnlySpan<byte> frames)
    {
        lock (_gate)
        {
            if (Waiting + frames.Length > _outgoingLimit)
            {
                Close($"{Waiting} bytes wait to be read; read faster or subscribe to less");
                return;
            }
            _gathering.Write(frames);
        }
        Count();
        Signal();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Drop();
        _inFlight = 0;
        lock (_gate)
        {
            _writing = new ArrayBufferWriter<byte>();
        }
        Count();
        _budget?.Leave(this);
        Closing.Dispose();
        _ready.Dispose();
    }

    /// <summary>Ends the connection with a reason.</summary>
    public void Close(string reason)
    {
        CloseReason ??= reason;
        // At once: the token is cancelled by another thread, and what were gathered until then would be kept without a reader.
        _closing = true;
        try
        {
            Closing.CancelAfter(0);
        }
        catch (ObjectDisposedException)
        {
            // It has ended already.
        }
    }

    /// <summary>Forgets what was gathered: it will not be read.</summary>
    internal void Drop()
    {
        lock (_gate)
        {
            _gathering = new ArrayBufferWriter<byte>();
        }
        Count();
    }

    /// <summary>Waits until there is something to write and takes all of it; what was taken before was written.</summary>
    public async System.Threading.Tasks.ValueTask<ReadOnlyMemory<byte>> TakeAsync(CancellationToken cancellation)
    {
        while (true)
        {
            ReadOnlyMemory<byte> taken = default;
            lock (_gate)
            {
                // What is large is given back as soon as it is written, and not kept for the next burst.
                _writing = _writing.Capacity > Kept ? new ArrayBufferWriter<byte>() : _writing;
                _writing.ResetWrittenCount();
                if (_gathering.WrittenCount > 0)
                {
                    (_gathering, _writing) = (_writing, _gathering);
                    taken = _writing.WrittenMemory;
                }
                _inFlight = taken.Length;
            }
            Count();
            if (taken.Length > 0)
            {
                return taken;
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

    // Tells the budget what changed; outside the lock, because the budget may close another connection.
    private void Count()
    {
        int held = _gathering.Capacity + _writing.Capacity;
        int before = Interlocked.Exchange(ref _counted, held);
        if (held != before)
        {
            _budget?.Change(held - before);
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
                // Another thread just did, or no thread writes any more.
            }
        }
    }
}
