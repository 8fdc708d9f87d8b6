// The trader's page: chart, book, order entry with what-if, orders, positions, fills, what happened to the account.

import type { HeaderChain } from './chain';
import { CandleChart } from './chart';
import { h, put, showFacts, table, toast } from './dom';
import * as f from './format';
import { Proofs } from './proofs';
import type { Instrument, Session } from './session';

const BookRows = 12;

export class TradePage {
  readonly element = h('div', { class: 'trade' });
  private instrument: Instrument;
  private readonly stops: (() => void)[] = [];
  private readonly marketStops: (() => void)[] = [];
  private readonly accountStops: (() => void)[] = [];
  private bids = new Map<number, number>();
  private asks = new Map<number, number>();
  private ticker: any;
  private positions: any[] = [];
  private readonly orders = new Map<string, any>();
  private readonly fills = new Map<string, any>();
  private readonly events: any[] = [];
  private drawing = false;
  private whatIfTimer = 0;

  private readonly market = h('select', { id: 'market', 'aria-label': 'Market', onchange: () => this.choose(this.market.value) });
  private readonly facts = h('dl', { class: 'facts' });
  private readonly status = h('span', { class: 'state' });
  private readonly chart: CandleChart;
  private readonly proofs: Proofs;
  private readonly bookBody = h('div', { class: 'book', 'aria-label': 'Order book' });
  private readonly bookRows: HTMLButtonElement[] = [];
  private readonly depth = h('div', { class: 'depth', role: 'img', 'aria-label': 'Depth of the book within two per cent' });
  private depthDrawn = '';
  private readonly tradesBox = table('Trades', ['Price', 'Amount', 'Time'], 'no trades yet');
  private readonly positionTable = table(
    'Positions',
    ['Market', 'Size', 'Entry', 'Mark', 'Profit', 'Liquidation at', 'Margin', 'Δ', 'Γ', 'Vega', 'Θ', 'ADL place', ''],
    'no open positions',
  );
  private readonly orderTable = table('Open orders', ['Market', 'Side', 'Type', 'Price', 'Amount', 'Filled', 'Time', ''], 'no open orders');
  private readonly fillTable = table('Fills', ['Time', 'Market', 'Side', 'Price', 'Amount', 'Fee', 'Role', 'Proof'], 'no fills yet');
  private readonly eventTable = table('Account events', ['Time', 'What', 'Details', 'Proof'], 'nothing has befallen this account');
  private readonly fundingTable = table('Funding', ['Hour', 'Rate for 8 hours', 'Index'], 'no funding here');
  private readonly summary = h('dl', { class: 'facts account' });
  private readonly price = h('input', { id: 'price', inputmode: 'decimal', autocomplete: 'off', oninput: () => this.askWhatIf() });
  private readonly amount = h('input', {
    id: 'amount',
    inputmode: 'decimal',
    autocomplete: 'off',
    value: '0.01',
    oninput: () => this.askWhatIf(),
  });
  private readonly type = h(
    'select',
    { id: 'type', onchange: () => this.typeChanged() },
    h('option', { value: 'limit' }, 'Limit'),
    h('option', { value: 'market' }, 'Market'),
  );
  private readonly tif = h(
    'select',
    { id: 'tif', 'aria-label': 'Time in force', onchange: () => this.askWhatIf() },
    h('option', { value: 'gtc' }, 'Until cancelled'),
    h('option', { value: 'day' }, 'Today'),
    h('option', { value: 'ioc' }, 'Immediate or cancel'),
    h('option', { value: 'fok' }, 'Fill or kill'),
  );
  private readonly post = h('input', { type: 'checkbox', id: 'post', onchange: () => this.askWhatIf() });
  private readonly reduce = h('input', { type: 'checkbox', id: 'reduce', onchange: () => this.askWhatIf() });
  private readonly buy = h('button', { type: 'button', class: 'buy', id: 'buy', onclick: () => this.send(true) }, 'Buy');
  private readonly sell = h('button', { type: 'button', class: 'sell', id: 'sell', onclick: () => this.send(false) }, 'Sell');
  private readonly cancelAll = h(
    'button',
    {
      type: 'button',
      id: 'cancel-all',
      onclick: () =>
        void this.session.cancelAll().then(
          () => toast('All orders cancelled', 'good'),
          (e) => toast(e.message, 'bad'),
        ),
    },
    'Cancel all',
  );
  private readonly whatIf = h('dl', { class: 'whatif', 'aria-live': 'polite' });
  private readonly tabs: { button: HTMLButtonElement; panel: HTMLElement }[] = [];

