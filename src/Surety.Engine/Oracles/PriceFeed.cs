using System;
using Surety.Core.Numerics;
using Surety.Engine.Events;
using Surety.Engine.Indexes;
using Surety.Engine.Marks;
using Surety.Protocol.Commands;
using Surety.Protocol.Events;
using Surety.Protocol.Rows;

namespace Surety.Engine.Oracles;

/// <summary>
/// Signed reports in, an index out: the weighted median of the sources that are fresh, once there is a quorum of them, with
/// a state that says what the price may be used for. The rules are in docs/oracles.md.
/// </summary>
internal sealed class PriceFeed(IndexedState state, EventLog events, SourceBonds bonds)
{
    /// <summary>How far ahead of the venue's time a source's clock may be.</summary>
    public const long FutureToleranceNs = 1_000_000_000;

    /// <summary>How far a candidate may lie from the price that a governor confirms, parts per million.</summary>
    public const int LargestTolerancePpm = 100_000;

    /// <summary>The largest price of an index, its units.</summary>
    public const long LargestPrice = 1L << 50;

    private const long NsPerMs = 1_000_000;
    private const long VarianceNs = 3_600_000_000_000;
    private const long Billion = 1_000_000_000;

    /// <summary>The source's place in the index, or −1.</summary>
    public static int FindSource(in PriceIndex index, uint key)
    {
        for (int i = 0; i < index.SourceCount; i++)
        {
            if (index.Sources[i].Key == key)
            {
                return i;
            }
        }
        return -1;
    }

    /// <summary>
    /// Takes a report. <paramref name="moved"/> says whether the index was published again, <paramref name="changed"/>
    /// whether its state is another.
    /// </summary>
    public Refusal Report(in ReportPrice command, out bool moved, out bool changed)
    {
        (moved, changed) = (false, false);
        Refusal refusal = Check(in command, out int place);
        if (!refusal.IsNone)
        {
            return refusal;
        }

        // Point of no return.
        ref PriceIndex index = ref state.Indexes.Write(command.Index);
        ref PriceSource source = ref index.Sources[place];
        source.Price = command.Price;
        source.Confidence = command.Confidence;
        source.TimeNs = command.ObservedNs;
        source.Sequence = command.ReportSequence;
        PriceState before = index.State;
        moved = Evaluate(command.Index, ref index);
        if (moved)
        {
            bonds.Judge(command.Index, ref index, place);
        }
        changed = index.State != before;
        return Refusal.None;
    }

    /// <summary>What changed sources and weights do to an index: its median is that of those it has now, from this moment.</summary>
    public void Reconsider(ushort number, out bool moved, out bool changed)
    {
        ref PriceIndex index = ref state.Indexes.Write(number);
        PriceState before = index.State;
        moved = index.HasPrice == 1 && Evaluate(number, ref index);
        changed = index.State != before;
    }

    /// <summary>
    /// What time alone does to an index: falling below quorum, becoming absent, leaving quarantine. It never computes a
    /// new median, so that a check too many changes nothing.
    /// </summary>
    public void CheckTime(ushort number, out bool moved, out bool changed)
    {
        ref PriceIndex index = ref state.Indexes.Write(number);
        PriceState before = index.State;
        moved = false;
        if (before != PriceState.Absent && DueTimes.NthFreshNs(in index) + (index.MaxAgeMs * NsPerMs) < state.TimeNs)
        {
            BelowQuorum(number, ref index);
        }
        else if (before == PriceState.Quarantined && state.TimeNs >= index.ConfirmedNs)
        {
            moved = !Quarantine.NeedsYes(in index, index.Candidate, state.TimeNs);
            if (moved)
            {
                Publish(number, ref index, index.Candidate, FreshCount(in index));
            }
            else
            {
                // The slow price follows the last one, so that time can bring a candidate within a factor of three.
                index.ConfirmedNs = state.TimeNs + (index.ConfirmMs * NsPerMs);
            }
        }
        changed = index.State != before;
    }

    /// <summary>
    /// A governor's yes to the price in quarantine, once the sources have stood by it for the index's confirmation time. It also
    /// becomes the slow price: what follows is measured from it.
    /// </summary>
    public Refusal Confirm(in ConfirmIndexPrice command)
    {
        if (command.Index >= state.Counts.Indexes)
        {
            return Refusal.UnknownIndex(command.Index);
        }
        if (command.Price is < -LargestPrice or > LargestPrice || command.TolerancePpm is < 0 or > LargestTolerancePpm
            || command.Reserved != 0)
        {
            return Refusal.InvalidField(56);
        }
        ref readonly PriceIndex read = ref state.Indexes[command.Index];
        if (read.State != PriceState.Quarantined)
        {
            return Refusal.NothingToConfirm(command.Index);
        }
        if (Math.Abs(read.Candidate - command.Price) > read.Part(command.Price, command.TolerancePpm))
        {
            return Refusal.CandidateElsewhere(read.Candidate);
        }
        long untilNs = read.CandidateNs + (read.ConfirmMs * NsPerMs);
        if (state.TimeNs < untilNs)
        {
            return Refusal.CandidateTooYoung(untilNs);
        }

        // Point of no return.
        ref PriceIndex index = ref state.Indexes.Write(command.Index);
        Publish(command.Index, ref index, index.Candidate, FreshCount(in index));
        (index.SlowPrice, index.SlowFraction) = (index.Price, 0);
        index.HaircutPpm = HaircutOf(in index);
        return Refusal.None;
    }

