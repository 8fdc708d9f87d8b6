// Block headers that this page took down by itself as they came, and what it does about older ones: a proof is checked against these,
// never against the header that came with it. The last one is kept in this browser: a venue that comes back without it was rolled back
// or forked, and this page then sends no more orders.

import type { Venue } from './api';
import { fromBase64, fromHex } from './bytes';
import { checkSeal, Flaw, readHeader, type Header } from './verify';

/** What this browser remembers of a venue. */
export interface Pin {
  height: string;
  hash: string;
  key?: string;
}

/** Where pins are kept, by venue. */
export interface PinStore {
  getItem(name: string): string | null;
  setItem(name: string, value: string): void;
}

const hex = (bytes: Uint8Array): string => [...bytes].map((b) => b.toString(16).padStart(2, '0')).join('');

export class HeaderChain {
  private readonly hashes = new Map<string, string>();
  private newest = 0n;
  private pin: Pin | undefined;
  private working: Promise<void> = Promise.resolve();
  onBlock: (block: any) => void = () => {};

  /** Told once, with the reason, when an earlier header is no longer part of the chain. */
  onBroken: (reason: string) => void = () => {};

  /** Why nothing more is to be sent; undefined while the chain is whole. */
  broken: string | undefined;

  /** Told which ledger it is about, or else told by the first header. */
  constructor(
    private readonly venue: Venue,
    private readonly store: PinStore = localStorage,
    private ledger?: string,
  ) {
    venue.listen('surety.blocks', (message) => {
      if (message.data?.height > 0) {
        // One after another: a header is compared with the one before it.
        this.working = this.working.then(() => this.take(message.data)).catch((e: Error) => this.fail(e));
      }
    });
  }

  /** How many headers it holds. */
  get count(): number {
    return this.hashes.size;
  }

  /** Returns when the headers that have come are checked. */
  async settled(): Promise<void> {
    await this.working;
  }

  private fail(e: Error): void {
    // An answer that did not come is no fork.
    if (e instanceof Flaw && this.broken === undefined) {
      this.broken = e.message;
      this.onBroken(e.message);
    }
  }

  private name(header: Header): string {
    return `surety-head-${hex(header.venue)}`;
  }

  private async take(block: any): Promise<void> {
    if (this.broken !== undefined) {
      return;
    }
    const header = await readHeader(fromBase64(block.header));
    // What a header proves of signed reports and commands, it proves for the ledger that it names.
    this.ledger ??= hex(header.venue);
    if (this.ledger !== hex(header.venue)) {
      throw new Flaw(`block ${header.height} names another venue`);
    }
    if (this.pin === undefined) {
      const kept = this.store.getItem(this.name(header));
      this.pin = kept === null ? { height: '0', hash: '' } : (JSON.parse(kept) as Pin);
    }
    await this.checkKey(header, block);
    if (BigInt(this.pin.height) > 0n) {
      await this.follows(header, BigInt(this.pin.height), this.pin.hash);
    }
    this.hashes.set(String(header.height), header.hash);
    this.newest = header.height > this.newest ? header.height : this.newest;
    this.pin = { ...this.pin, height: String(header.height), hash: header.hash };
    this.store.setItem(this.name(header), JSON.stringify(this.pin));
    this.onBlock(block);
  }

  // The first key is taken on trust; another one later is a Flaw, and so is a header without a signature after signed ones.
  private async checkKey(header: Header, block: any): Promise<void> {
    const pin = this.pin!;
    if (block.public_key === undefined) {
      if (pin.key !== undefined) {
        throw new Flaw(`block ${header.height} is not signed by the venue's key`);
      }
      return;
    }
    if (!(await checkSeal(header, fromHex(block.public_key), fromBase64(block.signature)))) {
      throw new Flaw(`the venue's signature over block ${header.height} is not valid`);
    }
    if (pin.key !== undefined && pin.key !== block.public_key) {
      throw new Flaw(`block ${header.height} is signed with another key than this browser has known the venue by`);
    }
    this.pin = { ...pin, key: block.public_key };
  }

  // Whether a header continues the last one that this browser has seen.
  private async follows(header: Header, height: bigint, hash: string): Promise<void> {
    const gone = `an earlier header is no longer part of the chain: block ${height}, ${hash.slice(0, 16)}…`;
    if (header.height === height) {
      if (header.hash !== hash) {
        throw new Flaw(`${gone}, is ${header.hash.slice(0, 16)}… now`);
      }
      return;
    }
    if (header.height < height) {
      throw new Flaw(`${gone}; the venue is at block ${header.height} again`);
    }
    const [reached] = await this.walk(header, height);
    if (reached !== hash) {
      throw new Flaw(gone);
    }
  }

  // Goes back from a header to a height by the hashes that each names; the hash found there, and how many steps it took.
  private async walk(from: Header, height: bigint): Promise<[string, number]> {
    let [expected, link, steps] = [from.previous, from.height - 1n, 1];
    while (link > height) {
      const list: any[] = await this.venue.call('surety/get_blocks', { from: Number(link), count: Math.min(Number(link - height), 1000) });
      if (list.length === 0) {
        throw new Flaw('the venue does not give the headers between');
      }
      for (const block of list) {
        const header = await readHeader(fromBase64(block.header));
        if (header.hash !== expected || header.height !== link) {
          throw new Flaw(`block ${link} is not the one that its follower names`);
        }
        [expected, link, steps] = [header.previous, link - 1n, steps + 1];
        if (link === height) {
          break;
        }
      }
    }
    return [expected, steps];
  }

  /** The hash of a block that may be trusted: taken down live, or linked by hashes to one that was. Says which. */
  async trusted(height: number): Promise<{ hash: string; how: string }> {
    if (this.broken !== undefined) {
      throw new Flaw(this.broken);
    }
    const own = this.hashes.get(String(height));
    if (own !== undefined) {
      return { hash: own, how: 'this page took the block’s header down when it was made' };
    }
    const link = [...this.hashes.keys()]
      .map(BigInt)
      .filter((k) => k > BigInt(height))
      .sort((a, b) => (a < b ? -1 : 1))[0];
    if (link === undefined) {
      throw new Flaw('the block is newer than any that this page has seen; try again in a second');
    }
    const [block] = await this.venue.call<any[]>('surety/get_blocks', { from: Number(link), count: 1 });
    const header = await readHeader(fromBase64(block.header));
    if (header.hash !== this.hashes.get(String(link))) {
      throw new Flaw(`block ${link} is not the one that this page took down`);
    }
    const [hash, steps] = await this.walk(header, BigInt(height));
    this.hashes.set(String(height), hash);
    return { hash, how: `linked by ${steps} hash${steps === 1 ? '' : 'es'} to a header that this page took down itself` };
  }
}
