using Surety.Engine.Events;
using Surety.Engine.Indexes;
using Surety.Engine.Instruments;
using Surety.Engine.Margin;
using Surety.Protocol.Events;
using Surety.Protocol.Rows;

namespace Surety.Engine.Liquidation;

/// <summary>Writes down, before anything is done, everything a margin call rests on: what a certificate is later made of.</summary>
internal sealed class MarginCallRecord(IndexedState state, EventLog events, AccountMargin margin)
{
    public void Write(uint account, int isolatedRow, Health health)
    {
        ref readonly Account holder = ref state.Accounts[(int)account];
        ref readonly Pool pool = ref state.Pools[holder.Pool];
        int first = (int)account * state.PositionsPerAccount;
        int positions = 0;
        bool byModel = isolatedRow < 0 && margin.IsPortfolio(holder.Pool);
        for (int row = first; row < first + state.PositionsPerAccount; row++)
        {
            positions += Counts(row, isolatedRow) ? 1 : 0;
            byModel |= Counts(row, isolatedRow) && state.Markets[state.Positions[row].MarketPlusOne - 1].Kind == MarketKind.Contract;
        }
        int collaterals = 0;
        for (int slot = 1; isolatedRow < 0 && slot < pool.CollateralCount; slot++)
        {
            collaterals += holder.Balances[slot] != 0 ? 1 : 0;
        }
        events.Write(EventKind.MarginCalled, account, new MarginCalled
        {
            TimeNs = state.TimeNs,
            BalanceAtoms = isolatedRow < 0 ? holder.Balances[0] : state.Positions[isolatedRow].IsolatedAtoms,
            EquityAtoms = health.EquityAtoms,
            MaintenanceAtoms = health.MaintenanceAtoms,
            InitialAtoms = health.InitialAtoms,
            IsolatedMarketPlusOne = isolatedRow < 0 ? 0u : state.Positions[isolatedRow].MarketPlusOne,
            Positions = (ushort)positions,
            Collaterals = (ushort)collaterals,
            ByModel = byModel ? 1u : 0,
        });
        for (int row = first; row < first + state.PositionsPerAccount; row++)
        {
            if (Counts(row, isolatedRow))
            {
                WritePosition(account, row);
            }
        }
        for (int slot = 1; isolatedRow < 0 && slot < pool.CollateralCount; slot++)
        {
            long amount = holder.Balances[slot];
            if (amount != 0)
            {
                ref readonly Asset asset = ref state.Assets[pool.Collateral[slot]];
                ref readonly PriceIndex index = ref state.Indexes[asset.PriceIndexPlusOne - 1];
                events.Write(EventKind.MarginCallCollateral, account, new MarginCallCollateral
                {
                    AmountAtoms = amount,
                    CapAtoms = asset.CollateralCapAtoms,
                    Price = index.Price - index.Confidence,
                    ValueAtoms = margin.CollateralValueAtoms(in pool, slot, amount),
                    HaircutPpm = AccountMargin.HaircutPpm(in asset, in index),
                    Asset = pool.Collateral[slot],
                    Index = (ushort)(asset.PriceIndexPlusOne - 1),
                    ScaleDecimals = (uint)margin.ScaleDecimals(in pool, in asset, in index),
                });
            }
        }
    }

    private bool Counts(int row, int isolatedRow) =>
        state.Positions[row].Lots != 0 && PriceDoubt.Belongs(in state.Positions[row], row, isolatedRow);

    private void WritePosition(uint account, int row)
    {
        ref readonly Position position = ref state.Positions[row];
        ref readonly Market market = ref state.Markets[position.MarketPlusOne - 1];
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
            MaintenanceAtoms = MarginTiers.MaintenanceAtoms(in market, notional),
            MaintenancePpm = tier.MaintenancePpm,
            BasisCapPpm = market.BasisCapPpm,
            Market = (ushort)(position.MarketPlusOne - 1),
            Index = market.Index,
        });
    }
}