  constructor(
    private readonly session: Session,
    chain: HeaderChain,
  ) {
    this.instrument = session.instruments.find((i) => i.name === localStorage.getItem('surety-market')) ?? session.instruments[0]!;
    this.chart = new CandleChart(session);
    this.proofs = new Proofs(session, chain);
    this.fillMarkets();
    this.element.append(
      h('section', { class: 'head' }, this.market, this.status, this.facts),
      this.chart.element,
      h(
        'section',
        { class: 'bookbox' },
        h('h2', {}, 'Book'),
        h('div', { class: 'bookhead' }, h('span', {}, 'Price'), h('span', {}, 'Amount'), h('span', {}, 'Sum')),
        this.bookBody,
        this.depth,
      ),
      h('section', { class: 'entry' }, this.entryForm()),
      h('section', { class: 'tape' }, h('h2', {}, 'Trades'), this.tradesBox.element),
      h('section', { class: 'mine' }, this.tabBar(), ...this.tabs.map((t) => t.panel)),
    );
    for (let i = 0; i < 2 * BookRows + 1; i++) {
      const row =
        i === BookRows
          ? h('div', { class: 'spread' })
          : h(
              'button',
              {
                type: 'button',
                class: i < BookRows ? 'ask' : 'bid',
                tabindex: -1,
                onclick: (e: Event) => this.takePrice((e.currentTarget as HTMLElement).dataset.price),
              },
              h('span'),
              h('span'),
              h('span'),
              h('i'),
            );
      this.bookRows.push(row as HTMLButtonElement);
      this.bookBody.append(row);
    }
    this.stops.push(
      session.onChange(() => this.userChanged()),
      session.venue.onLink((up) => this.linkChanged(up)),
    );
    document.addEventListener('keydown', this.keys);
    this.stops.push(() => document.removeEventListener('keydown', this.keys));
    queueMicrotask(() => {
      this.listen();
      this.userChanged();
    });
  }

  // What cannot be sent now cannot be clicked now.
  private linkChanged(up: boolean): void {
    for (const button of [this.buy, this.sell, this.cancelAll]) {
      button.disabled = !up;
    }
    this.positionTable.element.inert = !up;
    this.orderTable.element.inert = !up;
  }

  close(): void {
    this.stops.splice(0).forEach((s) => s());
    this.accountStops.splice(0).forEach((s) => s());
    this.marketStops.splice(0).forEach((s) => s());
    this.chart.close();
  }

  private readonly keys = (e: KeyboardEvent): void => {
    if (e.target instanceof HTMLInputElement || e.target instanceof HTMLSelectElement || e.ctrlKey || e.metaKey || e.altKey) {
      return;
    }
    const target = { b: this.buy, s: this.sell, p: this.price, a: this.amount, m: this.market }[e.key];
    if (target !== undefined) {
      e.preventDefault();
      target.focus();
    }
  };

  private fillMarkets(): void {
    const groups = new Map<string, Instrument[]>();
    for (const i of this.session.instruments.filter((x) => x.state !== 'closed')) {
      const label = `${i.base} ${i.kind === 'option' ? 'options' : i.kind === 'future' ? 'futures' : 'contracts'}`;
      groups.set(label, [...(groups.get(label) ?? []), i]);
    }
    this.market.replaceChildren(
      ...[...groups].map(([label, list]) =>
        h('optgroup', { label }, ...list.map((i) => h('option', { value: i.name, selected: i.name === this.instrument.name }, i.name))),
      ),
    );
  }

  private choose(name: string): void {
    const next = this.session.instruments.find((i) => i.name === name);
    if (next !== undefined && next !== this.instrument) {
      this.instrument = next;
      localStorage.setItem('surety-market', name);
      this.ticker = undefined;
      this.bids.clear();
      this.asks.clear();
      this.price.value = '';
      this.market.value = name;
      this.marketStops.splice(0).forEach((s) => s());
      this.listen();
    }
  }

