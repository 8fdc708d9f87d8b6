// Index prices out of signed reports (Surety.Proofs: SignedPrices).

import { concat } from './bytes';
import type { Parts } from './certificate-parts';
import { Million } from './integers';
import { isSigned } from './keys';
import type { Read } from './layout';
import {
  CommandKind,
  KeyRowBits,
  MostSources,
  PriceIndex,
  PriceState,
  PublicKeyBytes,
  ReportPrice,
  SignedReport,
  SignsCommand,
  StampBytes,
  TableId,
} from './protocol';
import { need, text } from './verify';

type IndexRow = Read<typeof PriceIndex>;
type SourceRow = IndexRow['sources'][number];

/** What the signed reports make an index, as the engine computes it: the sources, weights and keys are the state's. */
export class SignedPrices {
  private readonly used = new Set<Uint8Array>();
  private readonly prefix: Uint8Array;

  constructor(
    private readonly parts: Parts,
    private readonly sequence: bigint,
    private readonly timeNs: bigint,
  ) {
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
    return (
      report.reportSequence < after.sequence && (!isGood(before) || earlier === undefined || report.reportSequence >= earlier.sequence)
    );
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
