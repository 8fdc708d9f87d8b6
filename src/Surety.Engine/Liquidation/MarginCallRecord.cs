using System;
using Surety.Engine.Events;
using Surety.Engine.Indexes;
using Surety.Engine.Instruments;
using Surety.Engine.Margin;
using Surety.Engine.Marks;
using Surety.Protocol.Events;
using Surety.Protocol.Rows;

namespace Surety.Engine.Liquidation;

/// <summary>Writes down, before anything is done, everything a margin call rests on: what a certificate is later made of.</summary>
internal sealed class MarginCallRecord(IndexedState state, EventLog events, AccountMargin margin)
{
    public void Write(MarginUnit unit, Health health)
    {
        ref readonly Account holder = ref state.Accounts[(int)unit.Account];
        ref readonly Pool pool = ref state.Pools[holder.Pool];
        int first = (int)unit.Account * state.PositionsPerAccount;
        int positions = 0;
        bool byModel = unit.IsCross && margin.IsPortfolio(holder.Pool);
        for (int row = first; row < first + state.PositionsPerAccount; row++)
        {
            positions += Counts(row, unit) ? 1 : 0;
            byModel |= Counts(row, unit) && state.Markets[state.Positions[row].Market.Number].Kind == MarketKind.Contract;
        }
        bool atPrice = AccountMargin.CountsAtPrice(in holder);
        int collaterals = 0;
        for (int slot = 1; unit.IsCross && slot < pool.CollateralCount; slot++)
        {
            collaterals += holder.Balances[slot] != 0 ? 1 : 0;
        }
        (int models, uint surfaces, int nodes) = byModel ? CountModels(first, unit) : default;
        events.Write(EventKind.MarginCalled, unit.Account, new MarginCalled
        {
            TimeNs = state.TimeNs,
            BalanceAtoms = unit.IsCross ? holder.Balances[0] : state.Positions[unit.IsolatedRow].IsolatedAtoms,
            EquityAtoms = health.EquityAtoms,
            MaintenanceAtoms = health.MaintenanceAtoms,
            InitialAtoms = health.InitialAtoms,
            IsolatedMarket = unit.IsCross ? OptionalId.None : state.Positions[unit.IsolatedRow].Market,
            Positions = (ushort)positions,
            Collaterals = (ushort)collaterals,
            ByModel = byModel ? 1u : 0,
            Models = (ushort)models,
            Nodes = (ushort)nodes,
        });
        for (int row = first; row < first + state.PositionsPerAccount; row++)
        {
            if (Counts(row, unit))
            {
                WritePosition(unit.Account, row);
            }
        }
        for (int slot = 1; unit.IsCross && slot < pool.CollateralCount; slot++)
        {
            long amount = holder.Balances[slot];
            if (amount != 0)
            {
                ref readonly Asset asset = ref state.Assets[pool.Collateral[slot]];
                ref readonly PriceIndex index = ref state.Indexes[asset.PriceIndex.Number];
                events.Write(EventKind.MarginCallCollateral, unit.Account, new MarginCallCollateral
                {
                    AmountAtoms = amount,
                    CapAtoms = atPrice ? amount : asset.CollateralCapAtoms,
                    Price = atPrice ? index.Price : index.Price - index.Confidence,
                    ValueAtoms = atPrice ? margin.CollateralPriceAtoms(in pool, slot, amount)
                        : margin.CollateralValueAtoms(in pool, slot, amount),
                    HaircutPpm = atPrice ? 0 : AccountMargin.HaircutPpm(in asset, in index),
                    Asset = pool.Collateral[slot],
                    Index = (ushort)(asset.PriceIndex.Number),
                    ScaleDecimals = (uint)margin.ScaleDecimals(in pool, in asset, in index),
                });
            }
        }
        for (int row = first; byModel && row < first + state.PositionsPerAccount; row++)
        {
            if (Counts(row, unit) && IsModelled(row))
            {
                WriteModel(unit.Account, row);
            }
        }
        for (int surface = 0; surfaces >> surface != 0; surface++)
        {
            if ((surfaces & (1u << surface)) != 0)
            {
                WriteNodes(unit.Account, surface);
            }
        }
    }