  private listen(): void {
    const name = this.instrument.name;
    const venue = this.session.venue;
    this.marketStops.push(
      venue.listen(`book.${name}.100ms`, (m) => this.takeBook(m)),
      venue.listen(`ticker.${name}.100ms`, (m) => {
        this.ticker = m.data;
        if (this.price.value === '' && m.data.mark_price) {
          this.price.value = String(m.data.best_bid_price ?? m.data.mark_price);
          this.askWhatIf();
        }
        this.draw();
      }),
      venue.listen(`trades.${name}.100ms`, (m) => this.takeTrades(m.data, m.snapshot === true)),
    );
    this.chart.show(this.instrument);
    void this.loadFunding();
  }

  private async loadFunding(): Promise<void> {
    if (this.instrument.expiry !== 0) {
      this.fundingTable.rows.show([]);
      return;
    }
    const rows: any[] = await this.session.venue
      .call('public/get_funding_rate_history', {
        instrument_name: this.instrument.name,
        start_timestamp: Date.now() - 86_400_000 * 3,
        end_timestamp: Date.now() + 3_600_000,
      })
      .catch(() => []);
    this.fundingTable.rows.show(
      rows
        .slice(-48)
        .reverse()
        .map((r) => [f.day(r.timestamp), f.percent(r.interest_8h), f.price(r.index_price, this.instrument.tick)]),
    );
  }

  // Book and trades.

  private takeBook(message: any): void {
    if (message.data.type === 'snapshot') {
      this.bids = new Map();
      this.asks = new Map();
    }
    for (const [side, changes] of [
      [this.bids, message.data.bids],
      [this.asks, message.data.asks],
    ] as [Map<number, number>, [string, number, number][]][]) {
      for (const [what, price, amount] of changes) {
        if (what === 'delete') {
          side.delete(price);
        } else {
          side.set(price, amount);
        }
      }
    }
    this.draw();
  }

  private readonly tape: any[] = [];

  private takeTrades(trades: any[], snapshot: boolean): void {
    if (snapshot) {
      this.tape.length = 0;
    }
    this.tape.unshift(...[...trades].reverse());
    this.tape.length = Math.min(this.tape.length, 24);
    this.draw();
  }

  private draw(): void {
    if (!this.drawing) {
      this.drawing = true;
      requestAnimationFrame(() => {
        this.drawing = false;
        this.drawBook();
        this.drawHead();
        this.tradesBox.rows.show(
          this.tape.map((t) => [
            { text: f.price(t.price, this.instrument.tick), class: t.direction === 'buy' ? 'up' : 'down' },
            f.amount(t.amount, this.instrument.step),
            f.time(t.timestamp),
          ]),
        );
      });
    }
  }

  private drawBook(): void {
    const { tick, step } = this.instrument;
    const allBids = [...this.bids.keys()].sort((a, b) => b - a);
    const allAsks = [...this.asks.keys()].sort((a, b) => a - b);
    this.drawDepth(allBids, allAsks);
    const bids = allBids.slice(0, BookRows);
    const asks = allAsks.slice(0, BookRows);
    const total = (side: Map<number, number>, prices: number[]): number => prices.reduce((s, p) => s + side.get(p)!, 0);
    const widest = Math.max(total(this.bids, bids), total(this.asks, asks), 1e-9);
    const fill = (row: HTMLElement, price: number | undefined, amount: number, sum: number): void => {
      const [p, a, s, bar] = row.children as unknown as [HTMLElement, HTMLElement, HTMLElement, HTMLElement];
      put(p, price === undefined ? '' : f.price(price, tick));
      put(a, price === undefined ? '' : f.amount(amount, step));
      put(s, price === undefined ? '' : f.amount(sum, step));
      bar.style.width = price === undefined ? '0' : `${(sum / widest) * 100}%`;
      row.dataset.price = price === undefined ? '' : String(price);
    };
    let sum = 0;
    for (let i = 0; i < BookRows; i++) {
      const price = asks[i];
      const amount = price === undefined ? 0 : this.asks.get(price)!;
      fill(this.bookRows[BookRows - 1 - i]!, price, amount, (sum += amount));
    }
    sum = 0;
    for (let i = 0; i < BookRows; i++) {
      const price = bids[i];
      const amount = price === undefined ? 0 : this.bids.get(price)!;
      fill(this.bookRows[BookRows + 1 + i]!, price, amount, (sum += amount));
    }
    const spread = asks[0] !== undefined && bids[0] !== undefined ? asks[0] - bids[0] : undefined;
    put(
      this.bookRows[BookRows]!,
      spread === undefined ? 'no two sides' : `spread ${f.price(spread, tick)}   mark ${f.price(this.ticker?.mark_price, tick)}`,
    );
  }

