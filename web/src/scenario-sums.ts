// Portfolio margin's sums by index (Surety.Proofs: ScenarioSums).

import { abs, ceilDiv, Million, most } from './integers';
import { need } from './verify';

/** Portfolio margin: within each index what all lots together lose in the worst scenario, a floor, and contingencies; docs/margin.md. */
export class ScenarioSums {
  private readonly indexes = new Map<
    number,
    { losses: bigint[]; deltas: Map<bigint, bigint>; gross: bigint; net: bigint; apart: bigint; short: bigint }
  >();

  add(index: number, expiryNs: bigint, isOption: boolean, lots: bigint, valuePerLot: bigint, deltaPerLot: bigint, losses: bigint[]): void {
    let sums = this.indexes.get(index);
    if (sums === undefined) {
      need(this.indexes.size < 8, 'it depends on more indices than are netted: there is no certificate of it');
      sums = { losses: losses.map(() => 0n), deltas: new Map(), gross: 0n, net: 0n, apart: 0n, short: 0n };
      this.indexes.set(index, sums);
    }
    const [value, delta] = [abs(lots) * valuePerLot, lots * deltaPerLot];
    sums.losses = sums.losses.map((sum, i) => sum + losses[i]! * lots);
    sums.gross += value;
    sums.net += delta;
    sums.short += isOption && lots < 0n ? value : 0n;
    if (!sums.deltas.has(expiryNs) && sums.deltas.size === 12) {
      sums.apart += abs(delta);
    } else {
      sums.deltas.set(expiryNs, (sums.deltas.get(expiryNs) ?? 0n) + delta);
    }
  }

  /** Maintenance margin of all that was added. */
  maintenance(): bigint {
    const part = (value: bigint, ppm: bigint): bigint => ceilDiv(value * ppm, Million);
    return [...this.indexes.values()].reduce((all, sums) => {
      const apart = [...sums.deltas.values()].reduce((sum, delta) => sum + abs(delta), sums.apart);
      const worst = sums.losses.reduce(most);
      const net = abs(sums.net);
      const floor = part(net, 20_000n) + part(sums.gross, 5_000n);
      return all + most(worst, floor) + part(sums.short, 5_000n) + part(most(apart - net, 0n), 10_000n);
    }, 0n);
  }
}
