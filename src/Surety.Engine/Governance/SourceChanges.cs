using System;
using Surety.Core.Hashing;
using Surety.Engine.Events;
using Surety.Engine.Indexes;
using Surety.Engine.Oracles;
using Surety.Protocol;
using Surety.Protocol.Commands;
using Surety.Protocol.Events;
using Surety.Protocol.Rows;

namespace Surety.Engine.Governance;

/// <summary>
/// Tries a change of an index's sources: none may take the index its quorum, make its median jump, or put an account below maintenance.
/// </summary>
internal sealed class SourceChanges(IndexedState state, EventLog events, PriceFeed prices, Shadow shadow)
{
    /// <summary>Says what a change of an index's sources would do; changes nothing.</summary>
    public Refusal Try(ushort number, in PriceIndex changed)
    {
        PriceIndex before = state.Indexes[number];
        if (before.HasPrice == 0)
        {
            return Refusal.None;
        }
        if (Active(in changed) < Active(in before) && Active(in changed) < before.Quorum)
        {
            return Refusal.SourceBelowQuorum(before.Quorum);
        }
        events.IsMuted = true;
        prices.Reconsider(number, out _, out _);
        PriceIndex unchanged = state.Indexes[number];
        state.Indexes.Write(number) = changed;
        prices.Reconsider(number, out bool moved, out _);
        PriceIndex after = state.Indexes[number];
        state.Indexes.Write(number) = before;
        events.IsMuted = false;
        if (HasQuorum(in unchanged) && !HasQuorum(in after))
        {
            return Refusal.SourceBelowQuorum(before.Quorum);
        }
        long price = MedianOf(in after);
        if (Math.Abs(price - MedianOf(in unchanged)) > before.Part(MedianOf(in unchanged), before.WidePpm))
        {
            return Refusal.SourceMovesPrice(price);
        }
        long accounts = moved ? shadow.CountFallen(number, in after) : 0;
        return accounts > 0 ? Refusal.ChangeWouldLiquidate(accounts) : Refusal.None;
    }

    // A source that was removed keeps its place until its bond has left.
    private static int Active(in PriceIndex index)
    {
        int active = 0;
        for (int i = 0; i < index.SourceCount; i++)
        {
            active += index.Sources[i].Weight != 0 ? 1 : 0;
        }
        return active;
    }

    private static bool HasQuorum(in PriceIndex index) => index.State is not (PriceState.Absent or PriceState.Stale);

    // What the sources agree on, believed or not yet.
    private static long MedianOf(in PriceIndex index) => index.State == PriceState.Quarantined ? index.Candidate : index.Price;
}
