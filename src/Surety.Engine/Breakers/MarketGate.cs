using System;
using Surety.Core.Numerics;
using Surety.Engine.Events;
using Surety.Engine.Funding;
using Surety.Engine.Indexes;
using Surety.Engine.Instruments;
using Surety.Engine.Margin;
using Surety.Engine.Marks;
using Surety.Protocol.Events;
using Surety.Protocol.Rows;

namespace Surety.Engine.Breakers;

/// <summary>
/// What a market may do now. Causes come and go; the status is that of the strictest cause, and the way back from a halt
/// always leads through a call auction. docs/breakers.md lists each cause, its action and its way back.
/// </summary>
internal sealed class MarketGate(IndexedState state, EventLog events, CallAuction auction, AccountMargin margin)
{
    private const long NsPerMs = 1_000_000;
    private const long NsPerMinute = 60_000_000_000;
    private const long NsPerHour = 3_600_000_000_000;

    /// <summary>The most refused commands of a minute before markets only reduce.</summary>
    public const int RefusalsPerMinute = 120_000;

    /// <summary>The fund may spend this part of the pool's free amount in an hour, whatever it has.</summary>
    public const int FreeLossPart = 100;

    /// <summary>Sets or clears a cause.</summary>
    public void Set(int number, MarketCauses cause, bool holds)
    {
        MarketCauses before = state.Markets[number].Causes;
        MarketCauses after = holds ? before | cause : before & ~cause;
        if (after != before)
        {
            state.Markets.Write(number).Causes = after;
            Refresh(number);
        }
    }

    /// <summary>What moves a market's mark may have another state: the market follows the worst of it.</summary>
    public void Follow(int number)
    {
        ref readonly Market read = ref state.Markets[number];
        PriceState price = PriceDoubt.StateOf(state, number);
        bool byIndex = price != PriceState.Good;
        bool doubtful = byIndex || PriceDoubt.IsSurfaceInDoubt(state, number);
        if (read.HasMark == 0 || (!doubtful && read.OracleDoubtNs == 0))
        {
            return;
        }
        ref Market market = ref state.Markets.Write(number);
        SettlementWindow.Observe(ref market, state.TimeNs);
        if (market.Kind == MarketKind.LinearFuture && state.TimeNs > market.ExpiryNs - SettlementWindow.LengthNs
            && margin.IsPortfolio(market.Pool))
        {
            // Less of the mean is open than when the market was marked last: scenarios follow, as they would after a restart.
            margin.Portfolio.Refresh(number);
            state.Derived.Bands.TouchAll(number);
        }
        if (!doubtful)
        {
            (market.OracleDoubtNs, market.IndexInDoubt) = (0, 0);
            Set(number, MarketCauses.OracleDoubt | MarketCauses.OracleLost, false);
            return;
        }
        if (market.OracleDoubtNs == 0 || (byIndex && market.IndexInDoubt == 0))
        {
            market.OracleDoubtNs = state.TimeNs;
            state.Derived.ScheduleGrace(number);
        }
        market.IndexInDoubt = (ushort)(byIndex ? 1 : 0);
        if (!byIndex)
        {
            // Volatilities in doubt leave reductions, at wider margins; they are no reason to halt.
            Set(number, MarketCauses.OracleLost, false);
        }
        else if (price != PriceState.Wide)
        {
            bool lost = price is PriceState.Quarantined or PriceState.Absent;
            Set(number, lost ? MarketCauses.OracleDoubt | MarketCauses.OracleLost : MarketCauses.OracleDoubt, true);
        }
    }

    /// <summary>The index has been in doubt for longer than it takes to settle, or than the market has patience.</summary>
    public void EndGrace(int number)
    {
        ref readonly Market market = ref state.Markets[number];
        if (market.OracleDoubtNs == 0)
        {
            return;
        }
        if (state.TimeNs - market.OracleDoubtNs >= DueTimes.SettleNs)
        {
            Set(number, MarketCauses.OracleDoubt, true);
        }
        if (market.IndexInDoubt == 1 && state.TimeNs - market.OracleDoubtNs >= market.OracleGraceMs * NsPerMs)
        {
            Set(number, MarketCauses.OracleLost, true);
        }
    }

    /// <summary>Uncrosses an auction whose time has come; one whose prices are in doubt goes on.</summary>
    public bool EndAuction(int number)
    {
        ref Market market = ref state.Markets.Write(number);
        if (market.Status != MarketStatus.Auction || market.AuctionEndNs > state.TimeNs)
        {
            return false;
        }
        if ((market.Causes & MarketCauses.OracleDoubt) != 0)
        {
            // Terms may have made it so short that time would not pass.
            market.AuctionEndNs = state.TimeNs + (Math.Max(market.AuctionMs, 1_000) * NsPerMs);
            state.Derived.Timers.Add(market.AuctionEndNs, TimerKind.AuctionEnd, (ulong)number);
            return false;
        }
        auction.EndOutsideBand(number);
        auction.Uncross(number);
        market.AuctionEndNs = 0;
        market.Causes &= ~MarketCauses.Auctioning;
        RestartWindow(ref market);
        Turn(number, ref market, Desired(market.Causes));
        return true;
    }

