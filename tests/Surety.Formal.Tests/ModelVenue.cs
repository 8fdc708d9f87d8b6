using System;
using System.Collections.Generic;
using System.Linq;
using System.Numerics;
using Surety.Engine.Indexes;
using Surety.Protocol.Commands;
using Surety.Protocol.Rows;

namespace Surety.Formal.Tests;

/// <summary>The model's venue: made of the terms that an engine's rows have, and from then on of its own commands alone.</summary>
internal sealed class ModelVenue
{
    private global::Venue._IState _state;

    /// <param name="rows">The engine's rows.</param>
    /// <param name="units">How many accounts.</param>
    /// <param name="misread">Changes what it reads of the pool, to show that a difference is found.</param>
    public ModelVenue(IndexedState rows, int units, Func<Pool, Pool>? misread)
    {
        Pool pool = misread is null ? rows.Pools[0] : misread(rows.Pools[0]);
        var fees = new List<global::Venue._IFeeTier>();
        for (int i = 0; i < pool.FeeTierCount; i++)
        {
            FeeTier tier = pool.FeeTiers[i];
            fees.Add(global::Venue.FeeTier.create(tier.FromVolumeAtoms, tier.MakerPpm, tier.TakerPpm));
        }
        global::Venue._IPoolTerms terms = global::Venue.PoolTerms.create(
            Seq(fees), pool.LiquidationFeePpm, pool.Rules.TakeoverChargePpm, pool.Rules.ProfitHaircutPpm, pool.Rules.TransferMarginPpm,
            pool.Rules.FundMarketPpm);
        Accounts._IPosition flat = Accounts.Position.create(0, 0, 0);
        var markets = new List<global::Venue._IMarket>();
        var clearing = new List<Accounts._IClearing>();
        for (int m = 0; m < rows.Counts.Markets; m++)
        {
            markets.Add(MarketOf(rows, m));
            clearing.Add(Accounts.Clearing.create(0, 0, 0, Seq(Enumerable.Repeat(flat, units))));
        }
        Accounts._IBooks books = Accounts.Books.create(Seq(Enumerable.Repeat(BigInteger.Zero, units)), Seq(clearing), 0, 0);
        global::Venue._ITrader fresh = global::Venue.Trader.create(0, 0);
        _state = global::Venue.State.create(
            books, Seq(Enumerable.Repeat(fresh, units)), Seq(markets), global::Venue.Incoming.create_NoIncoming(), 0,
            Withdrawals.__default.Nothing, terms, 0, Seq<global::Venue._IFill>([]), Seq<global::Venue._ITaking>([]), Seq<BigInteger>([]),
            false);
    }

    public global::Venue._IState State => _state;

    public Accounts._IBooks Books => _state.dtor_books;

    /// <summary>Carries a command out; the name of the refusal, "None" for none.</summary>
    public string Step(global::Venue._ICommand command)
    {
        global::Venue.__default.Step(_state, command, out global::Venue._IState after, out global::Venue._IRefusal code);
        // A refused command changes nothing, but for what says what happened last.
        _state = after;
        return code.GetType().Name["Refusal_".Length..];
    }

    /// <summary>Is told a market's funding rate: premiums are another's work.</summary>
    public void TellRate(int market, long ratePpb)
    {
        global::Venue._IMarket m = _state.dtor_markets.Select(market);
        if (m.dtor_ratePpb == ratePpb)
        {
            return;
        }
        global::Venue._IMarket told = global::Venue.Market.create(
            m.dtor_terms, m.dtor_index, m.dtor_unitsPerTick, m.dtor_minPrice, m.dtor_maxPrice, m.dtor_maxOrderLots, m.dtor_maxPositionLots,
            m.dtor_orderBandPpm, m.dtor_boundPpm, m.dtor_mark, m.dtor_indexTicks, m.dtor_hasMark, m.dtor_openInterestPpm, ratePpb,
            m.dtor_fundingTimeMs, m.dtor_remainder, m.dtor_fundSpent, m.dtor_fundWindowNs, m.dtor_book);
        Replace(Dafny.Sequence<global::Venue._IMarket>.Update(_state.dtor_markets, market, told));
    }

    public static Dafny.ISequence<T> Seq<T>(IEnumerable<T> items) => Dafny.Sequence<T>.FromArray([.. items]);

    private void Replace(Dafny.ISequence<global::Venue._IMarket> markets)
    {
        global::Venue._IState s = _state;
        _state = global::Venue.State.create(
            s.dtor_books, s.dtor_traders, markets, s.dtor_incoming, s.dtor_priorities, s.dtor_keeping, s.dtor_pool, s.dtor_nowNs,
            s.dtor_fills, s.dtor_takings, s.dtor_acted, s.dtor_isAstray);
    }

    private static global::Venue._IMarket MarketOf(IndexedState rows, int number)
    {
        ref readonly Market m = ref rows.Markets[number];
        ref readonly PriceIndex x = ref rows.Indexes[m.Index];
        var initial = new List<Margin._IStep>();
        var maintenance = new List<Margin._IStep>();
        for (int i = 0; i < m.TierCount; i++)
        {
            MarginTier tier = m.Tiers[i];
            initial.Add(Margin.Step.create(tier.FromNotionalAtoms, tier.InitialPpm, tier.InitialDeductionAtoms));
            maintenance.Add(Margin.Step.create(tier.FromNotionalAtoms, tier.MaintenancePpm, tier.MaintenanceDeductionAtoms));
        }
        var sources = new List<global::Venue._ISource>();
        for (int i = 0; i < x.SourceCount; i++)
        {
            sources.Add(global::Venue.Source.create(x.Sources[i].KeyPlusOne - 1, 0, 0, 0, 0, x.Sources[i].Weight));
        }
        Margin._ITerms terms = Margin.Terms.create(
            m.AtomsPerTickLot, m.MarginFloorTicks, Seq(initial), Seq(maintenance), m.OpenInterestLowerAtoms, m.OpenInterestUpperAtoms);
        global::Venue._IIndex index = global::Venue.Index.create(
            Seq(sources), x.Quorum, x.MaxAgeMs, x.MinPrice, x.MaxPrice, x.ConfidencePpm, x.Sources[0].JumpPpm, x.JumpFloor, 0);
        return global::Venue.Market.create(
            terms, index, m.IndexUnitsPerTick, m.MinPriceTicks, m.MaxPriceTicks, m.MaxOrderLots, m.MaxPositionLots, m.OrderBandPpm,
            m.LiquidationBoundPpm, 0, 0, false, 0, m.FundingRatePpb, m.FundingTimeMs, 0, 0, m.FundWindowNs,
            Seq<global::Orders._IResting>([]));
    }
}
