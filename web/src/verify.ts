// Checks proofs in the browser, with nothing but SHA-256 and P-256 of WebCrypto. Layouts are those of docs/protocol.md; the same checks
// exist in C# (Surety.Proofs), so two programs that share no code must agree.

import { concat, fromBase64, same, sha256, toHex, view } from './bytes';
import { price } from './format';
import { isSigned } from './keys';

const HeaderBytes = 256;
const GroupRecords = 16;
const MostRecordBytes = 1024;
const CommandContext = 0x444d4d43;
const EventContext = 0x544e5645;

export class Flaw extends Error {}

function need(holds: boolean, otherwise: string): asserts holds {
  if (!holds) {
    throw new Flaw(otherwise);
  }
}

export interface Header {
  bytes: Uint8Array;
  hash: string;
  height: bigint;
  first: bigint;
  commands: bigint;
  commandBytes: number;
  eventBytes: number;
  events: bigint;
  venue: Uint8Array;
  previous: string;
  commandsRoot: Uint8Array;
  eventsRoot: Uint8Array;
  stateRoot: Uint8Array;
}

/** Reads a header of 256 bytes. */
export async function readHeader(bytes: Uint8Array): Promise<Header> {
  need(bytes.length === HeaderBytes, 'a block header has 256 bytes');
  const d = view(bytes);
  need(d.getBigUint64(0, true) === 0x34b4c4253n, 'this is not a block header of this version');
  return {
    bytes, hash: toHex(await sha256(bytes)), height: d.getBigUint64(8, true), first: d.getBigUint64(16, true), commands: d.getBigUint64(24, true),
    commandBytes: d.getUint32(40, true), eventBytes: d.getUint32(44, true), venue: bytes.slice(48, 80), previous: toHex(bytes.slice(80, 112)),
    commandsRoot: bytes.slice(112, 144), eventsRoot: bytes.slice(144, 176), stateRoot: bytes.slice(176, 208),
    events: d.getBigUint64(208, true),
  };
}

export interface Proof {
  header: Header; table: number; pageIndex: number; salt: Uint8Array; page: Uint8Array; path: Uint8Array[]; directory: Uint8Array;
}

const startsWith = (bytes: Uint8Array, text: string, version: number): boolean =>
  bytes.length >= 8 && new TextDecoder().decode(bytes.slice(0, 4)) === text && view(bytes).getUint32(4, true) === version;

/** Reads a proof of a page of state. */
export async function readProof(bytes: Uint8Array): Promise<Proof> {
  need(bytes.length >= 8 + HeaderBytes + 40 && startsWith(bytes, 'SPRF', 3), 'these are not the bytes of a proof');
  const header = await readHeader(bytes.slice(8, 8 + HeaderBytes));
  const d = view(bytes.slice(8 + HeaderBytes));
  const [page, path, directory] = [d.getUint32(12, true), d.getUint32(16, true), d.getUint32(20, true)];
  let at = 8 + HeaderBytes + 24;
  need(d.getUint32(0, true) === 3 && bytes.length === at + 16 + page + path * 32 + directory, 'the proof is cut off');
  const take = (length: number): Uint8Array => bytes.slice(at, (at += length));
  return {
    header, table: d.getUint32(4, true), pageIndex: d.getUint32(8, true), salt: take(16),
    page: take(page), path: Array.from({ length: path }, () => take(32)), directory: take(directory),
  };
}

async function climb(leaf: Uint8Array, place: number, path: Uint8Array[]): Promise<Uint8Array> {
  let [node, index] = [leaf, place];
  for (const sibling of path) {
    node = await sha256((index & 1) === 0 ? concat(node, sibling) : concat(sibling, node));
    index = Math.floor(index / 2);
  }
  return node;
}

const numbers = (...values: number[]): Uint8Array => {
  const bytes = new Uint8Array(4 * values.length);
  values.forEach((value, i) => view(bytes).setUint32(4 * i, value, true));
  return bytes;
};

