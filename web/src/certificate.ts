// Checks a margin call's certificate in the browser: every path, every signature of the price reports, every term against the state, the
// account against what became of it in the block, and the arithmetic again. The same checks exist in C# (Surety.Proofs: CertificateCheck,
// CertificateParts, SignedPrices, AccountAfter); tests/vectors holds both to the same verdicts.

import { concat, same, sha256, view } from './bytes';
import { price } from './format';
import { isSigned } from './keys';
import type { Layout, Values } from './layout';
import {
  Account, AccountFlags, Asset, BalanceChanged, CertificateFrame, CertificateMagic, CommandKind, ContractExercised, ContractFlags,
  ContractText, EventHeader, EventKind, HashBytes, IndexChanged, KeyRowBits, MarginCallCollateral, MarginCalled, MarginCallModel,
  MarginCallNode, MarginCallPosition, MarkChanged, Market, MarketKind, MostCollateral, MostParts, MostPositionValue, MostSources,
  MostTiers, Pool, Position, PositionFlags, PositionSettled, PositionTransferred, PriceIndex, PriceState, ProvenRoot, PublicKeyBytes,
  ReportPrice, Side, SignedReport, SignsCommand, StampBytes, Surface, TableId, Trade,
} from './protocol';
import { deltaOf, lossesOf, lossesOfUnderlying, priceOf, volatilityOf, type Option } from './models';
import { check, checkRecord, need, readProof, readRecord, Shown, taker, text, type Header, type Proof, type RecordProof } from './verify';

export const floorDiv = (a: bigint, b: bigint): bigint => ((a >= 0n) === (b > 0n) || a % b === 0n ? a / b : a / b - 1n);
export const ceilDiv = (a: bigint, b: bigint): bigint => -floorDiv(-a, b);
const nearest = (a: bigint, b: bigint): bigint => floorDiv(2n * a + b, 2n * b);
export const abs = (a: bigint): bigint => (a < 0n ? -a : a);
export const most = (a: bigint, b: bigint): bigint => (a > b ? a : b);
export const least = (a: bigint, b: bigint): bigint => (a < b ? a : b);
export const Million = 1_000_000n;

type Read<L> = L extends Layout<infer F> ? Values<F> : never;
type PositionEvent = Read<typeof MarginCallPosition>;
type ModelEvent = Read<typeof MarginCallModel>;
type CoinEvent = Read<typeof MarginCallCollateral>;
type IndexRow = Read<typeof PriceIndex>;
type SourceRow = IndexRow['sources'][number];
type MarketRow = Read<typeof Market>;

/** What numbers of the ledger are in prices, amounts and money. */
export interface Scales {
  market(number: number): { name: string; base: string; quote: string; tick: number; step: number } | undefined;
  asset(number: number): { name: string; decimals: number };
  indexDecimals(number: number): number;
}

/** An integer of so many decimals, with a comma between thousands. */
const decimal = (value: bigint, decimals: number, least = 0): string => {
  const digits = abs(value).toString().padStart(decimals + 1, '0');
  const whole = digits.slice(0, digits.length - decimals).replace(/\B(?=(\d{3})+$)/g, ',');
  const part = (decimals === 0 ? '' : digits.slice(-decimals)).replace(/0+$/, '').padEnd(least, '0');
  return `${value < 0n ? '−' : ''}${whole}${part === '' ? '' : `.${part}`}`;
};

// What may be proved as of the block before: nobody's rows but the venue's own.
const ofTerms: number[] = [TableId.Assets, TableId.Pools, TableId.Indexes, TableId.Markets, TableId.Surfaces, TableId.ContractTexts];

/**
 * What a certificate carries, once every part is known to lead to the block. Each part is handed out by what it is, and must be asked
 * for: a part that nothing rests on is refused, so that there is one certificate of a call and nothing of others in it.
 */
export class Parts {
  private readonly pages = new Map<string, Uint8Array>();
  private readonly wanted = new Set<string>();
  private readonly used = new Set<number>();
  private own = 0;

  constructor(readonly header: Header, private readonly events: RecordProof[], readonly reports: Uint8Array[]) {}

