// Commands as bytes, as docs/protocol.md lays them out: little-endian, 48 bytes of header, the body, then the signature.

import { concat, fromHex, toBase64, view } from './bytes';
import { sign, takeNonce, type OwnKey } from './keys';

const kinds = { PlaceOrder: 50, AmendOrder: 51, CancelOrder: 52, CancelAll: 53, AddKey: 31, PlaceTrigger: 54 } as const;
const sizes: Record<keyof typeof kinds, number> = { PlaceOrder: 104, AmendOrder: 72, CancelOrder: 56, CancelAll: 56, AddKey: 128, PlaceTrigger: 112 };

export interface NewOrder {
  market: number;
  buy: boolean;
  ticks: bigint;
  lots: bigint;
  marketOrder: boolean;
  postOnly: boolean;
  reduceOnly: boolean;
  timeInForce: 'gtc' | 'ioc' | 'fok' | 'day';
}

const prefix = new TextEncoder().encode('surety command\0\u0001');

/** A signed command counts for so long, by the venue's clock: one that comes late does nothing. */
export const LastsMs = 5_000;

export class Signer {
  constructor(private readonly own: OwnKey) {}

  get key(): number {
    return this.own.key;
  }

  get account(): number {
    return this.own.account;
  }

  /** A command with its signature, base64; it lapses at untilMs of the venue's time. */
  private async make(kind: keyof typeof kinds, untilMs: number, write: (body: DataView, bytes: Uint8Array) => void): Promise<string> {
    const bytes = new Uint8Array(sizes[kind]);
    const data = view(bytes);
    data.setUint16(16, kinds[kind], true);
    data.setUint16(18, sizes[kind], true);
    data.setUint32(20, this.own.account, true);
    data.setUint32(24, this.own.key, true);
    data.setBigUint64(32, await takeNonce(this.own), true);
    data.setBigInt64(40, BigInt(untilMs) * 1_000_000n, true);
    write(data, bytes);
    const signature = await sign(this.own.pair, concat(prefix, fromHex(this.own.venue), bytes.slice(16)));
    return toBase64(concat(bytes, signature));
  }

  place(order: NewOrder, untilMs: number): Promise<string> {
    return this.make('PlaceOrder', untilMs, (d) => {
      d.setBigInt64(56, order.ticks, true);
      d.setBigInt64(64, order.lots, true);
      d.setUint16(96, order.market, true);
      d.setUint16(98, (order.postOnly ? 1 : 0) | (order.reduceOnly ? 4 : 0) | (order.marketOrder ? 8 : 0), true);
      d.setUint8(100, order.buy ? 0 : 1);
      d.setUint8(101, order.marketOrder ? 1 : { gtc: 0, ioc: 1, fok: 2, day: 4 }[order.timeInForce]);
      d.setUint8(103, order.marketOrder ? 1 : 0);
    });
  }

  cancel(orderId: string, untilMs: number): Promise<string> {
    return this.make('CancelOrder', untilMs, (d) => d.setBigUint64(48, BigInt(orderId), true));
  }

  cancelAll(untilMs: number): Promise<string> {
    return this.make('CancelAll', untilMs, () => {});
  }

  amend(orderId: string, ticks: bigint, totalLots: bigint, untilMs: number): Promise<string> {
    return this.make('AmendOrder', untilMs, (d) => {
      d.setBigUint64(48, BigInt(orderId), true);
      d.setBigInt64(56, ticks, true);
      d.setBigInt64(64, totalLots, true);
    });
  }

  addKey(publicKey: Uint8Array, scopes: number, untilMs: number): Promise<string> {
    return this.make('AddKey', untilMs, (d, bytes) => {
      bytes.set(publicKey, 48);
      d.setUint16(120, scopes, true);
    });
  }
}
