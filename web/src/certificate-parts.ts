// What a margin call's certificate is made of, once every part is known to lead to the block (Surety.Proofs: CertificateParts).

import { same, sha256, view } from './bytes';
import type { Layout, Read } from './layout';
import { CertificateFrame, CertificateMagic, EventHeader, HashBytes, MostParts, ProvenRoot, SignedReport, TableId } from './protocol';
import { check, checkRecord, need, readProof, readRecord, taker, type Header, type Proof, type RecordProof } from './verify';

// What may be proved as of the block before: the venue's own rows only.
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

  constructor(
    readonly header: Header,
    private readonly events: RecordProof[],
    readonly reports: Uint8Array[],
  ) {}

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
    kind: number,
    form: F,
    before: boolean,
    concerns: (e: Read<F>, shown: number) => boolean,
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
