// What became of the account behind its margin call (Surety.Proofs: AccountAfter).

import type { Parts } from './certificate-parts';
import { abs, floorDiv } from './integers';
import type { Read } from './layout';
import type { CoinEvent, PositionEvent } from './margin-terms';
import {
  Account,
  BalanceChanged,
  ContractExercised,
  EventKind,
  MarginCalled,
  MarkChanged,
  Pool,
  Position,
  PositionFlags,
  PositionSettled,
  PositionTransferred,
  Side,
  TableId,
  Trade,
} from './protocol';
import { need, Shown } from './verify';

// A position as it goes through the block; funding is what it has settled, now the market's when the account was called.
interface Held {
  lots: bigint;
  cost: bigint;
  funding: bigint;
  now: bigint;
  unit: bigint;
  moved: boolean;
}

// Lots that changed hands: at a price, at a cost, or for a profit.
interface Move {
  place: number;
  market: number;
  lots: bigint;
  price: bigint;
  cost?: bigint;
  profit?: bigint;
  fee: bigint;
}

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
    private readonly parts: Parts,
    private readonly called: Read<typeof MarginCalled>,
    private readonly holder: Read<typeof Account>,
    private readonly pool: Read<typeof Pool>,
    private readonly positions: PositionEvent[],
    private readonly coins: CoinEvent[],
  ) {
    this.cash = called.balanceAtoms;
  }

  private get account(): number {
    return this.called.header.account;
  }

  check(): void {
    for (const e of this.positions) {
      need(!this.held.has(e.market), `market ${e.market} stands twice`);
      this.held.set(e.market, {
        lots: e.lots,
        cost: e.entryCostAtoms,
        funding: e.entryFundingIndex,
        now: e.fundingIndex,
        unit: e.atomsPerTickLot,
        moved: false,
      });
    }
    const balances = this.parts.others(
      EventKind.BalanceChanged,
      BalanceChanged,
      false,
      (b, shown) => (shown & Shown.first) !== 0 && b.header.account === this.account,
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
      EventKind.Trade,
      Trade,
      false,
      (t, s) => is(t.header.account, s, Shown.first) || is(t.makerAccount, s, Shown.second),
    )) {
      const took = is(e.header.account, shown, Shown.first);
      const lots = took === (e.takerSide === Side.Buy) ? e.lots : -e.lots;
      moves.push({ place, market: e.market, lots, price: e.priceTicks, fee: took ? e.takerFeeAtoms : e.makerFeeAtoms });
    }
    for (const { place, shown, e } of this.parts.others(
      EventKind.PositionTransferred,
      PositionTransferred,
      false,
      (t, s) => is(t.header.account, s, Shown.first) || is(t.fromAccount, s, Shown.second),
    )) {
      const sign = is(e.header.account, shown, Shown.first) ? 1n : -1n;
      moves.push({ place, market: e.market, lots: sign * e.lots, price: 0n, cost: sign * e.costAtoms, fee: 0n });
      this.roundings++;
    }
    for (const { place, e } of this.parts.others(
      EventKind.PositionSettled,
      PositionSettled,
      false,
      (s) => s.header.account === this.account,
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
    const cost = move.profit !== undefined ? -(move.profit + held.cost) : (move.cost ?? move.lots * move.price * held.unit);
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
        row.lots === 0n || held.unit === 0n || (abs(held.cost - row.entryCostAtoms) <= this.roundings && held.funding === row.fundingIndex),
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
      const explained =
        slot === 0
          ? this.hasOthers || abs(own.reduce((sum, b) => sum + b.changeAtoms, this.cash) - found) <= this.roundings
          : (own.at(-1)?.balanceAtoms ?? this.coins.find((c) => c.asset === asset)?.amountAtoms ?? 0n) === found;
      need(explained, `the balance of asset ${asset} is not what the account had: ${found} after the block`);
    }
  }
}