const depthOf = (leaves: number): number => (leaves <= 1 ? 0 : Math.ceil(Math.log2(leaves)));

/** Checks that a proof's page is part of a block whose hash is trusted. */
export async function check(proof: Proof, trusted: string): Promise<void> {
  need(proof.header.hash === trusted, `the proof is about block ${proof.header.hash.slice(0, 16)}…, not ${trusted.slice(0, 16)}…`);
  need(same(await sha256(proof.directory), proof.header.stateRoot), 'the table directory is not that of the block');
  const d = view(proof.directory);
  let [pages, root] = [-1, proof.header.stateRoot];
  for (let at = 0; at + 40 <= proof.directory.length; at += 40) {
    if (d.getUint32(at, true) === proof.table) {
      [pages, root] = [d.getUint32(at + 4, true), proof.directory.slice(at + 8, at + 40)];
      break;
    }
  }
  need(proof.pageIndex < pages && proof.path.length === depthOf(pages) && proof.page.length > 0 && proof.page.length % 64 === 0, 'the page or its path does not fit the block');
  const leaf = await sha256(concat(proof.page, numbers(proof.table, proof.pageIndex), proof.salt));
  need(same(await climb(leaf, proof.pageIndex, proof.path), root), 'the page and its path do not lead to the block');
}

/** Of an event between two accounts, what of it a proof shows; 0 for a record that is not divided. */
export const Shown = { first: 1, second: 2, divided: 4 } as const;

/** Salt and second are a side's salt (16 bytes) where it is shown, its commitment (32 bytes) where it is not. */
export interface RecordProof {
  header: Header; root: number; shown: number; place: number; salt: Uint8Array; second: Uint8Array; record: Uint8Array;
  others: Uint8Array[]; path: Uint8Array[];
}

type Ranges = readonly (readonly [at: number, length: number])[];

// Events between two accounts: kind, length, and which bytes are each side's.
const Divided: Record<number, { length: number; sides: readonly [Ranges, Ranges] }> = {
  13: { length: 80, sides: [[[4, 4], [40, 8], [56, 8]], [[48, 8], [64, 8], [72, 4]]] },
  20: { length: 40, sides: [[[4, 4]], [[36, 4]]] },
  42: { length: 56, sides: [[[4, 4], [48, 8]], [[16, 4]]] },
  46: { length: 40, sides: [[[4, 4]], [[32, 4]]] },
  47: { length: 48, sides: [[[4, 4]], [[32, 4]]] },
  48: { length: 56, sides: [[[4, 4]], [[40, 4]]] },
};
const SideContext = 0x45444953;

const bytesOf = (record: Uint8Array, ranges: Ranges): Uint8Array => concat(...ranges.map(([at, length]) => record.slice(at, at + length)));

/** The commitment to one side: computed where it is shown, as given where it is not; then no byte of it may be in the record. */
async function sideOf(proof: RecordProof, ranges: Ranges, side: number): Promise<Uint8Array> {
  const salt = side === 0 ? proof.salt : proof.second;
  const own = bytesOf(proof.record, ranges);
  if ((proof.shown & (1 << side)) !== 0) {
    need(salt.length === 16, 'a side is shown without its salt');
    return sha256(concat(salt, numbers(proof.place, side), own));
  }
  need(salt.length === 32 && own.every((b) => b === 0), 'a side that is not shown has content');
  return salt;
}