    // Positions that models say something of, the surfaces of their options (a bit for each), and how many nodes those have.
    private (int Models, uint Surfaces, int Nodes) CountModels(int first, MarginUnit unit)
    {
        (int models, uint surfaces, int nodes) = (0, 0, 0);
        for (int row = first; row < first + state.PositionsPerAccount; row++)
        {
            if (Counts(row, unit) && IsModelled(row))
            {
                models++;
                int surface = state.Markets[state.Positions[row].Market.Number].Surface.Number;
                nodes += surface >= 0 && (surfaces & (1u << surface)) == 0 ? state.Surfaces[surface].NodeCount : 0;
                surfaces |= surface >= 0 ? 1u << surface : 0;
            }
        }
        return (models, surfaces, nodes);
    }

    // A contract, or what is netted by scenarios.
    private bool IsModelled(int row)
    {
        int market = state.Positions[row].Market.Number;
        return state.Markets[market].Kind == MarketKind.Contract || IsNetted(row, market);
    }

    private bool IsNetted(int row, int market) =>
        !state.Positions[row].IsIsolated && margin.IsPortfolio(state.Markets[market].Pool) && margin.Portfolio.IsNetted(market);

    private void WriteModel(uint account, int row)
    {
        int number = state.Positions[row].Market.Number;
        ref readonly Market market = ref state.Markets[number];
        bool isContract = market.Kind == MarketKind.Contract;
        bool isNetted = IsNetted(row, number);
        (long value, long delta) = isNetted ? margin.Portfolio.PerLot(number) : default;
        var model = new MarginCallModel
        {
            UnderlyingTicks = isContract ? market.UnderlyingTicks : market.MarkTicks,
            MarkMs = market.MarkMs,
            WindowMs = isContract ? ContractMarks.WindowMs(state.Derived.Contracts, number, in market) : 0,
            ValuePerLot = value,
            DeltaPerLot = delta,
            VolatilityPpm = market.VolatilityPpm,
            DeltaPpm = market.DeltaPpm,
            OpenPpm = (int)(isContract ? ContractMarks.OpenPpm(state, state.Derived.Contracts, number)
                : SettlementWindow.OpenPpm(in market, market.SettlementTimeNs)),
            ScanPpm = isNetted ? state.Pools[market.Pool].Rules.ScanPpm : 0,
            Market = (ushort)number,
            Surface = market.Surface,
        };
        if (isNetted)
        {
            ReadOnlySpan<long> losses = margin.Portfolio.LossesPerLot(number);
            losses[..16].CopyTo(model.Losses0);
            losses[16..].CopyTo(model.Losses1);
        }
        events.Write(EventKind.MarginCallModel, account, model);
    }

    private void WriteNodes(uint account, int surface)
    {
        ref readonly Surface terms = ref state.Surfaces[surface];
        for (int i = 0; i < terms.NodeCount; i++)
        {
            ref readonly PriceIndex node = ref state.Indexes[terms.Node(i)];
            events.Write(EventKind.MarginCallNode, account, new MarginCallNode
            {
                Price = node.Price,
                VolatilityPpm = Volatilities.OfNode(in node),
                Surface = (ushort)surface,
                Node = (ushort)i,
                Index = terms.Node(i),
            });
        }
    }

    private bool Counts(int row, MarginUnit unit) =>
        state.Positions[row].Lots != 0 && unit.Holds(in state.Positions[row], row);

    private void WritePosition(uint account, int row)
    {
        ref readonly Position position = ref state.Positions[row];
        ref readonly Market market = ref state.Markets[position.Market.Number];
        long notional = MarginTiers.NotionalAtoms(in market, position.Lots);
        ref readonly MarginTier tier = ref MarginTiers.TierOf(in market, notional);
        events.Write(EventKind.MarginCallPosition, account, new MarginCallPosition
        {
            Lots = position.Lots,
            EntryCostAtoms = position.EntryCostAtoms,
            EntryFundingIndex = position.FundingIndex,
            FundingIndex = market.FundingIndex,
            MarkTicks = market.MarkTicks,
            IndexPrice = state.Indexes[market.Index].Price,
            IndexUnitsPerTick = market.IndexUnitsPerTick,
            AtomsPerTickLot = market.AtomsPerTickLot,
            MarginFloorTicks = market.MarginFloorTicks,
            DeductionAtoms = tier.MaintenanceDeductionAtoms,
            UnrealisedAtoms = AccountMargin.UnrealisedAtoms(in market, in position),
            MaintenanceAtoms = market.Kind == MarketKind.Contract ? ContractMargin.MaintenanceAtoms(in market, position.Lots)
                : MarginTiers.MaintenanceAtoms(in market, notional),
            MaintenancePpm = tier.MaintenancePpm,
            BasisCapPpm = market.BasisCapPpm,
            Market = (ushort)(position.Market.Number),
            Index = market.Index,
        });
    }
}
