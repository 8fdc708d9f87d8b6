// Commands as bytes, as docs/protocol.md lays them out: little-endian, 48 bytes of header, the body, then the signature.

import { concat, fromHex, toBase64 } from './bytes';
import { sign, takeNonce, type OwnKey } from './keys';
import {
  AddKey,
  AmendOrder,
  CancelAll,
  CancelOrder,
  CommandKind,
  OrderOptions,
  PlaceOrder,
  SelfTradePrevention,
  Side,
  SignsCommand,
  StampBytes,
  TimeInForce,
} from './protocol';
import { type Some, type Values } from './layout';

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

const prefix = new TextEncoder().encode(SignsCommand);

const forms = { PlaceOrder, AmendOrder, CancelOrder, CancelAll, AddKey };
type Forms = typeof forms;

const lasts = { gtc: TimeInForce.GoodTillCancelled, ioc: TimeInForce.ImmediateOrCancel, fok: TimeInForce.FillOrKill, day: TimeInForce.Day };

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
  private async make<K extends keyof Forms>(kind: K, untilMs: number, values: Some<Values<Forms[K]['fields']>>): Promise<string> {
    const form = forms[kind];
    const header = {
      kind: CommandKind[kind],
      length: form.size,
      account: this.own.account,
      key: this.own.key,
      nonce: await takeNonce(this.own),
      expiresNs: BigInt(untilMs) * 1_000_000n,
    };
    const bytes = form.write({ ...values, header } as never);
    const signature = await sign(this.own.pair, concat(prefix, fromHex(this.own.venue), bytes.slice(StampBytes)));
    return toBase64(concat(bytes, signature));
  }

  place(order: NewOrder, untilMs: number): Promise<string> {
    return this.make('PlaceOrder', untilMs, {
      priceTicks: order.ticks,
      lots: order.lots,
      market: order.market,
      options:
        (order.postOnly ? OrderOptions.PostOnly : 0) |
        (order.reduceOnly ? OrderOptions.ReduceOnly : 0) |
        (order.marketOrder ? OrderOptions.Market : 0),
      side: order.buy ? Side.Buy : Side.Sell,
      timeInForce: order.marketOrder ? TimeInForce.ImmediateOrCancel : lasts[order.timeInForce],
      selfTrade: SelfTradePrevention.CancelNewest,
      noProtection: order.marketOrder ? 1 : 0,
    });
  }

  cancel(orderId: string, untilMs: number): Promise<string> {
    return this.make('CancelOrder', untilMs, { orderId: BigInt(orderId) });
  }

  cancelAll(untilMs: number): Promise<string> {
    return this.make('CancelAll', untilMs, {});
  }

  amend(orderId: string, ticks: bigint, totalLots: bigint, untilMs: number): Promise<string> {
    return this.make('AmendOrder', untilMs, { orderId: BigInt(orderId), priceTicks: ticks, totalLots });
  }

  addKey(publicKey: Uint8Array, scopes: number, untilMs: number): Promise<string> {
    return this.make('AddKey', untilMs, { publicKey, scopes });
  }
}