  /** Reads a certificate and follows every path of it. */
  static async read(bytes: Uint8Array, trusted: string): Promise<Parts> {
    need(bytes.length > CertificateFrame.size + HashBytes, 'these are not the bytes of a certificate');
    const frame = CertificateFrame.read(bytes);
    need(frame.magic === CertificateMagic && frame.reserved === 0, 'these are not the bytes of a certificate');
    need(frame.events <= MostParts && frame.pages <= MostParts && frame.reports <= MostParts, 'the certificate has too many parts');
    need(same(await sha256(bytes.slice(0, -HashBytes)), bytes.slice(-HashBytes)), 'the certificate was changed');
    const events: RecordProof[] = [];
    const proofs: Proof[] = [];
    let at = CertificateFrame.size;
    for (let i = 0; i < frame.events + frame.pages; i++) {
      need(at + 4 <= bytes.length, 'the certificate is cut off');
      const length = view(bytes).getUint32(at, true);
      const part = bytes.slice(at + 4, at + 4 + length);
      if (i < frame.events) {
        events.push(await readRecord(part));
      } else {
        proofs.push(await readProof(part));
      }
      at += 4 + length;
    }
    need(
      events.length > 0 && proofs.length > 0 && bytes.length === at + frame.reports * SignedReport.size + HashBytes,
      'the certificate is cut off',
    );
    const take = taker(bytes, at);
    const reports = Array.from({ length: frame.reports }, () => take(SignedReport.size));
    const parts = new Parts(events[0]!.header, events, reports);
    for (const event of events) {
      need(event.root === ProvenRoot.Events, 'one of its events is none');
      await checkRecord(event, trusted);
    }
    for (const proof of proofs) {
      const before = proof.header.hash === parts.header.previous;
      need(!before || ofTerms.includes(proof.table), `a page of table ${proof.table} is of the block before`);
      await check(proof, before ? parts.header.previous : trusted);
      const name = parts.name(proof.table, proof.pageIndex, before);
      need(!parts.pages.has(name), `a page of table ${proof.table} stands twice`);
      parts.pages.set(name, proof.page);
    }
    return parts;
  }

  private name(table: number, page: number, before: boolean): string {
    return `${table}/${page}${before ? ' before' : ''}`;
  }

  /** Whether there is no block before: then nothing can be compared with what stood there. */
  get isFirstBlock(): boolean {
    return this.header.height === 1n;
  }

  get first(): number {
    return this.events[0]!.place;
  }

  get last(): number {
    return this.events[this.own - 1]!.place;
  }

  /** The next event of the call itself. */
  next<F extends Layout<any>>(kind: number, form: F): Read<F> {
    const event = this.events[this.own];
    need(event !== undefined, 'its events end before the margin call does');
    need(event.place === this.first + this.own, 'its events do not follow each other');
    const header = event.record.length === form.size ? EventHeader.read(event.record) : undefined;
    need(header?.kind === kind && header.length === form.size, 'its events are not those of one margin call');
    this.used.add(this.own++);
    return form.read(event.record) as Read<F>;
  }

  /** Says that the call's own events have been read; the others must stand in order of place, none twice. */
  endOwn(): void {
    for (let i = this.own; i < this.events.length; i++) {
      const { place } = this.events[i]!;
      need(place < this.first || place > this.last, 'an event of the margin call stands twice');
      need(i === this.own || place > this.events[i - 1]!.place, 'its other events are not in order');
    }
  }

  /** The events before the call, or behind it, that concern something, in order. */
  others<F extends Layout<any>>(
    kind: number, form: F, before: boolean, concerns: (e: Read<F>, shown: number) => boolean,
  ): { place: number; shown: number; e: Read<F> }[] {
    const found: { place: number; shown: number; e: Read<F> }[] = [];
    for (let i = this.own; i < this.events.length; i++) {
      const { place, shown, record } = this.events[i]!;
      if (place < this.first === before && record.length === form.size && EventHeader.read(record).kind === kind) {
        const e = form.read(record) as Read<F>;
        if (concerns(e, shown)) {
          this.used.add(i);
          found.push({ place, shown, e });
        }
      }
    }
    return found;
  }

  /** The bytes of a page after the block, or of the one before. */
  page(table: number, page: number, before = false): Uint8Array | undefined {
    const name = this.name(table, page, before);
    const bytes = this.pages.get(name);
    if (bytes !== undefined) {
      this.wanted.add(name);
    }
    return bytes;
  }

  /** A row that is one page. */
  row<F extends Layout<any>>(table: number, form: F, page: number, before = false): Read<F> | undefined {
    const bytes = this.page(table, page, before);
    return bytes?.length === form.size ? (form.read(bytes) as Read<F>) : undefined;
  }

  /** What is there of a row, at most two states of it; at least one. */
  rows<F extends Layout<any>>(table: number, form: F, page: number, what: string): Read<F>[] {
    const rows = [this.row(table, form, page), this.row(table, form, page, true)].filter((r) => r !== undefined);
    need(rows.length > 0, `${what} is not in it`);
    return rows;
  }

