using System;
using System.Collections.Generic;
using System.Globalization;
using Surety.Cli.Commands;
using Surety.Core.Numerics;
using Surety.Engine;
using Surety.Engine.Indexes;
using Surety.Engine.Views;
using Surety.Node.Instruments;
using Surety.Pricing.Integers;
using Surety.Protocol.Commands;
using Surety.Protocol.Rows;
using Surety.Terms.Analysis;

namespace Surety.Cli.Inspection;

/// <summary>Greeks, scenarios and questions about an account's risk, as tables.</summary>
internal static class RiskTables
{
    /// <summary>Greeks of every position and of the account, in the settlement asset.</summary>
    public static InspectedTable Greeks(SuretyEngine engine, uint account)
    {
        IndexedState state = engine.State;
        var rows = new List<object?[]>();
        (long delta, long gamma, long vega, long theta) = (0, 0, 0, 0);
        int first = (int)account * state.PositionsPerAccount;
        for (int row = first; row < first + state.PositionsPerAccount; row++)
        {
            ref readonly Position p = ref state.Positions[row];
            if (p.Lots == 0)
            {
                continue;
            }
            ref readonly Market m = ref state.Markets[p.Market.Number];
            int decimals = Decimals(state, m.Pool);
            PositionGreeks g = engine.Risk.GreeksOf(row);
            (delta, gamma, vega, theta) = (delta + g.DeltaAtoms, gamma + g.GammaAtoms, vega + g.VegaAtoms, theta + g.ThetaAtoms);
            rows.Add(
                [m.Name.ToString(), p.Lots,
                    m.VolatilityPpm == 0 ? "" : (m.VolatilityPpm / 10_000m).ToString("0.00", CultureInfo.InvariantCulture) + "%",
                Amount(g.DeltaAtoms, decimals), Amount(g.GammaAtoms, decimals), Amount(g.VegaAtoms, decimals),
                Amount(g.ThetaAtoms, decimals)]);
        }
        if (rows.Count > 1)
        {
            int decimals = Decimals(state, state.Accounts[(int)account].Pool);
            rows.Add(["all", "", "", Amount(delta, decimals), Amount(gamma, decimals), Amount(vega, decimals), Amount(theta, decimals)]);
        }
        return new("greeks",
            ["market", "lots", "volatility", "delta_of_1_percent", "gamma_of_1_percent", "vega_of_1_point", "theta_of_a_day"], rows);
    }

    /// <summary>What each scenario loses, index by index, for an account under portfolio margin.</summary>
    public static IEnumerable<InspectedTable> Scenarios(SuretyEngine engine, uint account)
    {
        IndexedState state = engine.State;
        ushort pool = state.Accounts[(int)account].Pool;
        if (!engine.Margin.IsPortfolio(pool))
        {
            yield break;
        }
        decimal scan = state.Pools[pool].Rules.ScanPpm / 1_000_000m;
        var rows = new List<object?[]>();
        var columns = new List<string> { "scenario", "price_move", "volatility", "counted" };
        var positions = new List<int>();
        int first = (int)account * state.PositionsPerAccount;
        for (int row = first; row < first + state.PositionsPerAccount; row++)
        {
            if (state.Positions[row].Lots != 0 && !state.Positions[row].IsIsolated)
            {
                positions.Add(row);
                columns.Add(state.Markets[state.Positions[row].Market.Number].Name.ToString());
            }
        }
        columns.Add("loss");
        for (int s = 0; s < ScenarioGrid.Count; s++)
        {
            var cells = new List<object?>
            {
                s, (scan * ScenarioGrid.Quarters(s) / 4).ToString("+0.0%;-0.0%;0%", CultureInfo.InvariantCulture),
                ScenarioGrid.VolatilityMove(s) switch { 1 => "up", -1 => "down", _ => "same" },
                (ScenarioGrid.CountedPpm(s) / 1_000_000m).ToString("0%", CultureInfo.InvariantCulture),
            };
            long sum = 0;
            foreach (int row in positions)
            {
                long loss = state.Positions[row].Lots * engine.Margin.Portfolio.LossesPerLot(state.Positions[row].Market.Number)[s];
                sum += loss;
                cells.Add(Amount(loss, Decimals(state, pool)));
            }
            cells.Add(Amount(sum, Decimals(state, pool)));
            rows.Add([.. cells]);
        }
        yield return new("scenarios", columns, rows);
    }

