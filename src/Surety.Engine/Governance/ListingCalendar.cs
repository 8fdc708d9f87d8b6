using System;
using System.Globalization;
using System.Text;
using Surety.Core.Numerics;
using Surety.Engine.Events;
using Surety.Engine.Indexes;
using Surety.Engine.Oracles;
using Surety.Protocol.Commands;
using Surety.Protocol.Events;
using Surety.Protocol.Rows;
using Surety.Terms;
using Surety.Terms.Execution;

namespace Surety.Engine.Governance;

/// <summary>
/// Lists options by itself: each day at 08:00 UTC the strikes around the index for the next weekly, monthly and quarterly expiries,
/// Fridays at 08:00 UTC, that are not listed yet. The contract is written out as text like any other.
/// </summary>
internal sealed class ListingCalendar(IndexedState state, EventLog events, ContractListing listing, MarketListing markets)
{
    private const long NsPerDay = 86_400_000_000_000;
    private const long EightNs = 8 * 3_600_000_000_000;

    public Refusal Set(in ScheduleListings command, out ulong created)
    {
        created = 0;
        if (!command.Surface.Exists || command.Surface.Number >= state.Counts.Surfaces)
        {
            return Refusal.UnknownSurface(command.Surface.Number);
        }
        if (command.Terms.Pool >= state.Counts.Pools)
        {
            return Refusal.UnknownPool(command.Terms.Pool);
        }
        if (command.Terms.Index >= state.Counts.Indexes)
        {
            return Refusal.UnknownIndex(command.Terms.Index);
        }
        long offset = command.StrikeStep is < 1 or > PriceFeed.LargestPrice
            ? 376
            : command.StrikesEachSide > 50
            ? 384
            : command.Weeks + command.Months + command.Quarters is < 1 or > 30
            ? 386
            : command.Terms.ExpiryNs != 0
            ? 152
            : 0;
        if (offset != 0 || command.Terms.Kind != MarketKind.Contract)
        {
            return Refusal.InvalidField(offset == 0 ? 72 : offset);
        }
        // What it lists each day must be listable, or the operator would hear of it only then.
        if (!command.Terms.Name.IsValid() || !InstrumentName.TryParse(command.Terms.Name + "-PERPETUAL", out _))
        {
            return Refusal.InvalidName;
        }
        MarketTerms sample = command.Terms;
        sample.ExpiryNs = state.TimeNs + NsPerDay;
        Refusal refusal = MarketListing.Check(in sample, 0, state.TimeNs);
        if (!refusal.IsNone)
        {
            return refusal;
        }
        if (state.Counts.ListingSchedules == ListingSchedule.Most)
        {
            return Refusal.LimitReached(ListingSchedule.Most);
        }

        // Point of no return.
        int row = state.Venue.Write(0).ListingSchedules++;
        created = (ulong)row;
        state.ListingSchedules.Write(row) = new ListingSchedule
        {
            Terms = command.Terms,
            StrikeStep = command.StrikeStep,
            StrikesEachSide = command.StrikesEachSide,
            Weeks = command.Weeks,
            Months = command.Months,
            Quarters = command.Quarters,
            Surface = command.Surface,
        };
        ListDue(row);
        return Refusal.None;
    }

    /// <summary>Lists what a schedule has due, and sets its next day.</summary>
    public void ListDue(int row)
    {
        ListingSchedule schedule = state.ListingSchedules[row];
        long nextNs = ((((state.TimeNs - EightNs) / NsPerDay) + 1) * NsPerDay) + EightNs;
        state.ListingSchedules.Write(row).NextNs = nextNs;
        state.Derived.Timers.Add(nextNs, TimerKind.Listing, (ulong)row);
        ref readonly PriceIndex index = ref state.Indexes[schedule.Terms.Index];
        if (index.State != PriceState.Good)
        {
            return;
        }
        Span<long> expiries = stackalloc long[32];
        int count = Expiries(in schedule, expiries);
        long middle = Rounding.DivNearest(index.Price, schedule.StrikeStep) * schedule.StrikeStep;
        for (int e = 0; e < count; e++)
        {
            for (int i = -schedule.StrikesEachSide; i <= schedule.StrikesEachSide; i++)
            {
                long strike = middle + (i * schedule.StrikeStep);
                if (strike > 0
                    && (!List(in schedule, expiries[e], strike, InstrumentKind.Call)
                    || !List(in schedule, expiries[e], strike, InstrumentKind.Put)))
                {
                    return;
                }
            }
        }
    }

