// The operator's page: how the venue stands at a glance, and the levers.

import { h, put, showFacts, table, toast } from './dom';
import * as f from './format';
import type { Session } from './session';

const Seconds = 60;

export class OperatePage {
  readonly element = h('div', { class: 'operate' });
  private readonly stops: (() => void)[] = [];
  private timer = 0;
  private last: { commands: number; at: number } | undefined;
  private readonly rates: number[] = [];
  private readonly verdict = h('p', { class: 'verdict', role: 'status' });
  private readonly facts = h('dl', { class: 'facts big' });
  private readonly rate = h('div', { class: 'spark', role: 'img', 'aria-label': 'Commands a second in the last minute' });
  private readonly heat = h('div', { class: 'heat' });
  private readonly pools = table(
    'Pools',
    ['Pool', 'Insurance fund', 'Fees', 'Equity of all accounts', 'Maintenance of all', 'Deficits', 'Losses shared'],
    'no pools',
  );
  private readonly assets = table('Assets', ['Asset', 'Held by the venue', 'Waiting to be withdrawn'], 'no assets');
  private readonly withdrawals = table('Withdrawals under way', ['Number', 'Account', 'Amount', 'To', 'State', 'Asked', ''], 'none');
  private readonly indexes = table('Price sources', ['Index', 'State', 'Price', 'Dispersion', 'Quorum', 'Sources'], 'no indices');
  private readonly markets = table('Markets', ['Market', 'State', 'Why', 'Open interest', ''], 'no markets');
  private readonly log = table('Events', ['Time', 'Market', 'What', 'Details'], 'nothing has happened yet');
  private readonly did = table('Operator’s log', ['Time', 'Command', 'What', 'Outcome'], 'nothing yet');
  private readonly events: any[] = [];

  constructor(private readonly session: Session) {
    this.stops.push(session.onChange(() => this.show()));
    this.show();
  }

  close(): void {
    clearInterval(this.timer);
    this.stops.forEach((s) => s());
  }

  private show(): void {
    clearInterval(this.timer);
    if (!this.session.user?.operator) {
      this.element.replaceChildren(
        h(
          'section',
          { class: 'login' },
          h('h1', {}, 'For the venue’s operator'),
          h(
            'p',
            {},
            'Log in with the id and secret that the node wrote to identity/operator-login.txt in its directory when it made the venue; ' +
              'or, where your key is kept elsewhere, with an API key that surety account api-key made for it.',
          ),
          h('button', { type: 'button', onclick: () => document.getElementById('account')!.click() }, 'Log in'),
        ),
      );
      return;
    }
    this.element.replaceChildren(
      h('section', { class: 'wide' }, this.verdict, this.facts, this.rate),
      h(
        'section',
        { class: 'wide' },
        h('h2', {}, 'Accounts by distance to maintenance margin'),
        h('p', { class: 'hint' }, 'Equity over maintenance margin, and how much margin stands behind it.'),
        this.heat,
      ),
      h('section', {}, h('h2', {}, 'Solvency'), this.pools.element, this.assets.element),
      h('section', {}, h('h2', {}, 'Withdrawals under way'), this.withdrawals.element),
      h('section', {}, h('h2', {}, 'Markets and breakers'), this.markets.element),
      h('section', {}, h('h2', {}, 'Price sources'), this.indexes.element),
      h('section', {}, h('h2', {}, 'Levers'), this.listForm(), this.changeForm()),
      h('section', { class: 'wide' }, h('h2', {}, 'What the operator did'), this.did.element),
      h('section', { class: 'wide' }, h('h2', {}, 'Liquidations, halts, auctions'), this.log.element),
    );
    this.timer = window.setInterval(() => void this.refresh(), 1000);
    void this.refresh();
    this.stops.push(
      this.session.venue.listen('surety.events', (m) => {
        for (const e of Array.isArray(m.data) ? m.data : [m.data]) {
          this.events.unshift(e);
        }
        this.events.length = Math.min(this.events.length, 60);
        this.log.rows.show(
          this.events.map((e) => [f.time(e.timestamp), e.instrument_name ?? e.index_name ?? '', f.words(e.type), f.describe(e)]),
        );
      }),
    );
  }

