// Block headers that this page took down by itself as they came, and what it does about older ones: a proof is checked against these,
// never against the header that came with it.

import type { Venue } from './api';
import { fromBase64 } from './bytes';
import { Flaw, readHeader } from './verify';

export class HeaderChain {
  private readonly hashes = new Map<string, string>();
  private newest = 0n;
  onBlock: (block: any) => void = () => {};

  constructor(private readonly venue: Venue) {
    venue.listen('surety.blocks', (message) => {
      if (message.data?.height > 0) {
        void this.take(message.data);
      }
    });
  }

  /** How many headers it holds. */
  get count(): number {
    return this.hashes.size;
  }

  private async take(block: any): Promise<void> {
    const header = await readHeader(fromBase64(block.header));
    const before = this.hashes.get(String(header.height - 1n));
    if (before !== undefined && before !== header.previous) {
      throw new Flaw(`block ${header.height} does not follow the one before it`);
    }
    this.hashes.set(String(header.height), header.hash);
    this.newest = header.height > this.newest ? header.height : this.newest;
    this.onBlock(block);
  }

  /** The hash of a block that may be trusted: taken down live, or linked by hashes to one that was. Says which. */
  async trusted(height: number): Promise<{ hash: string; how: string }> {
    const own = this.hashes.get(String(height));
    if (own !== undefined) {
      return { hash: own, how: 'this page took the block’s header down when it was made' };
    }
    let link = [...this.hashes.keys()].map(BigInt).filter((k) => k > BigInt(height)).sort((a, b) => (a < b ? -1 : 1))[0];
    if (link === undefined) {
      throw new Flaw('the block is newer than any that this page has seen; try again in a second');
    }
    const first = link;
    let expected = this.hashes.get(String(link))!;
    while (link >= BigInt(height)) {
      const list: any[] = await this.venue.call('surety/get_blocks', { from: Number(link), count: Math.min(Number(link) - height + 1, 1000) });
      if (list.length === 0) {
        throw new Flaw('the venue does not give the headers between');
      }
      for (const block of list) {
        const header = await readHeader(fromBase64(block.header));
        if (header.hash !== expected || header.height !== link) {
          throw new Flaw(`block ${link} is not the one that its follower names`);
        }
        if (link === BigInt(height)) {
          this.hashes.set(String(height), header.hash);
          return { hash: header.hash, how: `linked by ${Number(first) - height} hash${Number(first) - height === 1 ? '' : 'es'} to a header that this page took down itself` };
        }
        expected = header.previous;
        link--;
      }
    }
    throw new Flaw('the headers between do not reach the block');
  }
}