  // Amounts that stand between the middle and each price, within two per cent of it.
  private drawDepth(bids: number[], asks: number[]): void {
    if (bids[0] === undefined || asks[0] === undefined) {
      this.depth.replaceChildren();
      return;
    }
    const middle = (bids[0] + asks[0]) / 2;
    const reach = middle * 0.02;
    const line = (side: Map<number, number>, prices: number[]): [number, number][] => {
      let sum = 0;
      return prices.filter((p) => Math.abs(p - middle) <= reach).map((p) => [p, (sum += side.get(p)!)]);
    };
    const [left, right] = [line(this.bids, bids), line(this.asks, asks)];
    const top = Math.max(left[left.length - 1]?.[1] ?? 0, right[right.length - 1]?.[1] ?? 0, 1e-9);
    const x = (p: number): string => (((p - middle + reach) / (2 * reach)) * 100).toFixed(2);
    const y = (a: number): string => (38 - (a / top) * 36).toFixed(2);
    const area = (points: [number, number][], end: number): string => {
      let at = '38';
      const steps = points.map(([p, a]) => {
        const step = `L${x(p)},${at}L${x(p)},${y(a)}`;
        at = y(a);
        return step;
      });
      return points.length === 0 ? '' : `M${x(points[0]![0])},38${steps.join('')}L${end},${at}L${end},38Z`;
    };
    const paths = `<path class="up" d="${area(left, 0)}"/><path class="down" d="${area(right, 100)}"/>`;
    const drawing = `<svg viewBox="0 0 100 38" preserveAspectRatio="none">${paths}</svg>`;
    if (drawing !== this.depthDrawn) {
      this.depthDrawn = drawing;
      this.depth.innerHTML = drawing;
    }
  }

  private drawHead(): void {
    const t = this.ticker;
    if (t === undefined) {
      return;
    }
    const { tick } = this.instrument;
    put(
      this.status,
      t.state === 'open'
        ? ''
        : f.words(t.state) +
          (t.state_reason ? `: ${t.state_reason}` : '') +
          (t.indicative_auction ? `, would uncross at ${f.price(t.indicative_auction.price, tick)}` : ''),
    );
    const facts: [string, string, string?][] = [
      ['Mark', f.price(t.mark_price, tick)],
      ['Index', f.price(t.index_price, tick)],
      ['Last', f.price(t.last_price, tick)],
      ['24 h', t.stats.price_change === null ? '–' : `${f.signed(t.stats.price_change)}%`, f.tone(t.stats.price_change ?? 0)],
      ['24 h volume', `${f.short(t.stats.volume_notional)} ${this.instrument.quote}`],
      ['Open interest', `${f.amount(t.open_interest)} ${this.instrument.base}`],
    ];
    if (this.instrument.kind === 'option') {
      facts.push(
        ['Volatility', `${f.money(t.mark_iv)}%`],
        ['Delta', f.money(t.greeks?.delta ?? 0, 3)],
        ['Underlying', f.price(t.underlying_price, 0.01)],
      );
    } else if (this.instrument.expiry === 0) {
      facts.push(['Funding 8 h', f.percent(t.funding_8h ?? 0)]);
    }
    showFacts(this.facts, facts);
  }

  private takePrice(price: string | undefined): void {
    if (price) {
      this.price.value = price;
      this.askWhatIf();
    }
  }

  // Order entry.