  private async refresh(): Promise<void> {
    const x: any = await this.session.venue.call('surety/operator_health').catch(() => undefined);
    if (x === undefined) {
      put(this.verdict, 'The venue does not answer.');
      this.verdict.className = 'verdict bad';
      return;
    }
    const now = performance.now();
    if (this.last !== undefined) {
      this.rates.push(((x.commands - this.last.commands) / (now - this.last.at)) * 1000);
      this.rates.splice(0, this.rates.length - Seconds);
    }
    this.last = { commands: x.commands, at: now };
    const worried = x.markets.filter((m: any) => m.state !== 'open');
    const doubtful = x.indexes.filter((i: any) => i.state !== 'Good');
    const deficits = x.pools.reduce((s: number, p: any) => s + p.deficits, 0);
    const good = x.ready && x.conservation === 'holds' && deficits === 0 && worried.length === 0 && doubtful.length === 0;
    put(
      this.verdict,
      good
        ? 'Every account is solvent, every balance adds up, every market trades.'
        : [
            x.ready ? '' : 'The venue takes no requests.',
            x.conservation === 'holds' ? '' : `Balances do not add up: ${x.conservation}.`,
            deficits > 0 ? `Accounts owe ${f.money(deficits)} that they do not have.` : '',
            worried.length > 0 ? `${worried.length} market${worried.length === 1 ? ' does' : 's do'} less than trade.` : '',
            doubtful.length > 0 ? `${doubtful.length} ${doubtful.length === 1 ? 'index is' : 'indices are'} in doubt.` : '',
          ]
            .filter(Boolean)
            .join(' '),
    );
    this.verdict.className = `verdict ${good ? 'good' : 'bad'}`;
    showFacts(this.facts, [
      ['Commands a second', this.rates.length > 0 ? Math.round(this.rates[this.rates.length - 1]!).toLocaleString('en-US') : '–'],
      ['To durable, median', `≤ ${x.latency_p50_ms} ms`],
      ['To durable, 99%', `≤ ${x.latency_p99_ms} ms`],
      ['Waiting', String(x.queued)],
      ['Connections', String(x.connections)],
      ['Block', String(x.height)],
      ['Accounts', String(x.accounts)],
      ['Trades', x.trades.toLocaleString('en-US')],
      ['Refused', x.refusals.toLocaleString('en-US')],
      ['Last start', `${x.recovery_s} s`],
    ]);
    const top = Math.max(...this.rates, 1);
    this.rate.replaceChildren(
      ...this.rates.map((r) => h('i', { style: `height:${Math.max((r / top) * 100, 2)}%`, title: `${Math.round(r)} a second` })),
    );
    this.showHeat(x.pools);
    void this.showLog();
    this.pools.rows.show(
      x.pools.map((p: any) => [
        p.name,
        `${f.money(p.insurance_fund)} ${p.currency}`,
        f.money(p.fees),
        f.money(p.equity),
        f.money(p.maintenance_margin),
        { text: f.money(p.deficits), class: p.deficits > 0 ? 'down' : '' },
        f.money(p.shared_loss),
      ]),
    );
    this.assets.rows.show(x.assets.map((a: any) => [a.currency, f.money(a.held, 4), f.money(a.pending_withdrawals, 4)]));
    await this.showWithdrawals();
    this.indexes.rows.show(
      x.indexes.map((i: any) => [
        i.name,
        { text: i.state, class: i.state === 'Good' ? 'up' : 'down' },
        f.money(i.price, 4),
        f.money(i.dispersion, 4),
        String(i.quorum),
        i.sources.map((s: any) => `${s.fresh ? '●' : '○'} ${f.money(s.price, i.price < 10 ? 4 : 2)}`).join('   '),
      ]),
    );
    const shown = [...worried, ...x.markets.filter((m: any) => m.state === 'open')];
    this.markets.rows.show(
      shown.map((m: any) => [
        m.instrument_name,
        { text: f.words(m.state), class: m.state === 'open' ? 'up' : 'down' },
        m.reason + (m.until ? `, until ${f.time(m.until)}` : ''),
        f.amount(m.open_interest),
        h(
          'span',
          { class: 'levers' },
          m.state === 'halted' || m.state === 'reduce_only' || m.reason.includes('Operator')
            ? h('button', { type: 'button', onclick: () => void this.lever('resume', m.instrument_name) }, 'Resume through auction')
            : h('button', { type: 'button', class: 'danger', onclick: () => void this.lever('halt', m.instrument_name) }, 'Halt'),
        ),
      ]),
      shown.map((m: any) => `${m.instrument_name} ${m.state}`),
    );
  }

  // Custody pays what is confirmed, then says so here; what is not confirmed can only be given back.
  private async showWithdrawals(): Promise<void> {
    const list: any = await this.session.venue.call('surety/operator_withdrawals').catch(() => []);
    this.withdrawals.rows.show(
      list.map((w: any) => [
        w.id,
        String(w.account),
        `${f.money(w.amount, 4)} ${w.currency}`,
        w.address,
        f.words(w.surety_state),
        f.day(w.created_timestamp),
        h(
          'span',
          { class: 'levers' },
          ...(w.surety_state === 'approved'
            ? [h('button', { type: 'button', onclick: () => void this.settle(w, true) }, 'It was paid')]
            : []),
          h('button', { type: 'button', class: 'danger', onclick: () => void this.settle(w, false) }, 'Give back'),
        ),
      ]),
      list.map((w: any) => `${w.id} ${w.surety_state}`),
    );
  }