    private Refusal Check(in ReportPrice command, out int place)
    {
        place = -1;
        if (command.Index >= state.Counts.Indexes)
        {
            return Refusal.UnknownIndex(command.Index);
        }
        if (command.Price is < -LargestPrice or > LargestPrice || command.Confidence is < 0 or > LargestPrice || command.ObservedNs < 0)
        {
            return Refusal.InvalidField(48);
        }
        ref readonly PriceIndex index = ref state.Indexes[command.Index];
        place = FindSource(in index, command.Header.Key);
        if (place < 0 || index.Sources[place].Weight == 0)
        {
            return Refusal.NotASource(command.Index);
        }
        ref readonly PriceSource source = ref index.Sources[place];
        long now = state.TimeNs;
        if (command.ObservedNs > now + FutureToleranceNs)
        {
            return Refusal.ReportFromFuture(command.ObservedNs - now);
        }
        if (now - command.ObservedNs > index.MaxAgeMs * NsPerMs || command.ObservedNs < source.TimeNs)
        {
            return Refusal.ReportStale(index.MaxAgeMs);
        }
        if (command.ReportSequence <= source.Sequence)
        {
            return Refusal.ReportReplayed((long)(source.Sequence & long.MaxValue));
        }
        long floor = Math.Max(index.MinPrice, source.MinPrice);
        long cap = Math.Min(index.MaxPrice, source.MaxPrice);
        if (command.Price <= floor || command.Price >= cap)
        {
            return Refusal.ReportOutOfDomain(command.Price <= floor ? floor : cap);
        }
        if (command.Confidence > index.Part(command.Price, index.ConfidencePpm))
        {
            return Refusal.ReportUncertain(index.ConfidencePpm);
        }
        // The limit holds while the source's last price is fresh. After a silence it begins again: quarantine is then what
        // stands between a price from elsewhere and the accounts.
        bool fresh = source.Sequence != 0 && now - source.TimeNs <= index.MaxAgeMs * NsPerMs;
        return fresh && Math.Abs(command.Price - source.Price) > index.Part(source.Price, source.JumpPpm)
            ? Refusal.ReportJump(source.Price)
            : Refusal.None;
    }

    // True when a price was published.
    private bool Evaluate(ushort number, ref PriceIndex index)
    {
        Span<(long Price, long Confidence, uint Weight)> fresh = stackalloc (long, long, uint)[PriceIndex.MaxSources];
        int count = 0;
        long weights = 0;
        for (int i = 0; i < index.SourceCount; i++)
        {
            ref readonly PriceSource source = ref index.Sources[i];
            if (source.Sequence != 0 && state.TimeNs - source.TimeNs <= index.MaxAgeMs * NsPerMs)
            {
                // Insertion keeps them in order of price.
                int at = count++;
                while (at > 0 && fresh[at - 1].Price > source.Price)
                {
                    fresh[at] = fresh[at - 1];
                    at--;
                }
                fresh[at] = (source.Price, source.Confidence, source.Weight);
                weights += source.Weight;
            }
        }
        if (count < index.Quorum)
        {
            BelowQuorum(number, ref index);
            return false;
        }
        // The least price at which half the weight is reached.
        long reached = 0;
        int median = 0;
        while (2 * (reached += fresh[median].Weight) < weights)
        {
            median++;
        }
        long price = fresh[median].Price;
        index.Dispersion = DispersionOf(fresh[..count], weights);
        index.Confidence = ConfidenceOf(fresh[..count], weights);
        bool wide = index.Dispersion > index.Part(price, index.WidePpm);
        if (index.HasPrice == 1 && Quarantine.Holds(in index, price, state.TimeNs))
        {
            bool restarts = index.State != PriceState.Quarantined || wide
                || Math.Abs(price - index.Candidate) > index.Part(index.Candidate, index.WidePpm);
            index.CandidateNs = restarts ? state.TimeNs : index.CandidateNs;
            index.Candidate = price;
            index.ConfirmedNs = index.CandidateNs + Quarantine.WaitNs(in index, price);
            bool needsYes = Quarantine.NeedsYes(in index, price, state.TimeNs);
            if (restarts || needsYes || state.TimeNs < index.ConfirmedNs)
            {
                index.ConfirmedNs = needsYes ? Math.Max(index.ConfirmedNs, state.TimeNs + (index.ConfirmMs * NsPerMs)) : index.ConfirmedNs;
                Turn(number, ref index, PriceState.Quarantined, count);
                return false;
            }
        }
        Publish(number, ref index, price, count);
        return true;
    }