    /// <summary>Whether an order would be taken (without a price, a market order), and what it would do to margin if it filled.</summary>
    public static InspectedTable WhatIf(SuretyEngine engine, uint account, int market, long lots, long? priceTicks)
    {
        IndexedState state = engine.State;
        var order = new PlaceOrder
        {
            Header = { Account = account },
            Market = (ushort)Math.Clamp(market, 0, ushort.MaxValue),
            Side = lots > 0 ? Side.Buy : Side.Sell,
            Lots = Math.Abs(lots),
            PriceTicks = priceTicks ?? 0,
            NoProtection = priceTicks is null ? (byte)1 : (byte)0,
            Options = priceTicks is null ? OrderOptions.Market : OrderOptions.None,
            TimeInForce = priceTicks is null ? TimeInForce.ImmediateOrCancel : TimeInForce.GoodTillCancelled,
        };
        (RefusalCode code, long detail) = engine.WouldAnswer(in order);
        var record = new byte[System.Runtime.CompilerServices.Unsafe.SizeOf<PlaceOrder>()];
        CommandCodec.Write(CommandKind.PlaceOrder, ref order, record);
        string words = RefusalWords.Of(code, detail, record, InstrumentList.Of(state));
        if (code is RefusalCode.LotsOutOfRange or RefusalCode.PriceOutOfRange)
        {
            throw new UsageException($"what-if: {words}");
        }
        WhatIfResult r;
        try
        {
            r = engine.Risk.WhatIf(account, market, lots,
                priceTicks ?? (market >= 0 && market < state.Counts.Markets ? state.Markets[market].MarkTicks : 0));
        }
        catch (ArgumentException e)
        {
            throw new UsageException($"what-if: {e.Message}");
        }
        int decimals = Decimals(state, state.Markets[market].Pool);
        object?[] Row(string what, long before, long after) =>
            [what, Amount(before, decimals), Amount(after, decimals), Amount(after - before, decimals)];
        return new("what-if", ["what", "now", "then", "change"],
        [
            Row("equity", r.Before.EquityAtoms, r.After.EquityAtoms),
            Row("counts for opening", r.Before.OpeningAtoms, r.After.OpeningAtoms),
            Row("initial margin", r.Before.InitialAtoms, r.After.InitialAtoms),
            Row("maintenance margin", r.Before.MaintenanceAtoms, r.After.MaintenanceAtoms),
            ["fee", "", Amount(r.FeeAtoms, decimals), ""],
            ["position, lots", "", r.Lots, lots],
            ["taken", "", code == RefusalCode.None ? "yes" : $"no: {words}", ""],
        ]);
    }

    /// <summary>Contracts with what their texts say and how they are marked.</summary>
    public static InspectedTable Contracts(SuretyEngine engine)
    {
        IndexedState state = engine.State;
        var rows = new List<object?[]>();
        for (int i = 0; i < state.Counts.Markets; i++)
        {
            ref readonly Market m = ref state.Markets[i];
            if (m.Kind == MarketKind.Contract)
            {
                rows.Add(
                    [i, m.Name.ToString(), ((ContractShape)m.Shape).ToString(), m.Flags.ToString(), m.StrikeTicks, m.UnderlyingTicks,
                        m.MarkTicks,
                    (m.VolatilityPpm / 10_000m).ToString("0.00", CultureInfo.InvariantCulture) + "%", m.DeltaPpm, m.LeastTicks, m.MostTicks,
                    state.ContractTexts[i].Hash.ToString(), System.Text.Encoding.UTF8.GetString(state.ContractTexts[i].Text)]);
            }
        }
        return new("contracts",
            ["market", "name", "shape", "flags", "strike_ticks", "underlying_ticks", "mark_ticks", "volatility", "delta_ppm", "least_ticks",
            "most_ticks", "text_hash", "text"], rows);
    }

    private static int Decimals(IndexedState state, int pool) =>
        pool >= state.Counts.Pools ? 0 : state.Assets[state.Pools[pool].Collateral[0]].Decimals;

    private static string Amount(long atoms, int decimals) => FixedDecimal.Format(atoms, decimals);
}