  private entryForm(): HTMLElement {
    return h(
      'form',
      { onsubmit: (e: Event) => e.preventDefault() },
      h('h2', {}, 'Order'),
      h('label', { for: 'type' }, 'Type', this.type),
      h('label', { for: 'price' }, 'Price', this.price),
      h('label', { for: 'amount' }, 'Amount', this.amount),
      h('label', { for: 'tif' }, 'Lasts', this.tif),
      h(
        'div',
        { class: 'checks' },
        h('label', { for: 'post' }, this.post, 'Post only'),
        h('label', { for: 'reduce' }, this.reduce, 'Reduce only'),
      ),
      h('div', { class: 'sides' }, this.buy, this.sell),
      this.whatIf,
      h('p', { class: 'hint' }, 'Keys: m market, p price, a amount, b buy, s sell'),
    );
  }

  private typeChanged(): void {
    const market = this.type.value === 'market';
    this.price.disabled = market;
    this.tif.disabled = market;
    this.post.disabled = market;
    this.askWhatIf();
  }

  private askWhatIf(): void {
    clearTimeout(this.whatIfTimer);
    this.whatIfTimer = window.setTimeout(() => void this.showWhatIf(), 150);
  }

  private async showWhatIf(): Promise<void> {
    if (this.session.user === undefined || this.session.user.operator || !Number(this.amount.value)) {
      showFacts(this.whatIf, [
        ['Buy needs', '–'],
        ['Sell needs', '–'],
        ['Fee', '–'],
        ['Free after buy', '–'],
        ['Free after sell', '–'],
      ]);
      return;
    }
    const ask = (direction: string): Promise<any> =>
      this.session.venue.call('surety/what_if', {
        instrument_name: this.instrument.name,
        direction,
        amount: this.amount.value.trim(),
        reduce_only: this.reduce.checked,
        ...this.asLimit(),
      });
    try {
      const [buy, sell] = await Promise.all([ask('buy'), ask('sell')]);
      const needs = (r: any): string =>
        r.accepted
          ? `${f.money(Math.max(r.after.initial_margin - r.before.initial_margin, 0))} ${this.instrument.quote}`
          : r.missing
            ? `${f.money(r.missing)} ${this.instrument.quote} missing`
            : r.reason;
      const free = (r: any): string => (r.after ? f.money(r.after.margin_balance - r.after.initial_margin) : '–');
      showFacts(this.whatIf, [
        ['Buy needs', needs(buy), buy.accepted ? '' : 'down'],
        ['Sell needs', needs(sell), sell.accepted ? '' : 'down'],
        ['Fee', `${f.money(buy.fee ?? sell.fee, 4)} ${this.instrument.quote}`],
        ['Free after buy', free(buy)],
        ['Free after sell', free(sell)],
      ]);
    } catch (e) {
      showFacts(this.whatIf, [['Margin', (e as Error).message, 'down']]);
    }
  }

  private asLimit(): Record<string, unknown> {
    if (this.type.value === 'market' || !this.price.value) {
      return { type: 'market' };
    }
    return {
      type: 'limit',
      price: this.price.value.trim(),
      post_only: this.post.checked,
      reject_post_only: this.post.checked,
      time_in_force: { gtc: 'good_til_cancelled', ioc: 'immediate_or_cancel', fok: 'fill_or_kill', day: 'good_til_day' }[this.tif.value],
    };
  }

  private async send(buy: boolean): Promise<void> {
    if (this.session.user === undefined) {
      document.getElementById('account')!.click();
      return;
    }
    const i = this.instrument;
    const ticks = Number(this.price.value) / i.tick;
    const lots = Number(this.amount.value) / i.step;
    const market = this.type.value === 'market';
    if (!market && Math.abs(ticks - Math.round(ticks)) > 1e-6) {
      toast(`Price: a multiple of ${i.tick}`, 'bad');
      return;
    }
    if (!(lots > 0) || Math.abs(lots - Math.round(lots)) > 1e-6) {
      toast(`Amount: a multiple of ${i.step}`, 'bad');
      return;
    }
    const started = performance.now();
    try {
      await this.session.place(
        i,
        {
          market: i.number,
          buy,
          ticks: market ? 0n : BigInt(Math.round(ticks)),
          lots: BigInt(Math.round(lots)),
          marketOrder: market,
          postOnly: this.post.checked && !market,
          reduceOnly: this.reduce.checked,
          timeInForce: this.tif.value as 'gtc',
        },
        this.price.value.trim(),
        this.amount.value.trim(),
      );
      toast(
        `${buy ? 'Buy' : 'Sell'} ${this.amount.value} ${i.name}: accepted and on disk after ${Math.round(performance.now() - started)} ms`,
        'good',
      );
    } catch (e) {
      toast((e as Error).message, 'bad');
    }
  }