  /** Refuses what nothing has asked for. */
  endAll(): void {
    need(this.used.size === this.events.length, 'it holds events that the margin call does not rest on');
    need(this.wanted.size === this.pages.size, 'it holds pages that the margin call does not rest on');
  }
}

/** What the signed reports make an index, as the engine computes it: the sources, weights and keys are the state's. */
export class SignedPrices {
  private readonly used = new Set<Uint8Array>();
  private readonly prefix: Uint8Array;

  constructor(private readonly parts: Parts, private readonly sequence: bigint, private readonly timeNs: bigint) {
    this.prefix = concat(text(SignsCommand), parts.header.venue);
  }

  endAll(): void {
    need(this.used.size === this.parts.reports.length, 'a report in it is on an index that the account does not depend on');
  }

  /** The weighted lower medians of price and confidence, and how many sources stand behind them. */
  async of(index: number): Promise<{ price: bigint; confidence: bigint; sources: number }> {
    const terms = this.parts.row(TableId.Indexes, PriceIndex, index);
    need(terms !== undefined, `index ${index} is not in it`);
    const before = this.parts.row(TableId.Indexes, PriceIndex, index, true);
    need(terms.sourceCount <= MostSources, `index ${index} has too many sources`);
    const maxAge = BigInt(terms.maxAgeMs) * Million;
    const found: { key: number; price: bigint; confidence: bigint; weight: bigint }[] = [];
    let fresh = 0;
    for (const bytes of this.parts.reports) {
      const { report, signature } = SignedReport.read(bytes);
      if (report.index !== index) {
        continue;
      }
      const { key } = report.header;
      const source = sourceOf(terms, key);
      need(
        source !== undefined && source.weight > 0 && found.every((f) => f.key !== key),
        `a report on index ${index} is not by a source of it, or a source reports twice`,
      );
      need(report.header.kind === CommandKind.ReportPrice && report.header.length === ReportPrice.size, 'a report is not a price report');
      need(report.header.sequence <= this.sequence, 'a report is later than the margin call');
      const owner = this.parts.page(TableId.PublicKeys, key & ((1 << KeyRowBits) - 1));
      need(owner !== undefined && owner.length === PublicKeyBytes, `key ${key} is not in it`);
      need(
        await isSigned(owner, concat(this.prefix, bytes.slice(StampBytes, ReportPrice.size)), signature),
        `a report on index ${index} is not signed by key ${key}`,
      );
      const age = this.timeNs - report.observedNs;
      need(age >= -1_000_000_000n && age <= 2n * maxAge, 'a report is older than the index allows');
      need(this.isItsLast(report, source, before), `a report on index ${index} is not the last that its source had made`);
      fresh += age <= maxAge ? 1 : 0;
      this.used.add(bytes);
      found.push({ key, price: report.price, confidence: report.confidence, weight: BigInt(source.weight) });
    }
    need(found.length > 0 && fresh >= terms.quorum, `too few fresh reports on index ${index}`);
    for (const source of terms.sources.slice(0, terms.sourceCount)) {
      need(
        source.weight === 0 || found.some((f) => f.key + 1 === source.keyPlusOne) || this.wasSilent(source, before, maxAge),
        `a fresh report on index ${index} is left out`,
      );
    }
    const total = found.reduce((w, f) => w + f.weight, 0n);
    // The least value at which half of the weight is reached; the confidences have a median of their own, whatever price they come with.
    const median = (name: 'price' | 'confidence'): bigint => {
      let reached = 0n;
      const inOrder = [...found].sort((a, b) => (a[name] < b[name] ? -1 : a[name] > b[name] ? 1 : 0));
      return inOrder.find((f) => 2n * (reached += f.weight) >= total)![name];
    };
    return { price: median('price'), confidence: median('confidence'), sources: found.length };
  }

  // The state remembers each source's last report: what came with the block's end is the one given, or else what the block began with is
  // no later. In a quarantine the price is an older one, and so are its reports.
  private isItsLast(report: Read<typeof ReportPrice>, after: SourceRow, before: IndexRow | undefined): boolean {
    if (report.reportSequence === after.sequence) {
      return report.price === after.price && report.confidence === after.confidence && report.observedNs === after.timeNs;
    }
    if (before === undefined) {
      return this.parts.isFirstBlock;
    }
    const earlier = sourceOf(before, report.header.key);
    return report.reportSequence < after.sequence
      && (!isGood(before) || earlier === undefined || report.reportSequence >= earlier.sequence);
  }

