// The auditor's page: blocks as they are made, a search, and proofs to take away.

import type { HeaderChain } from './chain';
import { fromBase64 } from './bytes';
import { h, put, table, toast } from './dom';
import * as f from './format';
import type { Session } from './session';
import { check, checkRecord, readProof, readRecord } from './verify';

export class AuditPage {
  readonly element = h('div', { class: 'audit' });
  private readonly blocks = table('Blocks', ['Height', 'Time', 'Commands', 'First command', 'Hash', 'State root', ''], 'no block yet');
  private readonly held = h('p', { class: 'hint' });
  private readonly list: any[] = [];
  private readonly text = h('input', {
    id: 'search',
    placeholder: 'Block height or hash, command, order, account',
    'aria-label': 'Search',
  });
  private readonly found = h('div', { class: 'found', 'aria-live': 'polite' });

  constructor(
    private readonly session: Session,
    private readonly chain: HeaderChain,
  ) {
    this.element.append(
      h(
        'section',
        { class: 'wide' },
        h('h1', {}, 'Blocks'),
        this.held,
        h(
          'form',
          {
            class: 'search',
            onsubmit: (e: Event) => {
              e.preventDefault();
              void this.search(this.text.value.trim());
            },
          },
          this.text,
          h('button', {}, 'Search'),
        ),
        this.found,
        this.blocks.element,
      ),
      h(
        'section',
        { class: 'wide' },
        h('h2', {}, 'Check everything yourself'),
        h('p', {}, 'With the venue’s directory, execute every command again and compare every block:'),
        h('pre', {}, './surety verify DIR --audit'),
        h('pre', {}, './surety check-proof FILE --block HASH'),
        h(
          'p',
          {},
          'A proof downloaded here is checked without the venue: its bytes are laid out in docs/protocol.md, and two programs that ' +
            'share no code check them, this page with WebCrypto and Surety.Proofs in C#.',
        ),
      ),
    );
    chain.onBlock = (block) => {
      this.list.unshift(block);
      this.list.length = Math.min(this.list.length, 25);
      this.show();
    };
    void session.venue
      .call<any[]>('surety/get_blocks', { count: 25 })
      .then((blocks) => {
        this.list.push(...blocks.filter((b) => !this.list.some((k) => k.height === b.height)));
        this.show();
      })
      .catch((e) => toast(e.message, 'bad'));
  }

  close(): void {
    this.chain.onBlock = () => {};
  }

  private show(): void {
    put(
      this.held,
      `This page holds ${this.chain.count} header${this.chain.count === 1 ? '' : 's'} that it took down itself; ` +
        'proofs are checked against these.',
    );
    this.list.sort((a, b) => b.height - a.height);
    this.blocks.rows.show(
      this.list
        .slice(0, 25)
        .map((b) => [
          String(b.height),
          f.day(b.timestamp),
          String(b.commands),
          String(b.first_sequence),
          { text: b.hash, class: 'hash' },
          { text: b.state_root, class: 'hash' },
          h('button', { type: 'button', onclick: () => save(`block-${b.height}.header`, fromBase64(b.header)) }, 'Header'),
        ]),
      this.list.map((b) => b.hash),
    );
  }

