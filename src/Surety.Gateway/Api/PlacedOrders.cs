using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Surety.Node;
using Surety.Node.History;
using Surety.Node.Identity;
using Surety.Node.Sequencing;
using Surety.Protocol.Commands;

namespace Surety.Gateway.Api;

/// <summary>
/// Orders that were placed over one connection, so that its end can cancel those and no others. Holds at most what is live of them and as much
/// again: the rest is forgotten when room is needed.
/// </summary>
public sealed class PlacedOrders
{
    private const int FirstLimit = 1_024;
    private static readonly TimeSpan Again = TimeSpan.FromMilliseconds(200);

    private readonly Lock _gate = new();
    private readonly Dictionary<ulong, (ApiKey Key, uint Account)> _orders = [];
    private int _limit = FirstLimit;
    private bool _ended;

    /// <summary>Notes an order. One that comes to be after the connection has ended is cancelled at once, where that was asked for.</summary>
    internal void Add(VenueNode node, RpcConnection connection, ulong orderId, Session session)
    {
        if (session.ApiKey is not { } key)
        {
            return;
        }
        lock (_gate)
        {
            if (!_ended)
            {
                if (_orders.Count >= _limit)
                {
                    Forget(node.History);
                }
                _orders[orderId] = (key, session.Account);
                return;
            }
        }
        if (connection.CancelOnDisconnect)
        {
            _ = CancelAsync(node, key, session.Account, [orderId]);
        }
    }

    /// <summary>The connection has ended: cancels what it placed and is live, where that was asked for.</summary>
    internal void End(VenueNode node, RpcConnection connection)
    {
        Dictionary<ulong, (ApiKey Key, uint Account)> placed;
        lock (_gate)
        {
            _ended = true;
            placed = new(_orders);
            _orders.Clear();
        }
        if (!connection.CancelOnDisconnect)
        {
            return;
        }
        foreach (IGrouping<(ApiKey Key, uint Account), ulong> group in placed.GroupBy(o => o.Value, o => o.Key))
        {
            ulong[] live = [.. node.History.LiveOrders(group.Key.Account, o => IsOf(placed, o)).Select(o => o.OrderId)];
            _ = CancelAsync(node, group.Key.Key, group.Key.Account, live);
        }
    }

    // What a stop became is its client's order as the stop was.
    private static bool IsOf(Dictionary<ulong, (ApiKey Key, uint Account)> placed, OrderRow order) =>
        placed.ContainsKey(order.OrderId) || (order.Parent != 0 && placed.ContainsKey(order.Parent));

    private void Forget(RecentHistory history)
    {
        var kept = new HashSet<ulong>();
        foreach (uint account in _orders.Values.Select(o => o.Account).Distinct())
        {
            foreach (OrderRow order in history.LiveOrders(account))
            {
                kept.Add(order.OrderId);
                kept.Add(order.Parent);
            }
        }
        foreach (ulong id in _orders.Keys.Where(id => !kept.Contains(id)).ToList())
        {
            _orders.Remove(id);
        }
        _limit = Math.Max(FirstLimit, 2 * _orders.Count);
    }

    // The client is gone and cannot try again itself.
    private static async Task CancelAsync(VenueNode node, ApiKey key, uint account, ulong[] orders)
    {
        foreach (ulong[] some in orders.Chunk(64))
        {
            for (int attempt = 0; attempt < 100; attempt++)
            {
                try
                {
                    DelegatedKey signer = node.Identities.SignerOf(key, node.State);
                    Task<Outcome[]> cancelled;
                    lock (signer.Gate)
                    {
                        cancelled = node.Sequencer.SubmitAsync([.. some.Select(id => node.Sign(signer, account, CommandKind.CancelOrder, new CancelOrder { OrderId = id }))]);
                    }
                    await cancelled;
                    break;
                }
                catch (Exception e) when (e is QueueFullException or VenueStoppedException)
                {
                    node.Metrics.CountDisconnection("orders not cancelled at once");
                    if (node.Stopping.IsCancellationRequested)
                    {
                        return;
                    }
                    await Task.Delay(Again);
                }
            }
        }
    }
}
