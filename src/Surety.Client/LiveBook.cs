using System.Collections.Generic;
using System.Text.Json;
using System.Threading;

namespace Surety.Client;

/// <summary>A market's book kept up to date from the channel <c>book.INSTRUMENT.INTERVAL</c>.</summary>
public sealed class LiveBook
{
    private readonly Lock _gate = new();
    private readonly SortedDictionary<decimal, decimal> _bids = new(Comparer<decimal>.Create((a, b) => b.CompareTo(a)));
    private readonly SortedDictionary<decimal, decimal> _asks = [];

    /// <summary>The last change that it reflects.</summary>
    public ulong ChangeId { get; private set; }

    /// <summary>Whether it has begun with a snapshot.</summary>
    public bool IsReady { get; private set; }

    /// <summary>Takes a message of the channel; give this to <see cref="VenueClient.SubscribeAsync"/>.</summary>
    public void Take(ChannelMessage message)
    {
        lock (_gate)
        {
            if (message.Data.GetProperty("type").GetString() == "snapshot")
            {
                _bids.Clear();
                _asks.Clear();
                IsReady = true;
            }
            Apply(_bids, message.Data.GetProperty("bids"));
            Apply(_asks, message.Data.GetProperty("asks"));
            ChangeId = message.Data.GetProperty("change_id").GetUInt64();
        }
    }

    /// <summary>Prices and amounts, best first: bids, then asks.</summary>
    public (IReadOnlyList<KeyValuePair<decimal, decimal>> Bids, IReadOnlyList<KeyValuePair<decimal, decimal>> Asks) Levels()
    {
        lock (_gate)
        {
            return ([.. _bids], [.. _asks]);
        }
    }

    private static void Apply(SortedDictionary<decimal, decimal> side, JsonElement changes)
    {
        foreach (JsonElement change in changes.EnumerateArray())
        {
            decimal price = change[1].GetDecimal();
            if (change[0].GetString() == "delete")
            {
                side.Remove(price);
            }
            else
            {
                side[price] = change[2].GetDecimal();
            }
        }
    }
}
