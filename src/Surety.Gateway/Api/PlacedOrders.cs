using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using Surety.Node.History;
using Surety.Node.Identity;

namespace Surety.Gateway.Api;

/// <summary>
/// Orders that were placed over one connection, so that its end can cancel those and no others. Holds at most what is live of them and as
/// much again: the rest is forgotten when room is needed.
/// </summary>
internal sealed class PlacedOrders
{
    private const int FirstLimit = 1_024;

    private readonly Lock _gate = new();
    private readonly Dictionary<ulong, (ApiKey Key, uint Account)> _orders = [];
    private int _limit = FirstLimit;
    private bool _ended;

    /// <summary>Notes an order; false when the connection has ended.</summary>
    public bool TryAdd(ulong orderId, ApiKey key, uint account, RecentHistory history)
    {
        lock (_gate)
        {
            if (_ended)
            {
                return false;
            }
            if (_orders.Count >= _limit)
            {
                Forget(history);
            }
            _orders[orderId] = (key, account);
            return true;
        }
    }

    /// <summary>The connection has ended: the orders that it placed, with the key and the account of each.</summary>
    public IReadOnlyDictionary<ulong, (ApiKey Key, uint Account)> End()
    {
        lock (_gate)
        {
            _ended = true;
            var placed = new Dictionary<ulong, (ApiKey Key, uint Account)>(_orders);
            _orders.Clear();
            return placed;
        }
    }

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
}
