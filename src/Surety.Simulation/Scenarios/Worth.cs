using System.Collections.Generic;
using System.Linq;
using Surety.Engine;
using Surety.Engine.State;
using Surety.Protocol.Rows;

namespace Surety.Simulation.Scenarios;

/// <summary>What an account is worth in its pool's settlement asset, isolated positions with it.</summary>
internal static class Worth
{
    /// <summary>The ways to count: as margin counts coins, at their market price, or the settlement asset alone.</summary>
    public static readonly string[] Ways = ["margin", "market", "cash"];

    /// <summary>What an account is worth, in whole units.</summary>
    public static decimal Of(SuretyEngine engine, uint account, string way)
    {
        VenueState state = engine.State;
        ref readonly Account holder = ref state.Accounts[(int)account];
        ref readonly Pool pool = ref state.Pools[holder.Pool];
        int settlement = state.Assets[pool.Collateral[0]].Decimals;
        decimal unit = ScenarioTerms.Power(settlement);
        if (way == "cash")
        {
            return holder.Balances[0] / unit;
        }
        long atoms = engine.Margin.Cross(account).EquityAtoms;
        int first = (int)account * state.PositionsPerAccount;
        for (int row = first; row < first + state.PositionsPerAccount; row++)
        {
            if (state.Positions[row].Market.Exists && state.Positions[row].IsIsolated)
            {
                atoms += engine.Margin.Isolated(row).EquityAtoms;
            }
        }
        if (way == "margin")
        {
            return atoms / unit;
        }
        engine.Margin.CollateralAtoms(in holder, out long counted, out _);
        decimal worth = (atoms - counted) / unit;
        for (int slot = 1; slot < pool.CollateralCount; slot++)
        {
            ref readonly Asset asset = ref state.Assets[pool.Collateral[slot]];
            ref readonly PriceIndex index = ref state.Indexes[asset.PriceIndex.Number];
            if (index.HasPrice != 0)
            {
                worth += holder.Balances[slot] / ScenarioTerms.Power(asset.Decimals) * (index.Price / ScenarioTerms.Power(index.Decimals));
            }
        }
        return worth;
    }

    /// <summary>What several accounts are worth together.</summary>
    public static decimal Of(SuretyEngine engine, IEnumerable<uint> accounts, string way) => accounts.Sum(a => Of(engine, a, way));
}