    /// <summary>
    /// Compares the index with its range over the horizon. The width is so many standard deviations of the horizon, from the
    /// variance of the last hour, within a floor and a cap.
    /// </summary>
    public void Observe(int number)
    {
        ref readonly Market read = ref state.Markets[number];
        if (read.BandHorizonMs == 0 || read.Status == MarketStatus.Expired)
        {
            return;
        }
        ref Market market = ref state.Markets.Write(number);
        long horizonNs = market.BandHorizonMs * NsPerMs;
        if (market.WindowNs == 0 || state.TimeNs - market.WindowNs >= 2 * horizonNs)
        {
            RestartWindow(ref market);
        }
        else if (state.TimeNs - market.WindowNs >= horizonNs)
        {
            (market.EarlierLowTicks, market.EarlierHighTicks) = (market.WindowLowTicks, market.WindowHighTicks);
            (market.WindowNs, market.WindowLowTicks, market.WindowHighTicks) = (state.TimeNs, market.IndexTicks, market.IndexTicks);
        }
        long low = Math.Min(market.WindowLowTicks, market.EarlierLowTicks);
        long high = Math.Max(market.WindowHighTicks, market.EarlierHighTicks);
        market.WindowLowTicks = Math.Min(market.WindowLowTicks, market.IndexTicks);
        market.WindowHighTicks = Math.Max(market.WindowHighTicks, market.IndexTicks);
        long width = DynamicBand.WidthPpm(in market, state.Indexes[market.Index].VariancePpm2);
        bool breached = Beyond(in market, market.IndexTicks - low, low, width) || Beyond(in market, high - market.IndexTicks, high, width);
        if (breached && (market.Status is MarketStatus.Trading or MarketStatus.ReduceOnly))
        {
            Set(number, MarketCauses.PriceBand, true);
        }
    }

    /// <summary>Counts what a market's liquidations sold through its book; beyond the limit of a minute it goes to auction.</summary>
    public void CountLiquidation(int number, long lots)
    {
        if (lots == 0)
        {
            return;
        }
        ref Market market = ref state.Markets.Write(number);
        ref readonly Pool pool = ref state.Pools[market.Pool];
        if (state.TimeNs - market.LiquidationMinuteNs >= NsPerMinute)
        {
            (market.LiquidationMinuteNs, market.LiquidatedAtoms) = (state.TimeNs, 0);
        }
        market.LiquidatedAtoms += MarginTiers.NotionalAtoms(in market, lots);
        long openInterest = MarginTiers.NotionalAtoms(in market, market.OpenInterestLots);
        if (pool.Rules.LiquidationRatePpm < Rounding.Million
            && market.LiquidatedAtoms > Math.Max(pool.Rules.FreeAtoms, Rounding.PpmFloor(openInterest, pool.Rules.LiquidationRatePpm)))
        {
            Set(number, MarketCauses.LiquidationRate, true);
        }
    }

    /// <summary>Counts what the insurance fund spent; beyond the limit of an hour the pool's markets only reduce.</summary>
    public void CountFundLoss(int poolNumber, long atoms, long cashLeft)
    {
        ref Pool pool = ref state.Pools.Write(poolNumber);
        if (state.TimeNs - pool.FundHourNs >= NsPerHour)
        {
            (pool.FundHourNs, pool.FundHourEquityAtoms, pool.FundSpentAtoms) = (state.TimeNs, cashLeft, 0);
        }
        pool.FundSpentAtoms += atoms;
        // A small loss of a small fund is no reason to stop a pool: an account that can cause one could stop it for others.
        long limit = Math.Max(Rounding.PpmFloor(pool.FundHourEquityAtoms, pool.Rules.FundLossPpm), pool.Rules.FreeAtoms / FreeLossPart);
        if (pool.FundSpentAtoms > limit && pool.Rules.FundLossPpm < Rounding.Million)
        {
            state.Derived.Timers.Add(pool.FundHourNs + NsPerHour, TimerKind.BreakerEnd, (ulong)poolNumber);
            SetPool(poolNumber, MarketCauses.FundLoss, true);
        }
    }