async function commitmentOf(proof: RecordProof): Promise<Uint8Array> {
  const kind = view(proof.record).getUint16(0, true);
  const divided = proof.root === 2 && Divided[kind]?.length === proof.record.length ? Divided[kind] : undefined;
  // An event that is divided is never committed to whole: there is one way to open each record.
  need((divided !== undefined) === ((proof.shown & Shown.divided) !== 0), 'what is shown of the record does not fit its kind');
  if (divided === undefined) {
    need(proof.salt.length === 16, 'the record has no salt');
    return sha256(concat(proof.salt, numbers(proof.place), proof.record));
  }
  const [first, second] = [await sideOf(proof, divided.sides[0], 0), await sideOf(proof, divided.sides[1], 1)];
  const isOfSide = new Uint8Array(proof.record.length);
  divided.sides.flat().forEach(([at, length]) => isOfSide.fill(1, at, at + length));
  return sha256(concat(first, second, numbers(SideContext, proof.place), proof.record.filter((_, i) => isOfSide[i] === 0)));
}

/** Reads a proof of one command (root 1) or event (root 2). */
export async function readRecord(bytes: Uint8Array): Promise<RecordProof> {
  need(bytes.length >= 8 + HeaderBytes + 32 && startsWith(bytes, 'SREC', 2), 'these are not the bytes of a receipt');
  const header = await readHeader(bytes.slice(8, 8 + HeaderBytes));
  const d = view(bytes.slice(8 + HeaderBytes));
  const [root, shown, length, path] = [d.getUint16(0, true), d.getUint16(2, true), d.getUint32(8, true), d.getUint32(12, true)];
  need(shown === 0 || (shown >= Shown.divided && shown <= 7), 'the receipt does not say what it shows');
  const salt = shown === 0 || (shown & Shown.first) !== 0 ? 16 : 32;
  const second = shown === 0 ? 0 : (shown & Shown.second) !== 0 ? 16 : 32;
  let at = 8 + HeaderBytes + 16;
  const size = at + salt + second + length + (GroupRecords - 1 + path) * 32;
  need((root === 1 || root === 2) && length <= MostRecordBytes && path <= 30 && bytes.length === size, 'the receipt is cut off');
  const take = (size: number): Uint8Array => bytes.slice(at, (at += size));
  return {
    header, root, shown, place: d.getUint32(4, true), salt: take(salt), second: take(second), record: take(length),
    others: Array.from({ length: GroupRecords - 1 }, () => take(32)), path: Array.from({ length: path }, () => take(32)),
  };
}

/** Checks that a proof's record is part of a block whose hash is trusted. */
export async function checkRecord(proof: RecordProof, trusted: string): Promise<void> {
  need(proof.header.hash === trusted, `the receipt is about block ${proof.header.hash.slice(0, 16)}…, not ${trusted.slice(0, 16)}…`);
  const count = Number(proof.root === 1 ? proof.header.commands : proof.header.events);
  need(proof.place < count && proof.path.length === depthOf(Math.ceil(count / GroupRecords)) && proof.record.length > 0 && proof.record.length % 8 === 0, 'the record or its path does not fit the block');
  const own = await commitmentOf(proof);
  const at = proof.place % GroupRecords;
  const group = Math.floor(proof.place / GroupRecords);
  const leaf = await sha256(concat(...proof.others.slice(0, at), own, ...proof.others.slice(at), numbers(proof.root === 1 ? CommandContext : EventContext, group)));
  need(same(await climb(leaf, group, proof.path), proof.root === 1 ? proof.header.commandsRoot : proof.header.eventsRoot), 'the record, its salt and its path do not lead to the block');
}

/** Checks the venue's signature over a header (both from surety/get_blocks). */
export async function checkSeal(header: Header, publicKey: Uint8Array, signature: Uint8Array): Promise<boolean> {
  return isSigned(publicKey, concat(new TextEncoder().encode('surety header\0\0\u0001'), await sha256(header.bytes)), signature);
}

/** The account of a side that is not shown is not known. */
export interface TradeEvent {
  sequence: bigint; taker?: number; maker?: number; tradeId: bigint; ticks: bigint; lots: bigint; market: number; takerSide: number; liquidation: boolean;
}

