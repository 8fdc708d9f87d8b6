// What models say in a margin call, computed again (Surety.Proofs: ModelCheck).

import type { Parts } from './certificate-parts';
import { abs, floorDiv, least, Million, most } from './integers';
import type { Read } from './layout';
import type { MarketRow, ModelEvent, PositionEvent } from './margin-terms';
import { deltaOf, lossesOf, lossesOfUnderlying, priceOf, volatilityOf, type Option } from './models';
import { ContractFlags, ContractText, MarginCallNode, MostPositionValue, PriceIndex, Surface, TableId } from './protocol';
import type { SignedPrices } from './signed-prices';
import { need } from './verify';

// Contracts' shapes, and the decimals of their amounts.
const [Call, Put] = [2, 3];
const Fixed = 10n ** 8n;

// As a contract reads its index, and its market that: rounded down each time.
const ticksOf = (price: bigint, decimals: number, unitsPerTick: bigint): bigint => {
  const amount = decimals <= 8 ? price * 10n ** BigInt(8 - decimals) : floorDiv(price, 10n ** BigInt(decimals - 8));
  return floorDiv(amount * 10n ** BigInt(decimals), Fixed * unitsPerTick);
};

/**
 * Computes again what models say in a margin call, with the functions that the engine has: volatility between a surface's nodes, which are
 * medians of signed reports; an option's mark, from the index and that volatility; and what a lot loses in each scenario.
 */
export class ModelCheck {
  private readonly surfaces = new Map<number, { terms: Read<typeof Surface>; volatilities: number[] }>();
  private readonly taken = new Set<ModelEvent>();

  constructor(
    private readonly parts: Parts,
    private readonly prices: SignedPrices,
    private readonly timeNs: bigint,
    private readonly models: ModelEvent[],
    private readonly nodes: Read<typeof MarginCallNode>[],
  ) {}

  /** Reads the nodes, surface by surface: every node of each that an option is marked from, and no other. */
  async checkNodes(): Promise<void> {
    let at = 0;
    const surfaces = [...new Set(this.models.filter((m) => m.surfacePlusOne !== 0).map((m) => m.surfacePlusOne - 1))].sort((a, b) => a - b);
    for (const surface of surfaces) {
      const terms = this.parts.rows(TableId.Surfaces, Surface, surface, `surface ${surface}`)[0]!;
      const [tenors, moneyness] = [terms.tenorCount, terms.moneynessCount];
      need(
        tenors >= 1 &&
          tenors <= 8 &&
          moneyness >= 1 &&
          moneyness <= 8 &&
          tenors * moneyness <= 24 &&
          at + tenors * moneyness <= this.nodes.length,
        `the nodes of surface ${surface} are not in it`,
      );
      const volatilities: number[] = [];
      for (let i = 0; i < tenors * moneyness; i++) {
        const node = this.nodes[at++]!;
        const own = i < 16 ? terms.nodes0[i]! : terms.nodes1[i - 16]!;
        need(node.surface === surface && node.node === i && node.index === own, `a node of surface ${surface} is not its own`);
        const index = this.parts.rows(TableId.Indexes, PriceIndex, node.index, `index ${node.index}`)[0]!;
        need(
          (await this.prices.of(node.index)).price === node.price,
          `node ${i} of surface ${surface} is not the median of the signed reports`,
        );
        const ppm = (node.price * Million) / 10n ** BigInt(index.decimals);
        need(
          BigInt(node.volatilityPpm) === least(most(ppm, 1n), 100_000_000n),
          `the volatility of node ${i} of surface ${surface} does not follow from its price`,
        );
        volatilities.push(node.volatilityPpm);
      }
      this.surfaces.set(surface, { terms, volatilities });
    }
    need(at === this.nodes.length, 'a node in it is of no surface that the account depends on');
  }

  /** What models say of a market, taken once. */
  take(market: number): ModelEvent | undefined {
    const model = this.models.find((m) => m.market === market);
    need(model === undefined || !this.taken.has(model), `a model of market ${market} stands twice`);
    if (model !== undefined) {
      this.taken.add(model);
    }
    return model;
  }

  endAll(): void {
    need(this.taken.size === this.models.length, 'a model in it is of a market that the account has no position in');
  }