    // The next Fridays, the last ones of months and of quarters, each once, earliest first.
    private int Expiries(in ListingSchedule schedule, Span<long> expiries)
    {
        int count = 0;
        // 2 January 1970 was a Friday.
        long day = (state.TimeNs - EightNs) / NsPerDay;
        long friday = day + 1 + ((((1 - (day + 1)) % 7) + 7) % 7);
        (int weeks, int months, int quarters) = (schedule.Weeks, schedule.Months, schedule.Quarters);
        for (int i = 0; i < 200 && weeks + months + quarters > 0 && count < expiries.Length; i++, friday += 7)
        {
            bool lastOfMonth = MonthOf(friday) != MonthOf(friday + 7);
            bool lastOfQuarter = lastOfMonth && MonthOf(friday) % 3 == 0;
            bool wanted = weeks > 0 || (lastOfMonth && months > 0) || (lastOfQuarter && quarters > 0);
            weeks = Math.Max(weeks - 1, 0);
            months = lastOfMonth ? Math.Max(months - 1, 0) : months;
            quarters = lastOfQuarter ? Math.Max(quarters - 1, 0) : quarters;
            if (wanted)
            {
                expiries[count++] = (friday * NsPerDay) + EightNs;
            }
        }
        return count;
    }

    private static int MonthOf(long day) => DateTime.UnixEpoch.AddTicks(day * TimeSpan.TicksPerDay).Month;

    // False when the venue has no room for more.
    private bool List(in ListingSchedule schedule, long expiryNs, long strike, InstrumentKind kind)
    {
        int number = state.Counts.Markets;
        if (number >= state.GenesisRef.MaxMarkets)
        {
            return false;
        }
        ref readonly PriceIndex index = ref state.Indexes[schedule.Terms.Index];
        var name =
            new InstrumentName(schedule.Terms.Name.ToString(), kind, expiryNs / 1_000_000, ListedContracts.ToFixed(strike, index.Decimals));
        string text = name.ToString();
        if (text.Length > ShortName.Size)
        {
            return true;
        }
        MarketTerms terms = schedule.Terms;
        terms.Name = ShortName.From(text);
        terms.ExpiryNs = expiryNs;
        int holder = markets.Find(in terms.Name);
        string gain = kind == InstrumentKind.Call
            ? $"mean(S, 30m) - {FixedPoint.Format(name.Strike)}"
            : $"{FixedPoint.Format(name.Strike)} - mean(S, 30m)";
        string expiry = DateTime.UnixEpoch.AddTicks(expiryNs / 100).ToString("yyyy-MM-dd'T'HH:mm'Z'", CultureInfo.InvariantCulture);
        string settle = state.Assets[state.Pools[schedule.Terms.Pool].Collateral[0]].Name.ToString();
        byte[] contract = Encoding.ASCII.GetBytes(
            $"contract {text}\nobserve S = index {index.Name}\nsettle {settle}\nexpiry {expiry}\nat expiry pay max({gain}, 0)\n");
        if (holder >= 0)
        {
            // The same contract is what was wanted. Another one that was given the name by hand stays, and the operator is told each day.
            if (!state.ContractTexts[holder].Text.SequenceEqual(contract))
            {
                events.Write(EventKind.ContractListed, 0, new ContractListed
                {
                    Name = terms.Name,
                    Detail = holder,
                    Market = (ushort)holder,
                    Code = RefusalCode.NameTaken,
                });
            }
            return true;
        }
        ref ContractText row = ref state.ContractTexts.Write(number);
        row = default;
        contract.CopyTo((Span<byte>)row.Bytes);
        row.Length = contract.Length;
        Refusal refusal = Refusal.TextRefused(0);
        ulong created = 0;
        if (state.Derived.Contracts.TryCompile(row.Text, out ContractProgram? program) is null)
        {
            refusal = listing.List(in terms, schedule.Surface, program!, out created);
        }
        events.Write(EventKind.ContractListed, 0, new ContractListed
        {
            Name = terms.Name,
            Detail = refusal.Detail,
            Market = (ushort)created,
            Code = refusal.Code,
        });
        return true;
    }
}
