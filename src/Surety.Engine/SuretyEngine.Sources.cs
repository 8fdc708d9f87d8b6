using System;
using Surety.Engine.Oracles;
using Surety.Protocol.Commands;
using Surety.Protocol.Rows;

namespace Surety.Engine;

public sealed partial class SuretyEngine
{
    // A change of sources goes through the shadow, then acts at once, with all that a price does.
    private RefusalCode SetSource(in SetPriceSource command, out long detail)
    {
        RefusalCode code = _listings.CheckSource(in command, out PriceIndex changed, out detail);
        if (code == RefusalCode.None)
        {
            code = TrySource(command.Index, in changed, out detail);
        }
        if (code != RefusalCode.None)
        {
            return code;
        }

        // Point of no return.
        State.Indexes.Write(command.Index) = changed;
        if (command.Weight == 0)
        {
            _bonds.Dismiss(command.Index, PriceFeed.FindSource(in changed, command.SourceKey));
        }
        _prices.Reconsider(command.Index, out bool moved, out bool stateChanged);
        ApplyIndex(command.Index, moved, stateChanged);
        return RefusalCode.None;
    }

    // No source may be changed so that the index loses its quorum, so that its median jumps, or so that anybody falls below maintenance.
    private RefusalCode TrySource(ushort number, in PriceIndex changed, out long detail)
    {
        PriceIndex before = State.Indexes[number];
        detail = before.Quorum;
        if (before.HasPrice == 0)
        {
            return RefusalCode.None;
        }
        if (Active(in changed) < Active(in before) && Active(in changed) < before.Quorum)
        {
            return RefusalCode.SourceBelowQuorum;
        }
        Events.IsMuted = true;
        _prices.Reconsider(number, out _, out _);
        PriceIndex unchanged = State.Indexes[number];
        State.Indexes.Write(number) = changed;
        _prices.Reconsider(number, out bool moved, out _);
        PriceIndex after = State.Indexes[number];
        State.Indexes.Write(number) = before;
        Events.IsMuted = false;
        if (HasQuorum(in unchanged) && !HasQuorum(in after))
        {
            return RefusalCode.SourceBelowQuorum;
        }
        detail = MedianOf(in after);
        if (Math.Abs(detail - MedianOf(in unchanged)) > before.Part(MedianOf(in unchanged), before.WidePpm))
        {
            return RefusalCode.SourceMovesPrice;
        }
        detail = moved ? _shadow.CountFallen(number, in after) : 0;
        return detail > 0 ? RefusalCode.ChangeWouldLiquidate : RefusalCode.None;
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