    /// <summary>
    /// Counts a refused command of an account's owner; a minute with too many leaves only reductions until a minute is quiet. It is
    /// there for the day on which many clients at once act on a wrong picture of the venue. One owner's part of the count is bounded.
    /// </summary>
    public void CountRefusal(uint account)
    {
        ref VenueCounters venue = ref state.Venue.Write(0);
        if (venue.TimeNs - venue.RefusalMinuteNs >= NsPerMinute)
        {
            (venue.RefusalMinuteNs, venue.Refusals) = (venue.TimeNs, 0);
        }
        ref OwnerRow owner = ref state.Owners.Write((int)state.Accounts[(int)account].Owner);
        if (owner.RefusalMinuteNs != venue.RefusalMinuteNs)
        {
            (owner.RefusalMinuteNs, owner.Refusals) = (venue.RefusalMinuteNs, 0);
        }
        if (++owner.Refusals > state.Limits[0].OwnerRefusals)
        {
            return;
        }
        if (++venue.Refusals == RefusalsPerMinute)
        {
            EndRefusalsAt(venue.RefusalMinuteNs + (2 * NsPerMinute));
            for (int pool = 0; pool < venue.Pools; pool++)
            {
                SetPool(pool, MarketCauses.RefusalRate, true);
            }
        }
    }

    /// <summary>Clears what a breaker's time has ended: a pool's fund losses, or with the largest number the refusals.</summary>
    public void EndBreaker(ulong id)
    {
        if (id == ulong.MaxValue)
        {
            if (state.Counts.RefusalEndNs == 0 || state.TimeNs < state.Counts.RefusalEndNs)
            {
                // A later minute had too many as well: its own timer is set.
                return;
            }
            if (state.TimeNs - state.Counts.RefusalMinuteNs < NsPerMinute && state.Counts.Refusals >= RefusalsPerMinute)
            {
                EndRefusalsAt(state.Counts.RefusalMinuteNs + (2 * NsPerMinute));
                return;
            }
            state.Venue.Write(0).RefusalEndNs = 0;
            for (int pool = 0; pool < state.Counts.Pools; pool++)
            {
                SetPool(pool, MarketCauses.RefusalRate, false);
            }
        }
        else if (state.TimeNs - state.Pools[(int)id].FundHourNs >= NsPerHour)
        {
            SetPool((int)id, MarketCauses.FundLoss, false);
        }
    }

    private void EndRefusalsAt(long timeNs)
    {
        state.Venue.Write(0).RefusalEndNs = timeNs;
        state.Derived.Timers.Add(timeNs, TimerKind.BreakerEnd, ulong.MaxValue);
    }

    private static bool Beyond(in Market market, long move, long from, long widthPpm) =>
        move > Rounding.MulDivFloor(Math.Max(Math.Abs(from), market.MarginFloorTicks), widthPpm, Rounding.Million);

    private void RestartWindow(ref Market market)
    {
        market.WindowLowTicks = market.WindowHighTicks = market.EarlierLowTicks = market.EarlierHighTicks = market.IndexTicks;
        market.WindowNs = state.TimeNs;
    }

    private static MarketStatus Desired(MarketCauses causes) =>
        (causes & MarketCauses.Halting) != 0 ? MarketStatus.Halted
            : (causes & MarketCauses.Auctioning) != 0 ? MarketStatus.Auction
            : (causes & MarketCauses.Reducing) != 0 ? MarketStatus.ReduceOnly
            : MarketStatus.Trading;

    private void SetPool(int pool, MarketCauses cause, bool holds)
    {
        for (int number = 0; number < state.Counts.Markets; number++)
        {
            if (state.Markets[number].Pool == pool)
            {
                Set(number, cause, holds);
            }
        }
    }

    private void Refresh(int number)
    {
        ref Market market = ref state.Markets.Write(number);
        if (market.Status == MarketStatus.Expired)
        {
            return;
        }
        MarketStatus desired = Desired(market.Causes);
        if (market.AuctionMs == 0)
        {
            market.Causes &= ~MarketCauses.Auctioning;
            desired = Desired(market.Causes);
            if (market.Status == MarketStatus.Halted && desired != MarketStatus.Halted)
            {
                auction.EndOutsideBand(number);
            }
            Turn(number, ref market, desired);
            return;
        }
        if (desired == MarketStatus.Halted)
        {
            // What has gathered waits on, beside the book.
            market.AuctionEndNs = 0;
        }
        else if (market.Status == MarketStatus.Auction)
        {
            return;
        }
        else if (market.Status == MarketStatus.Halted || desired == MarketStatus.Auction)
        {
            desired = MarketStatus.Auction;
            market.AuctionEndNs = state.TimeNs + (market.AuctionMs * NsPerMs);
            state.Derived.Timers.Add(market.AuctionEndNs, TimerKind.AuctionEnd, (ulong)number);
        }
        Turn(number, ref market, desired);
    }

    private void Turn(int number, ref Market market, MarketStatus next)
    {
        if (market.Status == next)
        {
            return;
        }
        // What was due while it traded is due; while it is halted or in an auction nothing is.
        FundingAccrual.Accrue(ref market, state.TimeNs / NsPerMs);
        MarketStatus from = market.Status;
        market.Status = next;
        events.Write(EventKind.MarketStatusChanged, 0, new MarketStatusChanged
        {
            UntilNs = market.AuctionEndNs,
            Causes = market.Causes,
            Market = (ushort)number,
            From = from,
            To = next,
        });
    }
}
