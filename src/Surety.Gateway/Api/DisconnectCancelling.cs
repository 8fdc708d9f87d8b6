using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using System.Threading.Tasks;
using Surety.Node.History;
using Surety.Node.Identity;
using Surety.Node.Sequencing;
using Surety.Node.Telemetry;
using Surety.Protocol.Commands;

namespace Surety.Gateway.Api;

/// <summary>Cancels the orders that a connection placed when it ends, where its client asked for that.</summary>
internal sealed class DisconnectCancelling(
    VenueReader venue, CommandQueue commands, DelegatedSigning signing, IdentityStore identities, RecentHistory history,
    NodeMetrics metrics, CancellationToken stopping)
{
    private const int MostAtOnce = 64;
    private const int MostAttempts = 100;
    private static readonly TimeSpan Again = TimeSpan.FromMilliseconds(200);

    /// <summary>Notes an order. One that comes after its connection has ended is cancelled at once, where that was asked for.</summary>
    public void Placed(RpcConnection connection, ulong orderId, Session session)
    {
        if (session.ApiKey is { } key && !connection.Placed.TryAdd(orderId, key, session.Account, history) && connection.CancelOnDisconnect)
        {
            _ = CancelAsync(key, session.Account, [orderId]);
        }
    }

    /// <summary>The connection has ended: cancels what it placed and is live, where that was asked for.</summary>
    public void Ended(RpcConnection connection)
    {
        IReadOnlyDictionary<ulong, (ApiKey Key, uint Account)> placed = connection.Placed.End();
        if (!connection.CancelOnDisconnect)
        {
            return;
        }
        foreach (IGrouping<(ApiKey Key, uint Account), ulong> group in placed.GroupBy(o => o.Value, o => o.Key))
        {
            ulong[] live = [.. history.LiveOrders(group.Key.Account, o => IsOf(placed, o)).Select(o => o.OrderId)];
            _ = CancelAsync(group.Key.Key, group.Key.Account, live);
        }
    }

    // What a stop became is its client's order as the stop was.
    private static bool IsOf(IReadOnlyDictionary<ulong, (ApiKey Key, uint Account)> placed, OrderRow order) =>
        placed.ContainsKey(order.OrderId) || (order.Parent != 0 && placed.ContainsKey(order.Parent));

    // The client is gone and cannot try again itself.
    private async Task CancelAsync(ApiKey key, uint account, ulong[] orders)
    {
        foreach (ulong[] some in orders.Chunk(MostAtOnce))
        {
            for (int attempt = 0; attempt < MostAttempts; attempt++)
            {
                try
                {
                    DelegatedKey signer = identities.SignerOf(key, venue.State);
                    Task<Outcome[]> cancelled;
                    lock (signer.Gate)
                    {
                        cancelled = commands.SubmitAsync([.. some.Select(id =>
                            signing.Sign(signer, account, CommandKind.CancelOrder, new CancelOrder { OrderId = id }))]);
                    }
                    await cancelled;
                    break;
                }
                catch (Exception e) when (e is QueueFullException or VenueStoppedException)
                {
                    metrics.CountDisconnection("orders not cancelled at once");
                    if (stopping.IsCancellationRequested)
                    {
                        return;
                    }
                    await Task.Delay(Again);
                }
            }
        }
    }
}