  // One's own.

  private tabBar(): HTMLElement {
    const bar = h('div', { role: 'tablist', class: 'tabs' });
    const add = (name: string, panel: HTMLElement): void => {
      const id = name.toLowerCase().replace(/\W/g, '-');
      panel.setAttribute('role', 'tabpanel');
      panel.setAttribute('aria-labelledby', `tab-${id}`);
      const button = h('button', { type: 'button', role: 'tab', id: `tab-${id}`, onclick: () => this.tab(button) }, name);
      this.tabs.push({ button, panel });
      bar.append(button);
    };
    add('Positions', h('div', {}, this.summary, this.positionTable.element));
    add('Orders', h('div', {}, h('p', { class: 'actions' }, this.cancelAll), this.orderTable.element));
    add('Fills', this.fillTable.element);
    add('Funding', this.fundingTable.element);
    add('Events', this.eventTable.element);
    this.tab(this.tabs[0]!.button);
    return bar;
  }

  private tab(chosen: HTMLButtonElement): void {
    for (const { button, panel } of this.tabs) {
      button.setAttribute('aria-selected', String(button === chosen));
      panel.hidden = button !== chosen;
    }
  }

  private userChanged(): void {
    this.accountStops.splice(0).forEach((s) => s());
    this.orders.clear();
    this.fills.clear();
    this.events.length = 0;
    this.positions = [];
    this.showOrders();
    this.showFills();
    this.showEvents();
    this.showPositions();
    showFacts(this.summary, [
      ['Equity', '–'],
      ['Free', '–'],
      ['Initial margin', '–'],
      ['Maintenance margin', '–'],
      ['Margin used', '–'],
    ]);
    this.askWhatIf();
    if (this.session.user === undefined || this.session.user.operator) {
      return;
    }
    const venue = this.session.venue;
    this.accountStops.push(
      venue.listen('user.orders.any.any.raw', (m) => {
        for (const order of Array.isArray(m.data) ? m.data : [m.data]) {
          if (['open', 'untriggered'].includes(order.order_state)) {
            this.orders.set(order.order_id, order);
          } else {
            this.orders.delete(order.order_id);
          }
        }
        this.showOrders();
      }),
      venue.listen('user.trades.any.any.raw', (m) => {
        for (const fill of m.data) {
          this.fills.set(fill.trade_id, fill);
        }
        this.showFills();
      }),
      venue.listen('user.events', (m) => {
        for (const event of Array.isArray(m.data) ? m.data : [m.data]) {
          this.events.unshift(event);
          if (m.snapshot !== true && ['liquidation_started', 'margin_called', 'position_transferred', 'loss_shared'].includes(event.type)) {
            toast(`${f.words(event.type)}${event.reason ? `: ${event.reason}` : ''}`, 'bad');
          }
        }
        this.events.length = Math.min(this.events.length, 200);
        this.showEvents();
      }),
      venue.listen(`user.portfolio.${this.instrument.quote}`, (m) => {
        this.showSummary(m.data);
        void this.loadPositions();
      }),
    );
  }

  private showSummary(a: any): void {
    const used = a.equity > 0 ? a.maintenance_margin / a.equity : 0;
    showFacts(this.summary, [
      ['Equity', `${f.money(a.equity)} ${a.currency}`],
      ['Free', f.money(a.available_funds)],
      ['Initial margin', f.money(a.initial_margin)],
      ['Maintenance margin', f.money(a.maintenance_margin)],
      ['Margin used', f.percent(used, 1), used > 0.8 ? 'down' : ''],
    ]);
  }

