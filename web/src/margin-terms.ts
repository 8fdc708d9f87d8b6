// The terms that a margin call states, compared with rows of the state (Surety.Proofs: MarginTerms, CertificateCheck).

import type { Parts } from './certificate-parts';
import { abs, Million, most } from './integers';
import type { Read } from './layout';
import {
  Asset,
  EventKind,
  IndexChanged,
  MarginCallCollateral,
  MarginCallModel,
  MarginCallPosition,
  Market,
  MarketKind,
  MostTiers,
  PriceIndex,
  TableId,
} from './protocol';
import { need } from './verify';

/** What a margin call says of one position. */
export type PositionEvent = Read<typeof MarginCallPosition>;

/** What it says of a model. */
export type ModelEvent = Read<typeof MarginCallModel>;

/** What it says of a coin. */
export type CoinEvent = Read<typeof MarginCallCollateral>;

export type MarketRow = Read<typeof Market>;

/** Whether a market's row has every term that the event states: pool, index, units, floor, cap, and the tier of the notional. */
export function hasTerms(market: MarketRow, e: PositionEvent, pool: number): boolean {
  const notional = abs(e.lots) * (most(abs(e.markTicks), e.marginFloorTicks) + market.strikeTicks) * e.atomsPerTickLot;
  let tier = market.tiers[0]!;
  for (let i = 1; i < Math.min(market.tierCount, MostTiers) && notional >= market.tiers[i]!.fromNotionalAtoms; i++) {
    tier = market.tiers[i]!;
  }
  return (
    market.pool === pool &&
    market.kind !== MarketKind.None &&
    market.index === e.index &&
    market.atomsPerTickLot === e.atomsPerTickLot &&
    market.indexUnitsPerTick === e.indexUnitsPerTick &&
    market.marginFloorTicks === e.marginFloorTicks &&
    market.basisCapPpm === e.basisCapPpm &&
    tier.maintenancePpm === e.maintenancePpm &&
    tier.maintenanceDeductionAtoms === e.deductionAtoms
  );
}

/** Refuses a coin whose stated terms are not the asset's own: units, cap and haircut. */
export function checkAsset(parts: Parts, e: CoinEvent, settles: number, atPrice: boolean): void {
  const indexes = parts.rows(TableId.Indexes, PriceIndex, e.index, `index ${e.index}`);
  const settled = parts.rows(TableId.Assets, Asset, settles, 'the asset that the pool settles in')[0]!;
  const stated = parts.rows(TableId.Assets, Asset, e.asset, `asset ${e.asset}`).some((asset) => {
    const sameUnits =
      asset.priceIndexPlusOne === e.index + 1 && asset.decimals + indexes[0]!.decimals - settled.decimals === e.scaleDecimals;
    return (
      sameUnits &&
      (atPrice
        ? e.capAtoms === e.amountAtoms && e.haircutPpm === 0
        : asset.collateralCapAtoms === e.capAtoms &&
          (indexes.some((i) => Math.min(asset.haircutPpm + i.haircutPpm, Number(Million)) === e.haircutPpm) ||
            (e.haircutPpm >= asset.haircutPpm &&
              parts.others(EventKind.IndexChanged, IndexChanged, true, (i) => i.index === e.index).length > 0)))
    );
  });
  need(stated, `a term of asset ${e.asset} is not the asset’s own`);
}
