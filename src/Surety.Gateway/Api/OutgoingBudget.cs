using System.Collections.Generic;
using System.Threading;

namespace Surety.Gateway.Api;

/// <summary>
/// The memory that all connections together hold for what they have not sent. When it is used up, the connection that holds the most
/// is closed, until it suffices again: those who read do not pay for those who do not.
/// </summary>
/// <param name="most">Bytes.</param>
public sealed class OutgoingBudget(long most)
{
    private readonly Lock _gate = new();
    private readonly HashSet<RpcConnection> _connections = [];
    private long _used;

    /// <summary>Bytes held now.</summary>
    public long Used => Interlocked.Read(ref _used);

    /// <summary>Bytes there are.</summary>
    public long Most => most;

    internal void Enter(RpcConnection connection)
    {
        lock (_gate)
        {
            _connections.Add(connection);
        }
    }

    internal void Leave(RpcConnection connection)
    {
        lock (_gate)
        {
            _connections.Remove(connection);
        }
    }

    /// <summary>Counts bytes more or less; never called under a connection's own lock.</summary>
    internal void Change(long bytes)
    {
        if (Interlocked.Add(ref _used, bytes) <= most || bytes <= 0)
        {
            return;
        }
        RpcConnection? largest = null;
        lock (_gate)
        {
            foreach (RpcConnection connection in _connections)
            {
                if (!connection.IsClosing && connection.Held > (largest?.Held ?? 0))
                {
                    largest = connection;
                }
            }
        }
        largest?.Close(
            $"{largest.Held} bytes wait to be read, the most of all connections, and memory "
            + $"for that is used up; read faster or subscribe to less");
        largest?.Drop();
    }
}