  private async loadPositions(): Promise<void> {
    this.positions = await this.session.venue.call<any[]>('private/get_positions').catch(() => this.positions);
    this.showPositions();
  }

  private showPositions(): void {
    const tick = (name: string): number => this.session.instruments.find((i) => i.name === name)?.tick ?? 0.01;
    this.positionTable.rows.show(
      this.positions.map((p) => [
        p.instrument_name,
        { text: f.amount(p.size), class: f.tone(p.size) },
        f.price(p.average_price, tick(p.instrument_name)),
        f.price(p.mark_price, tick(p.instrument_name)),
        { text: f.signed(p.floating_profit_loss), class: f.tone(p.floating_profit_loss) },
        f.price(p.estimated_liquidation_price, tick(p.instrument_name)),
        f.money(p.maintenance_margin),
        f.amount(p.delta),
        f.money(p.gamma),
        f.money(p.vega),
        f.money(p.theta),
        p.adl_of ? `${p.adl_place} of ${p.adl_of}` : '–',
        h('button', { type: 'button', onclick: () => void this.closePosition(p) }, 'Close'),
      ]),
      this.positions.map((p) => `${p.instrument_name} ${p.size}`),
    );
  }

  private async closePosition(p: any): Promise<void> {
    const i = this.session.instruments.find((x) => x.name === p.instrument_name)!;
    const lots = BigInt(Math.round(Math.abs(p.size) / i.step));
    try {
      await this.session.place(
        i,
        { market: i.number, buy: p.size < 0, ticks: 0n, lots, marketOrder: true, postOnly: false, reduceOnly: true, timeInForce: 'ioc' },
        '',
        String(Math.abs(p.size)),
      );
      toast(`${i.name}: closing order sent`, 'good');
    } catch (e) {
      toast((e as Error).message, 'bad');
    }
  }

  private showOrders(): void {
    const list = [...this.orders.values()].sort((a, b) => b.creation_timestamp - a.creation_timestamp);
    this.orderTable.rows.show(
      list.map((o) => [
        o.instrument_name,
        { text: o.direction, class: o.direction === 'buy' ? 'up' : 'down' },
        f.words(o.order_type) + (o.post_only ? ', post only' : '') + (o.reduce_only ? ', reduce only' : ''),
        typeof o.price === 'number' ? f.price(o.price, 0.01) : `trigger ${f.price(o.trigger_price, 0.01)}`,
        f.amount(o.amount),
        f.amount(o.filled_amount),
        f.time(o.creation_timestamp),
        h(
          'button',
          { type: 'button', onclick: () => void this.session.cancel(o.order_id).catch((e) => toast(e.message, 'bad')) },
          'Cancel',
        ),
      ]),
      list.map((o) => o.order_id),
    );
  }

  private showFills(): void {
    const list = [...this.fills.values()].sort((a, b) => Number(b.trade_id) - Number(a.trade_id)).slice(0, 100);
    this.fillTable.rows.show(
      list.map((t) => [
        f.time(t.timestamp),
        t.instrument_name,
        { text: t.direction, class: t.direction === 'buy' ? 'up' : 'down' },
        f.price(t.price, 0.01),
        f.amount(t.amount),
        `${f.money(t.fee, 4)} ${t.fee_currency}`,
        (t.liquidity === 'T' ? 'taker' : 'maker') + (t.liquidation ? ', liquidation' : ''),
        h(
          'button',
          { type: 'button', class: 'verify', onclick: (e: Event) => void this.proofs.fill(t, e.currentTarget as HTMLButtonElement) },
          'Verify',
        ),
      ]),
      list.map((t) => t.trade_id),
    );
  }

  private showEvents(): void {
    this.eventTable.rows.show(
      this.events.map((e) => [
        f.time(e.timestamp),
        f.words(e.type),
        f.describe(e),
        e.type === 'margin_called'
          ? h(
              'button',
              {
                type: 'button',
                class: 'verify',
                onclick: (x: Event) => void this.proofs.marginCall(e, x.currentTarget as HTMLButtonElement),
              },
              'Verify',
            )
          : '',
      ]),
      this.events.map((e) => `${e.sequence} ${e.type} ${JSON.stringify(e).length}`),
    );
  }
}