/** Reads a trade out of a proven event. */
export function readTrade(proof: RecordProof): TradeEvent {
  need(proof.root === 2 && proof.record.length === 80, 'the event is not a trade');
  const d = view(proof.record);
  need(d.getUint16(0, true) === 13 && d.getUint16(2, true) === 80, 'the event is not a trade');
  return {
    ...((proof.shown & Shown.first) !== 0 && { taker: d.getUint32(4, true) }),
    ...((proof.shown & Shown.second) !== 0 && { maker: d.getUint32(72, true) }),
    sequence: d.getBigUint64(8, true), tradeId: d.getBigUint64(16, true), ticks: d.getBigInt64(24, true), lots: d.getBigInt64(32, true),
    market: d.getUint16(76, true), takerSide: d.getUint8(78), liquidation: d.getUint8(79) === 1,
  };
}

/** Checks a fill's receipt: the proven trade is the one that was shown; where one's own command took it, that led to the trade. */
export async function checkReceipt(receipt: any, trusted: string, shown: { tradeId: string; account: number; ticks: bigint; lots: bigint; words: string }): Promise<string[]> {
  const event = await readRecord(fromBase64(receipt.event_proof));
  need(event.root === 2, 'the proof is not of an event');
  await checkRecord(event, trusted);
  const trade = readTrade(event);
  need(trade.tradeId === BigInt(shown.tradeId), `the proven trade is number ${trade.tradeId}`);
  need(trade.taker === shown.account || trade.maker === shown.account, 'the proven trade is other accounts’');
  need(trade.ticks === shown.ticks && trade.lots === shown.lots, 'the proven trade has another price or size');
  const lines = [`Block ${event.header.height}, ${event.header.hash}`];
  if (receipt.command_proof !== undefined) {
    const command = await readRecord(fromBase64(receipt.command_proof));
    need(command.root === 1, 'the proof is not of a command');
    await checkRecord(command, trusted);
    need(view(command.record).getBigUint64(0, true) === trade.sequence, 'the proven command is not the one that led to the trade');
    lines.push(`Command ${trade.sequence} is number ${command.place} of the block's commands, ${command.path.length + 1} hashes from its root.`);
  }
  return [
    ...lines,
    `Trade ${trade.tradeId} is number ${event.place} of the block's events, ${event.path.length + 1} hashes from its root.`,
    `${shown.words}: account ${shown.account} ${trade.taker === shown.account ? 'took' : 'made'} it${trade.liquidation ? ', in a liquidation' : ''}.`,
  ];
}

const floorDiv = (a: bigint, b: bigint): bigint => (a >= 0n || a % b === 0n ? a / b : a / b - 1n);
const ceilDiv = (a: bigint, b: bigint): bigint => -floorDiv(-a, b);
const nearest = (a: bigint, b: bigint): bigint => floorDiv(2n * a + b, 2n * b);
const abs = (a: bigint): bigint => (a < 0n ? -a : a);
const most = (a: bigint, b: bigint): bigint => (a > b ? a : b);
const Million = 1_000_000n;

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

