using System.Collections.Generic;
using System.Threading.Tasks;
using Surety.Engine.State;
using Surety.Node.Instruments;
using Surety.Node.Sequencing;
using Surety.Protocol.Rows;

namespace Surety.Gateway.Api;

/// <summary>The standing bids for positions in liquidation: their terms are public, their owners are not.</summary>
internal sealed class BackstopMethods(VenueReader venue, InstrumentCatalog catalog)
{
    private sealed record Bid(string Pool, int Decimals, long CapacityAtoms, int DiscountPpm, long CountsFromNs, bool Counts,
        IReadOnlyList<int> Indexes);

    public IEnumerable<RpcMethod> All() =>
    [
        new("surety/get_backstop_bids",
            "Standing bids for positions in liquidation, in the order in which they are served: "
            + "pool and its indexes, discount, capacity, from when each counts", KeyScopes.None, 2, [], List),
    ];

    private async Task List(RpcCall call)
    {
        List<Bid> bids = await venue.ReadAsync(l => Read(l.Engine.State));
        InstrumentList list = catalog.Current;
        call.Reply(json =>
        {
            json.WriteStartArray();
            foreach (Bid bid in bids)
            {
                json.WriteStartObject();
                json.WriteString("pool"u8, bid.Pool);
                json.WriteStartArray("index_names"u8);
                foreach (int index in bid.Indexes)
                {
                    json.WriteStringValue(list.Indexes[index]);
                }
                json.WriteEndArray();
                json.WriteDecimal("discount"u8, bid.DiscountPpm, 6);
                json.WriteDecimal("capacity"u8, bid.CapacityAtoms, bid.Decimals);
                json.WriteNumber("counts_from"u8, bid.CountsFromNs / 1_000_000);
                json.WriteBoolean("counts"u8, bid.Counts);
                json.WriteEndObject();
            }
            json.WriteEndArray();
        });
    }

    // The least discount first, of equal ones the older: as liquidations ask them.
    private static List<Bid> Read(VenueState state)
    {
        var rows = new List<(int Discount, long TimeNs, int Row)>();
        for (int row = 0; row < BackstopBid.Most; row++)
        {
            ref readonly BackstopBid bid = ref state.BackstopBids[row];
            if (bid.Account.Exists)
            {
                rows.Add((bid.DiscountPpm, bid.TimeNs, row));
            }
        }
        rows.Sort();
        var bids = new List<Bid>();
        foreach ((int discount, long timeNs, int row) in rows)
        {
            int number = state.Accounts[state.BackstopBids[row].Account.Number].Pool;
            ref readonly Pool pool = ref state.Pools[number];
            long from = timeNs + (pool.Rules.BidDelayMs * 1_000_000L);
            bids.Add(
                new Bid(pool.Name.ToString(), state.Assets[pool.Collateral[0]].Decimals, state.BackstopBids[row].MaxNotionalAtoms, discount,
                    from, from <= state.TimeNs, IndexesOf(state, number)));
        }
        return bids;
    }

    // A bid is for its account's pool: for every index that a market of it is on.
    private static List<int> IndexesOf(VenueState state, int pool)
    {
        var indexes = new List<int>();
        for (int market = 0; market < state.Counts.Markets; market++)
        {
            ref readonly Market terms = ref state.Markets[market];
            if (terms.Pool == pool && terms.Status != MarketStatus.Expired && !indexes.Contains(terms.Index))
            {
                indexes.Add(terms.Index);
            }
        }
        indexes.Sort();
        return indexes;
    }
}
