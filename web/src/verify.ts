// Checks proofs in the browser, with nothing but SHA-256 and P-256 of WebCrypto. Fields are read by the names of protocol.ts; the same
// checks exist in C# (Surety.Proofs), so two programs that share no code must agree.

import { concat, fromBase64, same, sha256, toHex, view } from './bytes';
import { isSigned } from './keys';
import {
  BatchFrame,
  BatchMark,
  BlockHeader,
  BlockHeaderMagic,
  CommandContext,
  CommandHeader,
  DirectoryEntry,
  Divided,
  EventContext,
  EventHeader,
  EventKind,
  GroupRecords,
  HashBytes,
  MostBatched,
  MostPageBytes,
  MostRecordBytes,
  MostSiblings,
  PageProofFrame,
  PageProofMagic,
  ProvenRoot,
  RecordProofFrame,
  RecordProofMagic,
  SaltBytes,
  ShownSides,
  SideContext,
  SignsBatch,
  SignsHeader,
  StampBytes,
  Trade,
  type Ranges,
} from './protocol';

export class Flaw extends Error {}

export function need(holds: boolean, otherwise: string): asserts holds {
  if (!holds) {
    throw new Flaw(otherwise);
  }
}

export interface Header {
  bytes: Uint8Array;
  hash: string;
  height: bigint;
  first: bigint;
  timeNs: bigint;
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

export const text = (ascii: string): Uint8Array => new TextEncoder().encode(ascii);

/** Reads a header. */
export async function readHeader(bytes: Uint8Array): Promise<Header> {
  need(bytes.length === BlockHeader.size, `a block header has ${BlockHeader.size} bytes`);
  const h = BlockHeader.read(bytes);
  need(h.magic === BlockHeaderMagic, 'this is not a block header of this version');
  return {
    bytes,
    hash: toHex(await sha256(bytes)),
    height: h.height,
    first: h.firstSequence,
    timeNs: h.timeNs,
    commands: h.commandCount,
    commandBytes: h.commandBytes,
    eventBytes: h.eventBytes,
    venue: h.venue,
    previous: toHex(h.previous),
    commandsRoot: h.commandsRoot,
    eventsRoot: h.eventsRoot,
    stateRoot: h.stateRoot,
    events: h.eventCount,
  };
}

/** The header within a proof. */
const headerIn = (bytes: Uint8Array, place: { at: number; size: number }): Promise<Header> =>
  readHeader(bytes.slice(place.at, place.at + place.size));

/** Takes bytes one after another. */
export const taker = (bytes: Uint8Array, from: number): ((length: number) => Uint8Array) => {
  let at = from;
  return (length) => bytes.slice(at, (at += length));
};

const hashes = (take: (length: number) => Uint8Array, count: number): Uint8Array[] => Array.from({ length: count }, () => take(HashBytes));

export interface Proof {
  header: Header;
  table: number;
  pageIndex: number;
  salt: Uint8Array;
  page: Uint8Array;
  path: Uint8Array[];
  directory: Uint8Array;
}

/** Reads a proof of a page of state. */
export async function readProof(bytes: Uint8Array): Promise<Proof> {
  need(bytes.length >= PageProofFrame.size, 'these are not the bytes of a proof');
  const frame = PageProofFrame.read(bytes);
  need(frame.magic === PageProofMagic, 'these are not the bytes of a proof');
  const header = await headerIn(bytes, PageProofFrame.fields.header);
  need(frame.root === ProvenRoot.State && frame.reserved === 0, 'the proof is not of state');
  need(
    frame.pageBytes <= MostPageBytes && frame.directoryBytes <= MostPageBytes && frame.siblings <= MostSiblings,
    'the proof is too long',
  );
  need(bytes.length === PageProofFrame.size + frame.pageBytes + frame.siblings * HashBytes + frame.directoryBytes, 'the proof is cut off');
  const take = taker(bytes, PageProofFrame.size);
  return {
    header,
    table: frame.table,
    pageIndex: frame.pageIndex,
    salt: frame.salt,
    page: take(frame.pageBytes),
    path: hashes(take, frame.siblings),
    directory: take(frame.directoryBytes),
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

const MostRecords = 2 ** 34;

const depthOf = (leaves: number): number => (leaves <= 1 ? 0 : Math.ceil(Math.log2(leaves)));

/** Checks that a proof's page is part of a block whose hash is trusted. */
export async function check(proof: Proof, trusted: string): Promise<void> {
  need(proof.header.hash === trusted, `the proof is about block ${proof.header.hash.slice(0, 16)}…, not ${trusted.slice(0, 16)}…`);
  need(same(await sha256(proof.directory), proof.header.stateRoot), 'the table directory is not that of the block');
  need(proof.directory.length % DirectoryEntry.size === 0, 'the table directory has a rest');
  let [pages, root] = [-1, proof.header.stateRoot];
  for (let at = 0; at < proof.directory.length; at += DirectoryEntry.size) {
    const entry = DirectoryEntry.read(proof.directory.slice(at));
    if (entry.table === proof.table) {
      need(pages < 0, 'the table directory lists a table twice, and would say two things');
      [pages, root] = [entry.pages, entry.root];
    }
  }
  need(
    proof.pageIndex < pages && proof.path.length === depthOf(pages) && proof.page.length > 0 && proof.page.length % 64 === 0,
    'the page or its path does not fit the block',
  );
  const leaf = await sha256(concat(proof.page, numbers(proof.table, proof.pageIndex), proof.salt));
  need(same(await climb(leaf, proof.pageIndex, proof.path), root), 'the page and its path do not lead to the block');
}

/** The same, for a reader who has asked for a page: one of another account or market holds as well, and says nothing of it. */
export async function checkPlace(proof: Proof, table: number, page: number, trusted: string): Promise<void> {
  need(proof.table === table && proof.pageIndex === page, 'the proof is of another page than the one that was asked for');
  await check(proof, trusted);
}

/** Of an event between two accounts, what of it a proof shows; 0 for a record that is not divided. */
export const Shown = { first: ShownSides.First, second: ShownSides.Second, divided: ShownSides.Divided } as const;

/** Salt and second are a side's salt (16 bytes) where it is shown, its commitment (32 bytes) where it is not. */
export interface RecordProof {
  header: Header;
  root: number;
  shown: number;
  place: number;
  salt: Uint8Array;
  second: Uint8Array;
  record: Uint8Array;
  others: Uint8Array[];
  path: Uint8Array[];
}

const bytesOf = (record: Uint8Array, ranges: Ranges): Uint8Array => concat(...ranges.map(([at, length]) => record.slice(at, at + length)));

/** The commitment to one side: computed where it is shown, as given where it is not; then no byte of it may be in the record. */
async function sideOf(proof: RecordProof, ranges: Ranges, side: number): Promise<Uint8Array> {
  const salt = side === 0 ? proof.salt : proof.second;
  const own = bytesOf(proof.record, ranges);
  if ((proof.shown & (1 << side)) !== 0) {
    need(salt.length === SaltBytes, 'a side is shown without its salt');
    return sha256(concat(salt, numbers(proof.place, side), own));
  }
  need(salt.length === HashBytes && own.every((b) => b === 0), 'a side that is not shown has content');
  return salt;
}

async function commitmentOf(proof: RecordProof): Promise<Uint8Array> {
  const kind = proof.record.length >= EventHeader.size ? EventHeader.read(proof.record).kind : EventKind.None;
  const divided = proof.root === ProvenRoot.Events && Divided[kind]?.length === proof.record.length ? Divided[kind] : undefined;
  // An event that is divided is never committed to whole: there is one way to open each record.
  need((divided !== undefined) === ((proof.shown & Shown.divided) !== 0), 'what is shown of the record does not fit its kind');
  if (divided === undefined) {
    need(proof.salt.length === SaltBytes, 'the record has no salt');
    return sha256(concat(proof.salt, numbers(proof.place), proof.record));
  }
  const [first, second] = [await sideOf(proof, divided.sides[0], 0), await sideOf(proof, divided.sides[1], 1)];
  const isOfSide = new Uint8Array(proof.record.length);
  divided.sides.flat().forEach(([at, length]) => isOfSide.fill(1, at, at + length));
  return sha256(
    concat(
      first,
      second,
      numbers(SideContext, proof.place),
      proof.record.filter((_, i) => isOfSide[i] === 0),
    ),
  );
}

/** Reads a proof of one command or event. */
export async function readRecord(bytes: Uint8Array): Promise<RecordProof> {
  need(bytes.length >= RecordProofFrame.size, 'these are not the bytes of a receipt');
  const { magic, root, shown, place, recordBytes, siblings } = RecordProofFrame.read(bytes);
  need(magic === RecordProofMagic, 'these are not the bytes of a receipt');
  const header = await headerIn(bytes, RecordProofFrame.fields.header);
  need(
    shown === 0 || (shown >= Shown.divided && shown <= (Shown.divided | Shown.first | Shown.second)),
    'the receipt does not say what it shows',
  );
  const salt = shown === 0 || (shown & Shown.first) !== 0 ? SaltBytes : HashBytes;
  const second = shown === 0 ? 0 : (shown & Shown.second) !== 0 ? SaltBytes : HashBytes;
  const size = RecordProofFrame.size + salt + second + recordBytes + (GroupRecords - 1 + siblings) * HashBytes;
  need(root === ProvenRoot.Commands || root === ProvenRoot.Events, 'the receipt is of no command and no event');
  need(recordBytes <= MostRecordBytes && siblings <= MostSiblings && bytes.length === size, 'the receipt is cut off');
  const take = taker(bytes, RecordProofFrame.size);
  return {
    header,
    root,
    shown,
    place,
    salt: take(salt),
    second: take(second),
    record: take(recordBytes),
    others: hashes(take, GroupRecords - 1),
    path: hashes(take, siblings),
  };
}

/** Checks that a proof's record is part of a block whose hash is trusted. */
export async function checkRecord(proof: RecordProof, trusted: string): Promise<void> {
  need(proof.header.hash === trusted, `the receipt is about block ${proof.header.hash.slice(0, 16)}…, not ${trusted.slice(0, 16)}…`);
  const count = Number(proof.root === ProvenRoot.Commands ? proof.header.commands : proof.header.events);
  need(
    count <= MostRecords &&
      proof.place < count &&
      proof.path.length === depthOf(Math.ceil(count / GroupRecords)) &&
      proof.record.length > 0 &&
      proof.record.length % 8 === 0,
    'the record or its path does not fit the block',
  );
  const own = await commitmentOf(proof);
  const at = proof.place % GroupRecords;
  const group = Math.floor(proof.place / GroupRecords);
  const [context, root] =
    proof.root === ProvenRoot.Commands ? [CommandContext, proof.header.commandsRoot] : [EventContext, proof.header.eventsRoot];
  const leaf = await sha256(concat(...proof.others.slice(0, at), own, ...proof.others.slice(at), numbers(context, group)));
  need(same(await climb(leaf, group, proof.path), root), 'the record, its salt and its path do not lead to the block');
}

/** The same, for a reader who has asked for a record. */
export async function checkRecordPlace(proof: RecordProof, root: number, place: number, trusted: string): Promise<void> {
  need(proof.root === root && proof.place === place, 'the receipt is of another record than the one that was asked for');
  await checkRecord(proof, trusted);
}

/** Checks one signature over many commands: that a key has signed exactly these, each with its mark behind it, in this order. */
export async function checkBatch(venue: Uint8Array, publicKey: Uint8Array, batch: Uint8Array, commands: Uint8Array[]): Promise<void> {
  need(batch.length >= BatchFrame.size, 'these are not the bytes of a batch');
  const { key, count, signature } = BatchFrame.read(batch);
  need(count >= 1 && count <= MostBatched && batch.length === BatchFrame.size + count * HashBytes, 'these are not the bytes of a batch');
  const digests = batch.slice(BatchFrame.size);
  need(await isSigned(publicKey, concat(text(SignsBatch), venue, digests), signature), `the batch is not signed by key ${key}`);
  need(commands.length === count, `the key has signed ${count} commands, not ${commands.length}`);
  for (const [i, record] of commands.entries()) {
    need(record.length >= CommandHeader.size, `command ${i} is cut off`);
    const header = CommandHeader.read(record);
    need(header.length >= CommandHeader.size && record.length === header.length + BatchMark.size, `command ${i} is cut off`);
    const mark = BatchMark.read(record.slice(header.length));
    need(mark.place === i && mark.reserved === 0, `command ${i} does not stand at its place in the batch`);
    const digest = await sha256(record.slice(StampBytes, header.length));
    need(
      header.key === key && same(digest, digests.slice(i * HashBytes, (i + 1) * HashBytes)),
      `command ${i} is not the one that the key has signed`,
    );
  }
}

/** Checks the venue's signature over a header (both from surety/get_blocks). */
export async function checkSeal(header: Header, publicKey: Uint8Array, signature: Uint8Array): Promise<boolean> {
  return isSigned(publicKey, concat(text(SignsHeader), await sha256(header.bytes)), signature);
}

/** The account of a side that is not shown is not known. */
export interface TradeEvent {
  sequence: bigint;
  taker?: number;
  maker?: number;
  tradeId: bigint;
  ticks: bigint;
  lots: bigint;
  market: number;
  takerSide: number;
  liquidation: boolean;
}

/** Reads a trade out of a proven event. */
export function readTrade(proof: RecordProof): TradeEvent {
  need(proof.root === ProvenRoot.Events && proof.record.length === Trade.size, 'the event is not a trade');
  const t = Trade.read(proof.record);
  need(t.header.kind === EventKind.Trade && t.header.length === Trade.size, 'the event is not a trade');
  return {
    ...((proof.shown & Shown.first) !== 0 && { taker: t.header.account }),
    ...((proof.shown & Shown.second) !== 0 && { maker: t.makerAccount }),
    sequence: t.header.sequence,
    tradeId: t.tradeId,
    ticks: t.priceTicks,
    lots: t.lots,
    market: t.market,
    takerSide: t.takerSide,
    liquidation: t.liquidation === 1,
  };
}

/** Checks a fill's receipt: the proven trade is the one that was shown; where one's own command took it, that led to the trade. */
export async function checkReceipt(
  receipt: any,
  trusted: string,
  shown: { tradeId: string; account: number; ticks: bigint; lots: bigint; words: string },
): Promise<string[]> {
  const event = await readRecord(fromBase64(receipt.event_proof));
  need(event.root === ProvenRoot.Events, 'the proof is not of an event');
  await checkRecord(event, trusted);
  const trade = readTrade(event);
  need(trade.tradeId === BigInt(shown.tradeId), `the proven trade is number ${trade.tradeId}`);
  need(trade.taker === shown.account || trade.maker === shown.account, 'the proven trade is other accounts’');
  need(trade.ticks === shown.ticks && trade.lots === shown.lots, 'the proven trade has another price or size');
  const lines = [`Block ${event.header.height}, ${event.header.hash}`];
  if (receipt.command_proof !== undefined) {
    const command = await readRecord(fromBase64(receipt.command_proof));
    need(command.root === ProvenRoot.Commands && command.record.length >= CommandHeader.size, 'the proof is not of a command');
    await checkRecord(command, trusted);
    need(CommandHeader.read(command.record).sequence === trade.sequence, 'the proven command is not the one that led to the trade');
    lines.push(
      `Command ${trade.sequence} is number ${command.place} of the block's commands, ${command.path.length + 1} hashes from its root.`,
    );
  }
  return [
    ...lines,
    `Trade ${trade.tradeId} is number ${event.place} of the block's events, ${event.path.length + 1} hashes from its root.`,
    `${shown.words}: account ${shown.account} ${trade.taker === shown.account ? 'took' : 'made'} it` +
      `${trade.liquidation ? ', in a liquidation' : ''}.`,
  ];
}