/** Checks a margin call's certificate: every path, every signature of the price reports, and the arithmetic again. Returns it as text. */
export async function checkCertificate(bytes: Uint8Array, trusted: string, account: number, scales: Scales): Promise<string[]> {
  need(bytes.length > 48 && startsWith(bytes, 'SMCC', 3), 'these are not the bytes of a certificate');
  need(same(await sha256(bytes.slice(0, -32)), bytes.slice(-32)), 'the certificate was changed');
  const d = view(bytes);
  const [eventCount, proofCount, reportCount] = [d.getUint16(8, true), d.getUint16(10, true), d.getUint16(12, true)];
  const events: RecordProof[] = [];
  const proofs: Proof[] = [];
  let at = 16;
  for (let i = 0; i < eventCount + proofCount; i++) {
    const length = d.getInt32(at, true);
    const part = bytes.slice(at + 4, at + 4 + length);
    if (i < eventCount) {
      events.push(await readRecord(part));
    } else {
      proofs.push(await readProof(part));
    }
    at += 4 + length;
  }
  need(events.length > 0 && bytes.length === at + reportCount * 152 + 32, 'the certificate is cut off');
  const reports = Array.from({ length: reportCount }, (_, i) => bytes.slice(at + i * 152, at + (i + 1) * 152));
  for (const proof of proofs) {
    await check(proof, trusted);
  }
  for (const [i, event] of events.entries()) {
    need(event.root === 2 && event.place === events[0]!.place + i, 'its events do not follow each other');
    await checkRecord(event, trusted);
  }
  const header = events[0]!.header;
  let place = 0;
  const next = (kind: number, length: number): DataView => {
    need(place < events.length, 'its events end before the margin call does');
    const record = events[place++]!.record;
    const e = view(record);
    need(record.length === length && e.getUint16(0, true) === kind && e.getUint16(2, true) === length, 'its events are not those of one margin call');
    return e;
  };
  const row = (table: number, index: number): Uint8Array | undefined => proofs.find((p) => p.table === table && p.pageIndex === index)?.page;
  const prefix = concat(new TextEncoder().encode('surety command\0\u0001'), header.venue);

  const called = next(43, 72);
  const sequence = called.getBigUint64(8, true);
  const timeNs = called.getBigInt64(16, true);
  need(called.getUint32(4, true) === account, 'the margin call is another account’s');
  need(sequence >= header.first && sequence < header.first + header.commands, 'the margin call is not of this block');
  const [balance, equity, maintenance] = [called.getBigInt64(24, true), called.getBigInt64(32, true), called.getBigInt64(40, true)];
  const lines = [`Block ${header.height}, ${header.hash}`, `Account ${account}, command ${sequence}`];
  // The settlement asset is the pool's first; a market's tick and lot say how many decimals it has.
  let settles = { name: '', decimals: 0 };
  const money = (atoms: bigint): string => `${decimal(atoms, settles.decimals, 2)} ${settles.name}`;
  const texts: (() => string)[] = [() => `balance ${money(balance)}`];
  let sum = balance;
  let needed = 0n;

  const median = async (index: number): Promise<{ price: bigint; confidence: bigint; sources: number }> => {
    const terms = row(4, index);
    need(terms !== undefined, `index ${index} is not in it`);
    const t = view(terms);
    const maxAge = BigInt(t.getInt32(32, true)) * Million;
    const found: { price: bigint; confidence: bigint; weight: bigint }[] = [];
    let fresh = 0;
    for (const report of reports) {
      const r = view(report);
      if (r.getUint16(80, true) !== index) {
        continue;
      }
      const key = r.getUint32(24, true);
      let weight = 0n;
      for (let i = 0; i < t.getUint16(28, true); i++) {
        if (t.getUint32(256 + i * 128, true) === key + 1) {
          weight = BigInt(t.getUint32(260 + i * 128, true));
        }
      }
      need(weight > 0n, `a report on index ${index} is not by a source of it`);
      const owner = row(8, key & 0xffffff);
      need(owner !== undefined && (await isSigned(owner.slice(0, 64), concat(prefix, report.slice(16, 88)), report.slice(88, 152))), `a report on index ${index} is not signed by key ${key}`);
      const age = timeNs - r.getBigInt64(64, true);
      need(age >= -1_000_000_000n && age <= 2n * maxAge, 'a report is older than the index allows');
      fresh += age <= maxAge ? 1 : 0;
      found.push({ price: r.getBigInt64(48, true), confidence: r.getBigInt64(56, true), weight });
    }
    need(found.length > 0 && fresh >= t.getUint16(30, true), `too few fresh reports on index ${index}`);
    found.sort((a, b) => (a.price < b.price ? -1 : a.price > b.price ? 1 : 0));
    const total = found.reduce((w, f) => w + f.weight, 0n);
    let reached = 0n;
    const middle = found.find((f) => 2n * (reached += f.weight) >= total)!;
    return { price: middle.price, confidence: middle.confidence, sources: found.length };
  };

  for (let i = 0; i < called.getUint16(60, true); i++) {
    const e = next(44, 128);
    const long = (o: number): bigint => e.getBigInt64(o, true);
    const [lots, cost, entry, funding, mark, indexPrice, units, perTick, floor, deduction] = [16, 24, 32, 40, 48, 56, 64, 72, 80, 88].map(long) as [bigint, bigint, bigint, bigint, bigint, bigint, bigint, bigint, bigint, bigint];
    const [rate, cap, market, index] = [BigInt(e.getInt32(112, true)), BigInt(e.getInt32(116, true)), e.getUint16(120, true), e.getUint16(122, true)];
    const unrealised = lots * mark * perTick - cost - lots * (funding - entry);
    need(unrealised === long(96), 'an unrealised profit does not follow from its position');
    const margin = ceilDiv(abs(lots) * most(abs(mark), floor) * perTick * rate, Million) - deduction;
    need(margin === long(104), 'a maintenance margin does not follow from its position');
    const ticks = nearest(indexPrice, units);
    need(abs(mark - ticks) <= floorDiv(abs(ticks) * cap, Million) + 1n, 'a mark price is further from its index than the market allows');
    const reported = await median(index);
    need(reported.price === indexPrice, `the index price ${indexPrice} is not the median ${reported.price} of the signed reports`);
    sum += unrealised;
    needed += margin;
    const i = scales.market(market);
    if (i === undefined) {
      texts.push(() => `market ${market}: index by ${reported.sources} signed reports, unrealised ${money(unrealised)}, maintenance ${money(margin)}`);
      continue;
    }
    settles = { name: i.quote, decimals: Math.max(Math.round(Math.log10(Number(perTick) / (i.tick * i.step))), 0) };
    const at = (ticksOf: bigint): string => price(Number(ticksOf) * i.tick, i.tick);
    const lot = BigInt(Math.round(i.step * 1e12));
    texts.push(() => `${i.name}: ${decimal(lots * lot, 12)} ${i.base}, mark ${at(mark)} ${i.quote} (index ${decimal(indexPrice, scales.indexDecimals(index))} by ${reported.sources} signed reports), unrealised ${money(unrealised)}, maintenance ${money(margin)}`);
  }
  for (let i = 0; i < called.getUint16(62, true); i++) {
    const e = next(45, 72);
    const long = (o: number): bigint => e.getBigInt64(o, true);
    const [held, cap, each, value] = [16, 24, 32, 40].map(long) as [bigint, bigint, bigint, bigint];
    const whole = each <= 0n ? 0n : ((held < cap ? held : cap) * each) / 10n ** BigInt(e.getInt32(56, true));
    need(floorDiv(whole * (Million - BigInt(e.getInt32(48, true))), Million) === value, 'a collateral value does not follow from its amount');
    const reported = await median(e.getUint16(54, true));
    need(reported.price - reported.confidence === each, 'a collateral price is not that of the signed reports');
    sum += value;
    const asset = scales.asset(e.getUint16(52, true));
    const decimals = scales.indexDecimals(e.getUint16(54, true));
    texts.push(() => `${decimal(held, asset.decimals)} ${asset.name} at ${decimal(each, decimals)} counts ${money(value)}`);
  }
  need(place === events.length, 'it holds events that are not of the margin call');
  need(sum === equity, `equity does not add up: ${sum}, stated ${equity}`);
  need(needed === maintenance, `maintenance does not add up: ${needed}, stated ${maintenance}`);
  texts.push(() => `equity ${money(equity)} against maintenance margin ${money(maintenance)}`);
  need(equity < maintenance, 'the account was not below maintenance');
  return [...lines, ...texts.map((t) => t())];
}