    // The least confidence at which half of the weight is reached, whatever the price it comes with: one source says nothing.
    private static long ConfidenceOf(ReadOnlySpan<(long Price, long Confidence, uint Weight)> fresh, long weights)
    {
        long least = long.MaxValue;
        foreach ((_, long candidate, _) in fresh)
        {
            long reached = 0;
            foreach ((_, long confidence, uint weight) in fresh)
            {
                reached += confidence <= candidate ? weight : 0;
            }
            least = 2 * reached >= weights ? Math.Min(least, candidate) : least;
        }
        return least;
    }

    // The narrowest range that holds two thirds of the weight: a third of liars cannot widen it beyond what the honest ones
    // span.
    private static long DispersionOf(ReadOnlySpan<(long Price, long Confidence, uint Weight)> byPrice, long weights)
    {
        long narrowest = long.MaxValue;
        int first = 0;
        long held = 0;
        for (int last = 0; last < byPrice.Length; last++)
        {
            held += byPrice[last].Weight;
            while (3 * (held - byPrice[first].Weight) >= 2 * weights)
            {
                held -= byPrice[first++].Weight;
            }
            if (3 * held >= 2 * weights)
            {
                narrowest = Math.Min(narrowest, byPrice[last].Price - byPrice[first].Price);
            }
        }
        return narrowest;
    }

    private void Publish(ushort number, ref PriceIndex index, long price, int count)
    {
        if (index.HasPrice == 0)
        {
            (index.SlowPrice, index.SlowFraction) = (price, 0);
        }
        else
        {
            CountMove(ref index, price);
            (index.SlowPrice, index.SlowFraction) = index.SlowAt(state.TimeNs);
        }
        index.Price = price;
        index.HaircutPpm = HaircutOf(in index);
        index.TimeNs = state.TimeNs;
        index.HasPrice = 1;
        index.ConfirmedNs = 0;
        index.Updates++;
        PriceState next = index.Dispersion > index.Part(price, index.WidePpm) ? PriceState.Wide : PriceState.Good;
        Turn(number, ref index, next, count);
        events.Write(EventKind.IndexChanged, 0, new IndexChanged
        {
            Price = price,
            Dispersion = index.Dispersion,
            Index = number,
            FreshSources = (ushort)count,
            State = next,
        });
    }

    // Parts per billion squared, with a fraction: moves of a second are small, and must add up to those of a minute.
    private void CountMove(ref PriceIndex index, long price)
    {
        long move = Math.Min(Rounding.MulDivFloor(Math.Abs(price - index.Price), Billion, index.Magnitude(index.Price)), Billion);
        ExponentialDecay.Approach(ref index.VariancePpm2, ref index.VarianceFraction, 0,
            ExponentialDecay.Of(state.TimeNs - index.TimeNs, VarianceNs));
        Int128 variance = ((Int128)index.VariancePpm2 << ExponentialDecay.FractionBits) + index.VarianceFraction
            + (((Int128)move * move << ExponentialDecay.FractionBits) / (Rounding.Million * (VarianceNs / Billion)));
        index.VariancePpm2 = (long)(variance >> ExponentialDecay.FractionBits);
        index.VarianceFraction = (long)(variance & uint.MaxValue);
    }

    // A rise takes nothing from what counts for maintenance: an account that is short against the coins loses on the short what they gain.
    private static int HaircutOf(in PriceIndex index)
    {
        Int128 doubt = (2 * (Int128)index.Dispersion) + Math.Max(index.SlowPrice - index.Price, 0);
        return (int)Int128.Min(doubt * Rounding.Million / index.Magnitude(index.Price), Rounding.Million);
    }

    private void BelowQuorum(ushort number, ref PriceIndex index)
    {
        bool absent = index.HasPrice == 0 || state.TimeNs - index.TimeNs > index.AbsentMs * NsPerMs;
        Turn(number, ref index, absent ? PriceState.Absent : PriceState.Stale, FreshCount(in index));
    }

    private void Turn(ushort number, ref PriceIndex index, PriceState next, int count)
    {
        if (index.State == next)
        {
            return;
        }
        events.Write(EventKind.IndexStateChanged, 0, new IndexStateChanged
        {
            Price = index.Price,
            Candidate = next == PriceState.Quarantined ? index.Candidate : 0,
            Index = number,
            From = index.State,
            To = next,
            FreshSources = (ushort)count,
        });
        index.State = next;
        index.DoubtNs = next == PriceState.Good ? 0 : index.DoubtNs == 0 ? state.TimeNs : index.DoubtNs;
    }

    private int FreshCount(in PriceIndex index)
    {
        int count = 0;
        for (int i = 0; i < index.SourceCount; i++)
        {
            count += index.Sources[i].Sequence != 0 && state.TimeNs - index.Sources[i].TimeNs <= index.MaxAgeMs * NsPerMs ? 1 : 0;
        }
        return count;
    }
}