  /** The option as its formula takes it, once its inputs and its mark are checked. */
  checkOption(market: MarketRow, e: PositionEvent, m: ModelEvent): Option {
    const isOption =
      (market.shape === Call || market.shape === Put) && (market.flags & (ContractFlags.Barrier | ContractFlags.ManyIndexes)) === 0;
    need(
      isOption && market.surfacePlusOne === m.surfacePlusOne && m.surfacePlusOne !== 0,
      `market ${e.market} is no option that a certificate can be of`,
    );
    need(m.openPpm === Number(Million), `the mean that market ${e.market} pays on has begun: there is no certificate of it`);
    const index = this.parts.rows(TableId.Indexes, PriceIndex, e.index, `index ${e.index}`)[0]!;
    need(
      m.underlyingTicks === ticksOf(e.indexPrice, index.decimals, e.indexUnitsPerTick),
      `the underlying of market ${e.market} is not its index`,
    );
    need(
      m.windowMs === ((market.flags & ContractFlags.American) !== 0 ? 0n : this.windowOf(e.market)),
      `the mean of market ${e.market} is not that of its text`,
    );
    need(m.markMs >= 0n && m.markMs <= this.timeNs / Million, `market ${e.market} is marked later than the call`);
    const left = market.expiryNs / Million - m.markMs;
    const { terms, volatilities } = this.surfaces.get(m.surfacePlusOne - 1)!;
    const volatility =
      m.underlyingTicks <= 0n || market.strikeTicks <= 0n
        ? 0
        : volatilityOf(
            terms.tenorMinutes.slice(0, terms.tenorCount),
            terms.moneynessMilli.slice(0, terms.moneynessCount),
            volatilities,
            m.underlyingTicks,
            market.strikeTicks,
            most(left, 1n),
          );
    need(volatility > 0 && volatility === m.volatilityPpm, `the volatility of market ${e.market} is not that of its surface`);
    const ms = left < m.windowMs ? most(left, 0n) / 3n : left - m.windowMs + m.windowMs / 3n;
    const type = market.shape === Put ? -1 : 1;
    const option: Option = { type, underlying: m.underlyingTicks, strike: market.strikeTicks, volatility, ms };
    need(market.leastTicks <= market.mostTicks && market.minPriceTicks <= market.maxPriceTicks, 'a market’s bounds are none');
    const mark = least(most(least(most(priceOf(option), market.leastTicks), market.mostTicks), market.minPriceTicks), market.maxPriceTicks);
    need(mark === e.markTicks, `the mark of market ${e.market} is not what the formula gives`);
    need(deltaOf(option) === BigInt(m.deltaPpm), `the delta of market ${e.market} is not what the formula gives`);
    return option;
  }

  // How long the mean is that the contract's text pays on: the only one in it, or none.
  private windowOf(market: number): bigint {
    const { length, bytes } = this.parts.rows(TableId.ContractTexts, ContractText, market, `the text of market ${market}`)[0]!;
    need(length >= 0 && length <= bytes.length, `the text of market ${market} has no end`);
    const written = String.fromCharCode(...bytes.slice(0, length));
    if (!written.includes('mean')) {
      return 0n;
    }
    const means = [...written.matchAll(/mean *\( *[A-Za-z_][A-Za-z0-9_]* *, *([0-9]{1,6})([smhd]) *\)/g)];
    need(means.length === 1 && written.split('mean').length === 2, `the text of market ${market} has more than one mean`);
    const [, count, unit] = means[0]!;
    return BigInt(count!) * { s: 1_000n, m: 60_000n, h: 3_600_000n, d: 86_400_000n }[unit as 's' | 'm' | 'h' | 'd'];
  }
}

/** What one long lot loses in each scenario, once it is checked. */
export function checkScenarios(market: MarketRow, e: PositionEvent, m: ModelEvent, option: Option | undefined): bigint[] {
  need(
    option !== undefined || (m.openPpm === Number(Million) && m.underlyingTicks === e.markTicks),
    `the settlement of market ${e.market} has begun: there is no certificate of it`,
  );
  need(market.maxPositionLots > 0n && m.scanPpm > 0 && m.scanPpm <= Number(Million), `a term of market ${e.market} is outside its range`);
  const bound = MostPositionValue / market.maxPositionLots;
  const underlying = most(option === undefined ? abs(e.markTicks) : m.underlyingTicks, market.marginFloorTicks);
  const value = least(underlying * market.atomsPerTickLot, bound);
  need(
    m.valuePerLot === value && m.deltaPerLot === (option === undefined ? value : floorDiv(value * BigInt(m.deltaPpm), Million)),
    `the value or the delta of a lot of market ${e.market} does not follow`,
  );
  const scan = BigInt(m.scanPpm);
  const stated = [...m.losses0, ...m.losses1];
  const ofUnit = option === undefined ? lossesOfUnderlying(underlying, scan) : lossesOf(option, scan);
  const losses = ofUnit.map((loss) => least(most(loss * market.atomsPerTickLot, -bound), bound));
  losses.forEach((loss, i) => need(loss === stated[i], `what market ${e.market} loses in scenario ${i} is not what the formula gives`));
  return losses;
}
