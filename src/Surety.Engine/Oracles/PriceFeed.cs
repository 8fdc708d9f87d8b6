using System;
using Surety.Engine.Commands;
using Surety.Engine.Events;
using Surety.Engine.State;

namespace Surety.Engine.Oracles;

/// <summary>Signed reports in, an index out: the weighted median of the sources that are fresh, once there is a quorum of them.</summary>
internal sealed class PriceFeed(VenueState state, EventLog events)
{
    /// <summary>How far ahead of the venue's time a source's clock may be.</summary>
    public const long FutureToleranceNs = 1_000_000_000;

    /// <summary>The largest price of an index, its units.</summary>
    public const long LargestPrice = 1L << 50;

    /// <summary>The source's place in the index, or −1.</summary>
    public static int FindSource(in PriceIndex index, uint key)
    {
        for (int i = 0; i < index.SourceCount; i++)
        {
            if (index.Sources[i].KeyPlusOne == key + 1)
            {
                return i;
            }
        }
        return -1;
    }

    /// <summary>Takes a report; <paramref name="moved"/> says whether the index was published anew.</summary>
    public RefusalCode Report(in ReportPrice command, out bool moved, out long detail)
    {
        moved = false;
        detail = command.Index;
        if (command.Index >= state.Venue[0].Indexes)
        {
            return RefusalCode.UnknownIndex;
        }
        if (command.Price is < -LargestPrice or > LargestPrice || command.Confidence is < 0 or > LargestPrice || command.ObservedNs < 0)
        {
            detail = 48;
            return RefusalCode.InvalidField;
        }
        int place = FindSource(in state.Indexes[command.Index], command.Header.Key);
        if (place < 0)
        {
            return RefusalCode.NotASource;
        }
        PriceSource source = state.Indexes[command.Index].Sources[place];
        long now = state.TimeNs;
        int maxAgeMs = state.Indexes[command.Index].MaxAgeMs;
        if (command.ObservedNs > now + FutureToleranceNs)
        {
            detail = command.ObservedNs - now;
            return RefusalCode.ReportFromFuture;
        }
        if (now - command.ObservedNs > maxAgeMs * 1_000_000L || command.ObservedNs < source.TimeNs)
        {
            detail = maxAgeMs;
            return RefusalCode.ReportStale;
        }
        if (command.ReportSequence <= source.Sequence)
        {
            detail = (long)(source.Sequence & long.MaxValue);
            return RefusalCode.ReportReplayed;
        }

        // Point of no return.
        detail = 0;
        ref PriceIndex index = ref state.Indexes.Write(command.Index);
        source.Price = command.Price;
        source.Confidence = command.Confidence;
        source.TimeNs = command.ObservedNs;
        source.Sequence = command.ReportSequence;
        index.Sources[place] = source;
        moved = Publish(command.Index, ref index);
        return RefusalCode.None;
    }

    private bool Publish(ushort number, ref PriceIndex index)
    {
        Span<(long Price, uint Weight)> fresh = stackalloc (long, uint)[PriceIndex.MaxSources];
        int count = 0;
        long weights = 0;
        for (int i = 0; i < index.SourceCount; i++)
        {
            ref readonly PriceSource source = ref index.Sources[i];
            if (source.Sequence != 0 && state.TimeNs - source.TimeNs <= index.MaxAgeMs * 1_000_000L)
            {
                // Insertion keeps them in order of price.
                int at = count++;
                while (at > 0 && fresh[at - 1].Price > source.Price)
                {
                    fresh[at] = fresh[at - 1];
                    at--;
                }
                fresh[at] = (source.Price, source.Weight);
                weights += source.Weight;
            }
        }
        if (count < index.Quorum)
        {
            return false;
        }
        // The least price at which half the weight is reached.
        long reached = 0;
        int median = 0;
        while (2 * (reached += fresh[median].Weight) < weights)
        {
            median++;
        }
        index.Price = fresh[median].Price;
        index.Dispersion = fresh[count - 1].Price - fresh[0].Price;
        index.TimeNs = state.TimeNs;
        index.HasPrice = 1;
        index.Updates++;
        events.Write(EventKind.IndexChanged, 0, new IndexChanged
        {
            Price = index.Price,
            Dispersion = index.Dispersion,
            Index = number,
            FreshSources = (ushort)count,
        });
        return true;
    }
}