  private async search(text: string): Promise<void> {
    if (text === '') {
      return;
    }
    try {
      const x = await this.session.venue.call('surety/search', { text });
      const parts: HTMLElement[] = [];
      if (x.block) {
        parts.push(
          card(
            `Block ${x.block.height}`,
            [
              ['Hash', x.block.hash],
              ['Follows', x.block.previous],
              ['Time', f.day(x.block.timestamp)],
              ['Commands', `${x.block.commands} from ${x.block.first_sequence}`],
              ['State root', x.block.state_root],
            ],
            h(
              'button',
              { type: 'button', onclick: (e: Event) => void this.proveBlock(x.block, e.currentTarget as HTMLButtonElement) },
              'Verify here',
            ),
            h(
              'button',
              { type: 'button', onclick: () => save(`block-${x.block.height}.header`, fromBase64(x.block.header)) },
              'Download header',
            ),
          ),
        );
      }
      if (x.command && x.command.kind === undefined) {
        parts.push(
          card(`Command ${x.command.sequence}`, [
            ['Block', `${x.command.height}`],
            ['What', 'its account’s to see: log in as that to prove it'],
          ]),
        );
      } else if (x.command) {
        parts.push(
          card(
            `Command ${x.command.sequence}`,
            [
              ['What', x.command.kind],
              ['Account', String(x.command.account)],
              ['Key', String(x.command.key)],
              ['Time', f.day(x.command.timestamp)],
              ['Block', `${x.command.height}`],
              ['Events', x.command.events.join(', ') || 'none'],
            ],
            h(
              'button',
              { type: 'button', onclick: (e: Event) => void this.prove(x.command.sequence, e.currentTarget as HTMLButtonElement) },
              'Verify here',
            ),
            h('button', { type: 'button', onclick: () => void this.download(x.command.sequence) }, 'Download proof'),
          ),
        );
      }
      if (x.order) {
        parts.push(
          card('Order', [
            ['Market', x.order.instrument_name],
            ['State', x.order.order_state ?? 'its owner’s to see'],
            ['Last changed by command', String(x.order.sequence)],
          ]),
        );
      }
      if (x.account !== undefined) {
        const may = this.session.user?.operator || this.session.user?.account === x.account;
        parts.push(
          card(
            `Account ${x.account}`,
            [
              [
                'Proof',
                may ? 'of its balances and positions, against the next block' : 'its owner, logged in, can prove it against a block',
              ],
            ],
            ...(may ? [h('button', { type: 'button', onclick: () => void this.downloadAccount(x.account) }, 'Download proof')] : []),
          ),
        );
      }
      this.found.replaceChildren(...(parts.length > 0 ? parts : [h('p', {}, `Nothing is known under ${text}.`)]));
    } catch (e) {
      toast((e as Error).message, 'bad');
    }
  }

  private async prove(sequence: number, button: HTMLButtonElement): Promise<void> {
    try {
      const receipt = await this.session.venue.call('surety/get_receipt', { sequence });
      const trusted = await this.chain.trusted(receipt.height);
      await checkRecord(await readRecord(fromBase64(receipt.command_proof)), trusted.hash);
      if (receipt.event_proof) {
        await checkRecord(await readRecord(fromBase64(receipt.event_proof)), trusted.hash);
      }
      put(button, 'Verified ✓');
      toast(`Command ${sequence} is in block ${receipt.height}; ${trusted.how}.`, 'good');
    } catch (e) {
      put(button, 'Not verified ✗');
      toast((e as Error).message, 'bad');
    }
  }

  private async proveBlock(block: any, button: HTMLButtonElement): Promise<void> {
    try {
      const trusted = await this.chain.trusted(block.height);
      if (trusted.hash !== block.hash) {
        throw new Error(`block ${block.height} is ${trusted.hash.slice(0, 16)}… in the chain that this page holds`);
      }
      put(button, 'Verified ✓');
      toast(`Block ${block.height} is in the chain; ${trusted.how}.`, 'good');
    } catch (e) {
      put(button, 'Not verified ✗');
      toast((e as Error).message, 'bad');
    }
  }

  private async downloadAccount(account: number): Promise<void> {
    try {
      const found = await this.session.venue.call('surety/get_account_proof', { account });
      const trusted = await this.chain.trusted(found.height).catch(async () => {
        await new Promise((done) => setTimeout(done, 1500));
        return this.chain.trusted(found.height);
      });
      for (const [name, proof] of [
        ['account', found.account_proof],
        ['positions', found.positions_proof],
      ] as [string, string][]) {
        await check(await readProof(fromBase64(proof)), trusted.hash);
        save(`${name}-${account}-block-${found.height}.proof`, fromBase64(proof));
      }
      toast(`Account ${account} is proven against block ${found.height}; ${trusted.how}.`, 'good');
    } catch (e) {
      toast((e as Error).message, 'bad');
    }
  }

  private async download(sequence: number): Promise<void> {
    const receipt = await this.session.venue.call('surety/get_receipt', { sequence });
    save(`command-${sequence}.proof`, fromBase64(receipt.command_proof));
    if (receipt.event_proof) {
      save(`event-${sequence}.proof`, fromBase64(receipt.event_proof));
    }
  }
}

function card(title: string, rows: [string, string][], ...actions: HTMLElement[]): HTMLElement {
  return h(
    'article',
    {},
    h('h3', {}, title),
    h('dl', {}, ...rows.map(([k, v]) => h('div', {}, h('dt', {}, k), h('dd', {}, v)))),
    h('p', { class: 'actions' }, ...actions),
  );
}

function save(name: string, bytes: Uint8Array): void {
  const url = URL.createObjectURL(new Blob([bytes as BlobPart], { type: 'application/octet-stream' }));
  h('a', { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 1000);
}
