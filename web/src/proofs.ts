// What a Verify button does: it asks for a proof, checks it here, and shows what was found.

import { fromBase64 } from './bytes';
import { checkCertificate, type Scales } from './certificate-check';
import type { HeaderChain } from './chain';
import { dialog, h, put } from './dom';
import { amount, price } from './format';
import type { Session } from './session';
import { checkReceipt } from './verify';

export class Proofs {
  constructor(
    private readonly session: Session,
    private readonly chain: HeaderChain,
  ) {}

  async fill(fill: any, button: HTMLButtonElement): Promise<void> {
    await this.verifying(button, `Fill ${fill.trade_id}`, async () => {
      const receipt = await this.session.venue.call('surety/get_receipt', { sequence: fill.sequence, trade_id: fill.trade_id });
      const trusted = await this.chain.trusted(receipt.height);
      const i = this.session.instruments.find((x) => x.name === fill.instrument_name)!;
      const lines = await checkReceipt(receipt, trusted.hash, {
        tradeId: fill.trade_id,
        account: fill.account,
        ticks: BigInt(Math.round(fill.price / i.tick)),
        lots: BigInt(fill.contracts),
        words: `${price(fill.price, i.tick)} ${i.quote} for ${amount(fill.amount)} ${i.base}`,
      });
      return [...lines, `The block is trusted because ${trusted.how}.`];
    });
  }

  async marginCall(event: any, button: HTMLButtonElement): Promise<void> {
    await this.verifying(button, `Margin call at command ${event.sequence}`, async () => {
      const found = await this.session.venue.call('surety/get_certificate', { sequence: event.sequence });
      const trusted = await this.chain.trusted(found.height);
      const lines = await checkCertificate(fromBase64(found.certificate), trusted.hash, this.session.user!.account, await this.scales());
      return [...lines, `The block is trusted because ${trusted.how}.`];
    });
  }

  // What a tick, a lot and an atom are: for showing what was proven, not for proving it.
  private async scales(): Promise<Scales> {
    const [assets, indexes]: [any[], any[]] = await Promise.all([
      this.session.venue.call('public/get_currencies'),
      this.session.venue.call('surety/get_indexes'),
    ]);
    return {
      market: (number) => this.session.instruments.find((x) => x.number === number),
      asset: (number) => ({ name: assets[number]?.currency ?? `asset ${number}`, decimals: assets[number]?.decimals ?? 0 }),
      indexDecimals: (number) => indexes[number]?.decimals ?? 0,
    };
  }

  // What happened just now is in a block a second later, and its header here a moment after that.
  private async onceSealed(work: () => Promise<string[]>): Promise<string[]> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await work();
      } catch (e) {
        if (attempt === 8 || !/retry|newer|sealed/.test(`${(e as any).short ?? ''} ${(e as Error).message}`)) {
          throw e;
        }
        await new Promise((done) => setTimeout(done, 1000));
      }
    }
  }

  private async verifying(button: HTMLButtonElement, title: string, work: () => Promise<string[]>): Promise<void> {
    button.disabled = true;
    put(button, '…');
    try {
      const lines = await this.onceSealed(work);
      put(button, 'Verified ✓');
      button.classList.add('good');
      dialog(`${title}: verified in this browser`, h('ul', { class: 'proof' }, ...lines.map((l) => h('li', {}, l))));
    } catch (e) {
      put(button, 'Not verified ✗');
      button.classList.add('bad');
      dialog(`${title}: not verified`, h('p', {}, (e as Error).message));
    } finally {
      button.disabled = false;
    }
  }
}