  // Whether a source of which there is no report had none that was fresh: its last one is too old, or came with this block after an old
  // one.
  private wasSilent(after: SourceRow, before: IndexRow | undefined, maxAge: bigint): boolean {
    const isFresh = (source: SourceRow): boolean => source.sequence !== 0n && this.timeNs - source.timeNs <= maxAge;
    if (!isFresh(after)) {
      return true;
    }
    if (before === undefined) {
      return this.parts.isFirstBlock;
    }
    const earlier = sourceOf(before, after.keyPlusOne - 1);
    return !isGood(before) || earlier === undefined || (earlier.sequence !== after.sequence && !isFresh(earlier));
  }
}

const isGood = (index: IndexRow): boolean => index.state === PriceState.Good || index.state === PriceState.Wide;

const sourceOf = (index: IndexRow, key: number): SourceRow | undefined =>
  index.sources.slice(0, Math.min(index.sourceCount, MostSources)).find((s) => s.keyPlusOne === key + 1);

/** Whether a market's row has every term that the event states: pool, index, units, floor, cap, and the tier of the notional. */
export function hasTerms(market: MarketRow, e: PositionEvent, pool: number): boolean {
  const notional = abs(e.lots) * (most(abs(e.markTicks), e.marginFloorTicks) + market.strikeTicks) * e.atomsPerTickLot;
  let tier = market.tiers[0]!;
  for (let i = 1; i < Math.min(market.tierCount, MostTiers) && notional >= market.tiers[i]!.fromNotionalAtoms; i++) {
    tier = market.tiers[i]!;
  }
  return market.pool === pool && market.kind !== MarketKind.None && market.index === e.index
    && market.atomsPerTickLot === e.atomsPerTickLot && market.indexUnitsPerTick === e.indexUnitsPerTick
    && market.marginFloorTicks === e.marginFloorTicks && market.basisCapPpm === e.basisCapPpm
    && tier.maintenancePpm === e.maintenancePpm && tier.maintenanceDeductionAtoms === e.deductionAtoms;
}

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
    private readonly parts: Parts, private readonly prices: SignedPrices, private readonly timeNs: bigint,
    private readonly models: ModelEvent[], private readonly nodes: Read<typeof MarginCallNode>[],
  ) {}

  /** Reads the nodes, surface by surface: every node of each that an option is marked from, and no other. */
  async checkNodes(): Promise<void> {
    let at = 0;
    const surfaces =
      [...new Set(this.models.filter((m) => m.surfacePlusOne !== 0).map((m) => m.surfacePlusOne - 1))].sort((a, b) => a - b);
    for (const surface of surfaces) {
      const terms = this.parts.rows(TableId.Surfaces, Surface, surface, `surface ${surface}`)[0]!;
      const [tenors, moneyness] = [terms.tenorCount, terms.moneynessCount];
      need(
        tenors >= 1 && tenors <= 8 && moneyness >= 1 && moneyness <= 8 && tenors * moneyness <= 24
          && at + tenors * moneyness <= this.nodes.length,
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
        const ppm = node.price * Million / 10n ** BigInt(index.decimals);
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
    const isOption = (market.shape === Call || market.shape === Put)
      && (market.flags & (ContractFlags.Barrier | ContractFlags.ManyIndexes)) === 0;
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
    const volatility = m.underlyingTicks <= 0n || market.strikeTicks <= 0n ? 0 : volatilityOf(
      terms.tenorMinutes.slice(0, terms.tenorCount), terms.moneynessMilli.slice(0, terms.moneynessCount), volatilities,
      m.underlyingTicks, market.strikeTicks, most(left, 1n),
    );
    need(volatility > 0 && volatility === m.volatilityPpm, `the volatility of market ${e.market} is not that of its surface`);
    const ms = left < m.windowMs ? most(left, 0n) / 3n : left - m.windowMs + m.windowMs / 3n;
    const type = market.shape === Put ? -1 : 1;
    const option: Option = { type, underlying: m.underlyingTicks, strike: market.strikeTicks, volatility, ms };
    need(market.leastTicks <= market.mostTicks && market.minPriceTicks <= market.maxPriceTicks, 'a market’s bounds are none');
    const mark = least(
      most(least(most(priceOf(option), market.leastTicks), market.mostTicks), market.minPriceTicks), market.maxPriceTicks,
    );
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

/** Portfolio margin: within each index what all lots together lose in the worst scenario, a floor, and contingencies; docs/margin.md. */
export class ScenarioSums {
  private readonly indexes =
    new Map<number, { losses: bigint[]; deltas: Map<bigint, bigint>; gross: bigint; net: bigint; apart: bigint; short: bigint }>();

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

// A position as it goes through the block; funding is what it has settled, now the market's when the account was called.
interface Held { lots: bigint; cost: bigint; funding: bigint; now: bigint; unit: bigint; moved: boolean }

// Lots that changed hands: at a price, at a cost, or for a profit.
interface Move { place: number; market: number; lots: bigint; price: bigint; cost?: bigint; profit?: bigint; fee: bigint }

/**
 * Whether what the call says of an account leads to what the state has of it after the block: the events that came between are proved, and
 * booked here as the engine books them. What was left out of a call, or invented, has no such events.
 */
export class AccountAfter {
  private readonly held = new Map<number, Held>();
  private cash: bigint;

  // Lots moved outside the book are booked in one piece, their events in several: so many roundings may differ.
  private roundings = 0n;

  // Whether lots moved in a market in which the call has no position: its own balance may have paid for them, or the account's.
  private hasOthers = false;

  constructor(
    private readonly parts: Parts, private readonly called: Read<typeof MarginCalled>, private readonly holder: Read<typeof Account>,
    private readonly pool: Read<typeof Pool>, private readonly positions: PositionEvent[], private readonly coins: CoinEvent[],
  ) {
    this.cash = called.balanceAtoms;
  }

  private get account(): number {
    return this.called.header.account;
  }

  check(): void {
    for (const e of this.positions) {
      need(!this.held.has(e.market), `market ${e.market} stands twice`);
      this.held.set(
        e.market,
        { lots: e.lots, cost: e.entryCostAtoms, funding: e.entryFundingIndex, now: e.fundingIndex, unit: e.atomsPerTickLot, moved: false },
      );
    }
    const balances = this.parts.others(
      EventKind.BalanceChanged, BalanceChanged, false, (b, shown) => (shown & Shown.first) !== 0 && b.header.account === this.account,
    );
    for (const move of this.moves().sort((a, b) => a.place - b.place)) {
      this.book(move);
    }
    this.checkPositions(balances.length === 0);
    if (this.called.isolatedMarketPlusOne === 0) {
      this.checkBalances(balances.map((b) => b.e));
    }
  }

  private moves(): Move[] {
    const is = (account: number, shown: number, side: number): boolean => account === this.account && (shown & side) !== 0;
    const moves: Move[] = [];
    for (const { place, shown, e } of this.parts.others(
      EventKind.Trade, Trade, false, (t, s) => is(t.header.account, s, Shown.first) || is(t.makerAccount, s, Shown.second),
    )) {
      const took = is(e.header.account, shown, Shown.first);
      const lots = took === (e.takerSide === Side.Buy) ? e.lots : -e.lots;
      moves.push({ place, market: e.market, lots, price: e.priceTicks, fee: took ? e.takerFeeAtoms : e.makerFeeAtoms });
    }
    for (const { place, shown, e } of this.parts.others(
      EventKind.PositionTransferred, PositionTransferred, false,
      (t, s) => is(t.header.account, s, Shown.first) || is(t.fromAccount, s, Shown.second),
    )) {
      const sign = is(e.header.account, shown, Shown.first) ? 1n : -1n;
      moves.push({ place, market: e.market, lots: sign * e.lots, price: 0n, cost: sign * e.costAtoms, fee: 0n });
      this.roundings++;
    }
    for (const { place, e } of this.parts.others(
      EventKind.PositionSettled, PositionSettled, false, (s) => s.header.account === this.account,
    )) {
      moves.push({ place, market: e.market, lots: -e.lots, price: 0n, profit: e.profitAtoms, fee: 0n });
    }
    for (const kind of [EventKind.ContractExercised, EventKind.ContractAssigned]) {
      for (const { place, e } of this.parts.others(kind, ContractExercised, false, (x) => x.header.account === this.account)) {
        moves.push({ place, market: e.market, lots: e.lots, price: e.priceTicks, fee: 0n });
      }
    }
    return moves;
  }

  // As the engine books it: funding first, then the closing part of the lots at its share of their cost.
  private book(move: Move): void {
    this.hasOthers ||= !this.positions.some((e) => e.market === move.market);
    const held = this.held.get(move.market) ?? { lots: 0n, cost: 0n, funding: 0n, now: 0n, unit: 0n, moved: false };
    const announced = this.parts.others(EventKind.MarkChanged, MarkChanged, false, (m) => m.market === move.market);
    const funding = announced.filter((m) => m.place < move.place).at(-1)?.e.fundingIndex ?? held.now;
    this.cash -= held.lots * (funding - held.funding);
    const cost = move.profit !== undefined ? -(move.profit + held.cost) : move.cost ?? move.lots * move.price * held.unit;
    if (held.lots === 0n || held.lots > 0n === move.lots > 0n) {
      held.cost += cost;
    } else {
      const [had, traded] = [abs(held.lots), abs(move.lots)];
      const closing = traded <= had ? cost : floorDiv(cost * had, traded);
      const closed = traded >= had ? held.cost : floorDiv(held.cost * traded, had);
      this.cash -= closing + closed;
      held.cost += cost - closing - closed;
    }
    this.cash -= move.fee;
    this.held.set(move.market, { ...held, lots: held.lots + move.lots, funding, moved: true });
  }

  private checkPositions(nothingPaid: boolean): void {
    const page = this.parts.page(TableId.Positions, this.account);
    need(page !== undefined && page.length > 0 && page.length % Position.size === 0, 'the account’s positions are not in it');
    const one = this.called.isolatedMarketPlusOne;
    const found = new Set<number>();
    for (let at = 0; at < page.length; at += Position.size) {
      const row = Position.read(page.slice(at, at + Position.size));
      if (row.marketPlusOne === 0 || (one !== 0 ? row.marketPlusOne !== one : (row.flags & PositionFlags.Isolated) !== 0)) {
        continue;
      }
      const market = row.marketPlusOne - 1;
      need(!found.has(market), `the account has two positions in market ${market}`);
      found.add(market);
      const held = this.held.get(market) ?? { lots: 0n, cost: 0n, funding: 0n, unit: 0n, moved: false };
      need(held.lots === row.lots, `the lots of market ${market} are not those that the account had: ${row.lots} after the block`);
      // What was opened in another market has a cost that its terms would be needed for.
      need(
        row.lots === 0n || held.unit === 0n
          || (abs(held.cost - row.entryCostAtoms) <= this.roundings && held.funding === row.fundingIndex),
        `the cost or the funding of market ${market} is not what the account had`,
      );
      need(
        one === 0 || held.moved || !nothingPaid || row.isolatedAtoms === this.called.balanceAtoms,
        'the position’s own balance is not what it had',
      );
    }
    for (const { market } of this.positions) {
      need(found.has(market) || this.held.get(market)!.lots === 0n, `the account has no position in market ${market}`);
    }
  }

  // A coin's balance is its last announced one; the settlement asset's is what all that was booked and announced comes to.
  private checkBalances(balances: Read<typeof BalanceChanged>[]): void {
    for (let slot = 0; slot < this.pool.collateralCount; slot++) {
      const asset = this.pool.collateral[slot]!;
      const own = balances.filter((b) => b.asset === asset);
      const found = this.holder.balances[slot]!;
      const explained = slot === 0
        ? this.hasOthers || abs(own.reduce((sum, b) => sum + b.changeAtoms, this.cash) - found) <= this.roundings
        : (own.at(-1)?.balanceAtoms ?? this.coins.find((c) => c.asset === asset)?.amountAtoms ?? 0n) === found;
      need(explained, `the balance of asset ${asset} is not what the account had: ${found} after the block`);
    }
  }
}

const isPart = (ppm: number): boolean => ppm >= 0 && ppm <= Number(Million);

/** Checks a margin call's certificate of an account. Returns it as text. */
export async function checkCertificate(bytes: Uint8Array, trusted: string, account: number, scales: Scales): Promise<string[]> {
  const parts = await Parts.read(bytes, trusted);
  const { header } = parts;
  const called = parts.next(EventKind.MarginCalled, MarginCalled);
  const { balanceAtoms: balance, equityAtoms: equity, maintenanceAtoms: maintenance } = called;
  const { sequence } = called.header;
  need(called.header.account === account, 'the margin call is another account’s');
  need(sequence >= header.first && sequence < header.first + header.commands, 'the margin call is not of this block');
  need(called.timeNs <= header.timeNs, 'the margin call is later than its block');
  const own = <F extends Layout<any>>(kind: number, form: F): Read<F> => {
    const e = parts.next(kind, form);
    const { header: its } = e as unknown as { header: Read<typeof EventHeader> };
    need(its.account === account && its.sequence === sequence, 'an event of the margin call is of another account or command');
    return e;
  };
  const positions = Array.from({ length: called.positions }, () => own(EventKind.MarginCallPosition, MarginCallPosition));
  const coins = Array.from({ length: called.collaterals }, () => own(EventKind.MarginCallCollateral, MarginCallCollateral));
  const models = Array.from({ length: called.models }, () => own(EventKind.MarginCallModel, MarginCallModel));
  const nodes = Array.from({ length: called.nodes }, () => own(EventKind.MarginCallNode, MarginCallNode));
  parts.endOwn();
  const prices = new SignedPrices(parts, sequence, called.timeNs);
  const modelled = new ModelCheck(parts, prices, called.timeNs, models, nodes);
  const holder = parts.row(TableId.Accounts, Account, account);
  need(holder !== undefined, 'the account’s own row is not in it');
  need((holder.flags & AccountFlags.Open) !== 0, 'the account is not open');
  // The insurance fund's coins count at their price.
  const atPrice = (holder.flags & AccountFlags.InsuranceFund) !== 0;
  const isIsolated = called.isolatedMarketPlusOne !== 0;
  need(
    called.byModel === 1 || (called.byModel === 0 && models.length === 0 && nodes.length === 0),
    'it holds models of a call that rests on none',
  );
  const isNetted = called.byModel === 1 && !isIsolated && (models.length === 0 || models[0]!.scanPpm !== 0);
  // How many coins count, and whether positions are margined by formula or netted by scenarios, as the pool has it after the block or had
  // it before.
  const pool = parts.rows(TableId.Pools, Pool, holder.pool, 'the account’s pool').find((p) => {
    const stands = isNetted ? p.rules.scanPpm !== 0 && models.every((m) => m.scanPpm === p.rules.scanPpm)
      : (isIsolated || p.rules.scanPpm === 0) && models.every((m) => m.scanPpm === 0);
    return p.collateralCount >= 1 && p.collateralCount <= MostCollateral && stands;
  });
  need(pool !== undefined, 'the pool nets positions by scenarios, and the call does not, or the other way round');
  await modelled.checkNodes();
  need(
    !isIsolated || (positions.length === 1 && coins.length === 0 && positions[0]!.market + 1 === called.isolatedMarketPlusOne),
    'an isolated position is called with others',
  );

  const lines = [`Block ${header.height}, ${header.hash}`, `Account ${account}, command ${sequence}`];
  // The settlement asset is the pool's first; a market's tick and lot say how many decimals it has.
  let settles = { name: '', decimals: 0 };
  const money = (atoms: bigint): string => `${decimal(atoms, settles.decimals, 2)} ${settles.name}`;
  const texts: (() => string)[] = [() => `balance ${money(balance)}`];
  let sum = balance;
  let needed = 0n;
  const scenarios = new ScenarioSums();
  for (const e of positions) {
    const { lots, atomsPerTickLot: perTick, markTicks: mark, indexPrice, indexUnitsPerTick: units, market, index } = e;
    const unrealised = lots * mark * perTick - e.entryCostAtoms - lots * (e.fundingIndex - e.entryFundingIndex);
    need(lots !== 0n && unrealised === e.unrealisedAtoms, 'an unrealised profit does not follow from its position');
    need(units > 0n && isPart(e.maintenancePpm) && isPart(e.basisCapPpm), 'a parameter is outside its range');
    const rows = parts.rows(TableId.Markets, Market, market, `market ${market}`);
    const row = rows.find((m) => hasTerms(m, e, holder.pool));
    need(row !== undefined, `a term of market ${market} is not the market’s own`);
    const isContract = row.kind === MarketKind.Contract;
    // The tier's rate on notional; of an option on strike and price together, and of one that is held no more than its value.
    const rate = ceilDiv(
      abs(lots) * (most(abs(mark), e.marginFloorTicks) + row.strikeTicks) * perTick * BigInt(e.maintenancePpm), Million,
    ) - e.deductionAtoms;
    const margin = isContract && lots > 0n ? least(lots * most(mark, 0n) * perTick, rate) : rate;
    need(margin === e.maintenanceAtoms, 'a maintenance margin does not follow from its position');
    const reported = await prices.of(index);
    need(reported.price === indexPrice, `the index price ${indexPrice} is not the median ${reported.price} of the signed reports`);
    const model = modelled.take(market);
    need(isContract || isNetted === (model !== undefined), `market ${market} rests on no model, or one is missing`);
    // The last mark that the block announced before the call, or where it announced none the one that stood before or stands after it.
    const announced = parts.others(EventKind.MarkChanged, MarkChanged, true, (m) => m.market === market).at(-1)?.e;
    need(
      announced === undefined
        ? rows.some((m) => m.markTicks === mark && m.fundingIndex === e.fundingIndex
          && (m.kind !== MarketKind.Contract || m.markMs === model?.markMs))
        : announced.markTicks === mark && announced.fundingIndex === e.fundingIndex,
      `the mark or the funding of market ${market} is not what it had`,
    );
    let option: Option | undefined;
    if (isContract) {
      need(model !== undefined, `market ${market} is a contract, and does not carry what its model says`);
      option = modelled.checkOption(row, e, model);
    } else {
      const ticks = nearest(indexPrice, units);
      need(
        abs(mark - ticks) <= floorDiv(abs(ticks) * BigInt(e.basisCapPpm), Million) + 1n,
        'a mark price is further from its index than the market allows',
      );
    }
    if (isNetted) {
      scenarios.add(index, row.expiryNs, isContract, lots, model!.valuePerLot, model!.deltaPerLot, checkScenarios(row, e, model!, option));
    }
    sum += unrealised;
    needed += margin;
    const i = scales.market(market);
    if (i === undefined) {
      texts.push(() => `market ${market}: index by ${reported.sources} signed reports, `
        + `unrealised ${money(unrealised)}, maintenance ${money(margin)}`);
      continue;
    }
    settles = { name: i.quote, decimals: Math.max(Math.round(Math.log10(Number(perTick) / (i.tick * i.step))), 0) };
    const at = (ticksOf: bigint): string => price(Number(ticksOf) * i.tick, i.tick);
    const lot = BigInt(Math.round(i.step * 1e12));
    const indexAt = decimal(indexPrice, scales.indexDecimals(index));
    texts.push(() => `${i.name}: ${decimal(lots * lot, 12)} ${i.base}, mark ${at(mark)} ${i.quote} `
      + `(index ${indexAt} by ${reported.sources} signed reports), unrealised ${money(unrealised)}, maintenance ${money(margin)}`);
  }
  let slot = 0;
  for (const e of coins) {
    const { amountAtoms: held, capAtoms: cap, price: each, valueAtoms: value } = e;
    const place = pool.collateral.indexOf(e.asset, 1);
    need(place > slot && place < pool.collateralCount, 'a coin stands twice, or is none that the pool takes');
    slot = place;
    need(isPart(e.haircutPpm) && e.scaleDecimals <= 18, 'a haircut or scale is outside its range');
    const whole = each <= 0n ? 0n : least((least(held, cap) * each) / 10n ** BigInt(e.scaleDecimals), MostPositionValue);
    need(floorDiv(whole * (Million - BigInt(e.haircutPpm)), Million) === value, 'a collateral value does not follow from its amount');
    const reported = await prices.of(e.index);
    need(reported.price - (atPrice ? 0n : reported.confidence) === each, 'a collateral price is not that of the signed reports');
    checkAsset(parts, e, pool.collateral[0]!, atPrice);
    sum += value;
    const asset = scales.asset(e.asset);
    const decimals = scales.indexDecimals(e.index);
    texts.push(() => `${decimal(held, asset.decimals)} ${asset.name} at ${decimal(each, decimals)} counts ${money(value)}`);
  }
  modelled.endAll();
  needed = isNetted ? scenarios.maintenance() : needed;
  new AccountAfter(parts, called, holder, pool, positions, coins).check();
  prices.endAll();
  parts.endAll();
  need(sum === equity, `equity does not add up: ${sum}, stated ${equity}`);
  need(needed === maintenance, `maintenance does not add up: ${needed}, stated ${maintenance}`);
  texts.push(() => `equity ${money(equity)} against maintenance margin ${money(maintenance)}`);
  need(equity < maintenance, 'the account was not below maintenance');
  return [...lines, ...texts.map((t) => t())];
}

function checkAsset(parts: Parts, e: CoinEvent, settles: number, atPrice: boolean): void {
  const indexes = parts.rows(TableId.Indexes, PriceIndex, e.index, `index ${e.index}`);
  const settled = parts.rows(TableId.Assets, Asset, settles, 'the asset that the pool settles in')[0]!;
  const stated = parts.rows(TableId.Assets, Asset, e.asset, `asset ${e.asset}`).some((asset) => {
    const sameUnits = asset.priceIndexPlusOne === e.index + 1
      && asset.decimals + indexes[0]!.decimals - settled.decimals === e.scaleDecimals;
    return sameUnits && (atPrice ? e.capAtoms === e.amountAtoms && e.haircutPpm === 0
      : asset.collateralCapAtoms === e.capAtoms
        && (indexes.some((i) => Math.min(asset.haircutPpm + i.haircutPpm, Number(Million)) === e.haircutPpm)
        || (e.haircutPpm >= asset.haircutPpm && parts.others(
          EventKind.IndexChanged, IndexChanged, true, (i) => i.index === e.index,
        ).length > 0)));
  });
  need(stated, `a term of asset ${e.asset} is not the asset’s own`);
}