  private async settle(w: any, paid: boolean): Promise<void> {
    const what = `${f.money(w.amount, 4)} ${w.currency} to ${w.address}`;
    if (
      confirm(
        paid
          ? `Say that ${what} has left the venue? That is final.`
          : `Give ${what} back to account ${w.account}? Only if it was not sent.`,
      )
    ) {
      await this.run('surety/operator_confirm_withdrawal', { withdrawal: w.id, paid }, `${what}: ${paid ? 'paid' : 'given back'}`);
    }
  }

  private async showLog(): Promise<void> {
    const rows: any[] = await this.session.venue.call('surety/operator_log', { count: 30 }).catch(() => []);
    this.did.rows.show(
      rows.map((r) => [
        f.time(r.timestamp),
        String(r.sequence),
        r.command,
        { text: r.code === 0 ? 'accepted' : `refused: ${r.reason}`, class: r.code === 0 ? 'up' : 'down' },
      ]),
    );
  }

  private showHeat(pools: any[]): void {
    const cells = pools.flatMap((p) => p.distances.map((d: any, k: number) => ({ pool: p, d, k })));
    const most = Math.max(...cells.map((c) => c.d.accounts), 1);
    this.heat.replaceChildren(
      ...cells.map(({ pool, d, k }) => {
        const strength = d.accounts === 0 ? 0 : 0.15 + 0.85 * (Math.log1p(d.accounts) / Math.log1p(most));
        const hue = Math.min(k * 15, 130);
        return h(
          'div',
          {
            class: 'cell',
            style: `background: hsl(${hue} 65% 45% / ${strength})`,
            title: `${pool.name}: ${d.accounts} accounts, margin ${f.money(d.notional)}`,
          },
          h('b', {}, String(d.accounts)),
          h('span', {}, d.to ? `${d.from}–${d.to}×` : `over ${d.from}×`),
          h('small', {}, f.short(d.notional)),
        );
      }),
    );
  }

  private async lever(what: string, market: string): Promise<void> {
    if (what === 'halt' && !confirm(`Halt ${market}? Orders can then be cancelled, not placed. It opens again through a call auction.`)) {
      return;
    }
    await this.run(`surety/operator_${what}`, { instrument_name: market }, `${market}: ${what}`);
  }

  private listForm(): HTMLElement {
    const name = h('input', { id: 'list-name', placeholder: 'BTC_USDC-25DEC26' });
    const like = h(
      'select',
      { id: 'list-like' },
      ...this.session.instruments.filter((i) => i.kind === 'future').map((i) => h('option', { value: i.name }, i.name)),
    );
    const index = h('input', { id: 'list-index', placeholder: 'BTC_USDC', required: true });
    const expiry = h('input', { id: 'list-expiry', type: 'datetime-local' });
    return h(
      'form',
      {
        onsubmit: (e: Event) => {
          e.preventDefault();
          void this.run(
            'surety/operator_list_market',
            {
              instrument_name: name.value.trim(),
              like: like.value,
              index_name: index.value.trim(),
              ...(expiry.value ? { expiry: Date.parse(`${expiry.value}Z`) } : {}),
            },
            `${name.value}: listed`,
          ).then(() => this.session.loadInstruments());
        },
      },
      h('h3', {}, 'List a market'),
      h('label', { for: 'list-name' }, 'Name', name),
      h('label', { for: 'list-like' }, 'With the terms of', like),
      h('label', { for: 'list-index' }, 'On the index', index),
      h('label', { for: 'list-expiry' }, 'Settles (UTC; empty for a perpetual)', expiry),
      h('button', {}, 'List'),
    );
  }

  private changeForm(): HTMLElement {
    const market = h(
      'select',
      { id: 'change-market' },
      ...this.session.instruments.filter((i) => i.kind === 'future').map((i) => h('option', { value: i.name }, i.name)),
    );
    const initial = h('input', { id: 'change-initial', inputmode: 'decimal', placeholder: '0.05' });
    const maintenance = h('input', { id: 'change-maintenance', inputmode: 'decimal', placeholder: '0.025' });
    return h(
      'form',
      {
        onsubmit: (e: Event) => {
          e.preventDefault();
          void this.run(
            'surety/operator_change_market',
            {
              instrument_name: market.value,
              ...(initial.value ? { initial_margin_rate: initial.value } : {}),
              ...(maintenance.value ? { maintenance_margin_rate: maintenance.value } : {}),
            },
            `${market.value}: change posted, acts in an hour unless it would liquidate an account`,
          );
        },
      },
      h('h3', {}, 'Post a change of terms'),
      h('label', { for: 'change-market' }, 'Market', market),
      h('label', { for: 'change-initial' }, 'Initial margin rate', initial),
      h('label', { for: 'change-maintenance' }, 'Maintenance margin rate', maintenance),
      h('button', {}, 'Post'),
    );
  }

  private async run(method: string, params: Record<string, unknown>, done: string): Promise<void> {
    try {
      await this.session.venue.act(method, params);
      toast(done, 'good');
      await this.refresh();
    } catch (e) {
      toast((e as Error).message, 'bad');
    }
  }
}
