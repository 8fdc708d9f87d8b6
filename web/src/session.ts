// Who is using the page, and how its orders are signed.

import { Venue, VenueError } from './api';
import { concat, fromBase64, fromHex, toBase64 } from './bytes';
import { LastsMs, Signer, type NewOrder } from './commands';
import * as keys from './keys';
import { KeyScopes, SignsLogin } from './protocol';

export interface User {
  account: number;
  operator: boolean;
  delegated: boolean;
  how: string;
}

export interface Instrument {
  number: number;
  name: string;
  base: string;
  quote: string;
  kind: string;
  tick: number;
  step: number;
  expiry: number;
  strike?: number;
  state: string;
}

const ReadScope = KeyScopes.Read | KeyScopes.Trade | KeyScopes.Withdraw | KeyScopes.Admin;

export class Session {
  readonly venue = new Venue();
  user: User | undefined;
  hash = '';
  sandbox = false;
  instruments: Instrument[] = [];
  private signer: Signer | undefined;
  private own: keys.OwnKey | undefined;
  private refresh: { token: string; timer: number } | undefined;
  private credentials: { id: string; secret: string } | undefined;
  private readonly watchers = new Set<() => void>();

  onChange(watcher: () => void): () => void {
    this.watchers.add(watcher);
    return () => this.watchers.delete(watcher);
  }

  /** Reads what the venue is and logs the browser's own key in, if it has one. */
  async start(): Promise<void> {
    const about = await this.venue.call('surety/venue');
    this.hash = about.venue;
    this.sandbox = about.sandbox;
    await this.loadInstruments();
    this.venue.relogin = () => this.logInAgain();
    const stored = sessionStorage.getItem('surety-api-key');
    if (stored !== null) {
      const { id, secret } = JSON.parse(stored);
      await this.logInWithSecret(id, secret).catch(() => sessionStorage.removeItem('surety-api-key'));
    } else if ((await keys.load(this.hash)) !== undefined) {
      await this.logInWithOwnKey().catch(() => {});
    }
  }

  async loadInstruments(): Promise<void> {
    const list: any[] = await this.venue.call('public/get_instruments');
    this.instruments = list.map((i) => ({
      number: i.instrument_id,
      name: i.instrument_name,
      base: i.base_currency,
      quote: i.quote_currency,
      kind: i.kind,
      tick: i.tick_size,
      step: i.contract_size,
      expiry: i.settlement_period === 'perpetual' ? 0 : i.expiration_timestamp,
      strike: i.strike,
      state: i.state,
    }));
  }

  /** Opens an account with play money; its key is made here and stays here. */
  async openAccount(): Promise<void> {
    const pair = await keys.makePair();
    const opened = await this.venue.call('surety/open_account', { public_key: await keys.publicKey(pair) });
    await keys.save({ account: opened.account, key: opened.key, venue: this.hash, pair });
    await this.logInWithOwnKey();
  }

  async logInWithOwnKey(): Promise<void> {
    const own = await keys.load(this.hash);
    if (own === undefined) {
      throw new VenueError(0, 'no_key', 'this browser has no key for this venue');
    }
    const { challenge } = await this.venue.call('surety/challenge', { key: own.key });
    const message = concat(new TextEncoder().encode(SignsLogin), fromHex(this.hash), new TextEncoder().encode(challenge));
    const result = await this.venue.call('public/auth', {
      grant_type: 'surety_signature',
      key: own.key,
      challenge,
      signature: toBase64(await keys.sign(own.pair, message)),
    });
    const state = await this.venue.call('surety/key', { key: own.key });
    await keys.seen(own, BigInt(state.highest_nonce));
    this.own = own;
    this.signer = new Signer(own);
    this.credentials = undefined;
    this.enter(result, 'with the key in this browser');
  }

  async logInWithSecret(id: string, secret: string): Promise<void> {
    const result = await this.venue.call('public/auth', { grant_type: 'client_credentials', client_id: id, client_secret: secret });
    this.credentials = { id, secret };
    this.signer = undefined;
    sessionStorage.setItem('surety-api-key', JSON.stringify({ id, secret }));
    this.enter(result, `with API key ${id}`);
  }

  async logInWithPasskey(): Promise<void> {
    const { challenge } = await this.venue.call('surety/challenge');
    const found = (await navigator.credentials.get({
      publicKey: { challenge: fromBase64(challenge) as BufferSource, userVerification: 'preferred' },
    })) as PublicKeyCredential | null;
    if (found === null) {
      return;
    }
    const answer = found.response as AuthenticatorAssertionResponse;
    const result = await this.venue.call('public/auth', {
      grant_type: 'surety_passkey',
      credential_id: found.id,
      client_data: toBase64(new Uint8Array(answer.clientDataJSON)),
      authenticator_data: toBase64(new Uint8Array(answer.authenticatorData)),
      signature: toBase64(new Uint8Array(answer.signature)),
    });
    this.signer = undefined;
    this.enter(result, 'with a passkey');
  }

  /** Makes an API key and a passkey that stands for it; then goes on with the key in this browser. */
  async makePasskey(): Promise<void> {
    const { id, secret } = await this.makeApiKey('passkey');
    await this.logInWithSecret(id, secret);
    await this.registerPasskey();
    sessionStorage.removeItem('surety-api-key');
    await this.logInWithOwnKey();
  }

  /** Makes a passkey that logs in with the API key of this session. */
  async registerPasskey(): Promise<void> {
    const { challenge } = await this.venue.call('surety/challenge');
    const made = (await navigator.credentials.create({
      publicKey: {
        challenge: fromBase64(challenge) as BufferSource,
        rp: { name: 'Surety' },
        user: {
          id: new TextEncoder().encode(`account ${this.user!.account}`),
          name: `account ${this.user!.account}`,
          displayName: `Account ${this.user!.account}`,
        },
        pubKeyCredParams: [{ type: 'public-key', alg: -7 }],
        authenticatorSelection: { residentKey: 'required', userVerification: 'preferred' },
      },
    })) as PublicKeyCredential | null;
    if (made !== null) {
      const answer = made.response as AuthenticatorAttestationResponse;
      await this.venue.call('surety/register_passkey', {
        credential_id: made.id,
        public_key: toBase64(new Uint8Array(answer.getPublicKey()!)),
        client_data: toBase64(new Uint8Array(answer.clientDataJSON)),
      });
    }
  }

  /** Lets the venue hold a second key for programs; gives its id and, once, its secret. */
  async makeApiKey(name: string): Promise<{ id: string; secret: string }> {
    if (this.signer === undefined) {
      const made = await this.venue.call('private/create_api_key', {
        name,
        max_scope: 'trade:read_write wallet:read_write account:read_write',
      });
      return { id: made.client_id, secret: made.client_secret };
    }
    const { public_key } = await this.venue.call('surety/prepare_api_key');
    await this.submit((s, until) => s.addKey(fromBase64(public_key), ReadScope, until));
    const made = await this.venue.call('surety/finish_api_key', { public_key, name });
    return { id: made.client_id, secret: made.client_secret };
  }

  async logOut(forgetKey: boolean): Promise<void> {
    await this.venue.call('private/logout').catch(() => {});
    sessionStorage.removeItem('surety-api-key');
    if (forgetKey) {
      await keys.forget(this.hash);
    }
    this.user = undefined;
    this.signer = undefined;
    this.credentials = undefined;
    clearTimeout(this.refresh?.timer);
    this.refresh = undefined;
    this.watchers.forEach((w) => w());
  }

  /** Places an order: signed here with the browser's key, or by the venue for an API key. Returns the order's id. */
  async place(i: Instrument, order: NewOrder, price: string, amount: string): Promise<string> {
    if (this.signer !== undefined) {
      return (await this.submit((s, until) => s.place(order, until))).created;
    }
    const result = await this.venue.act(order.buy ? 'private/buy' : 'private/sell', {
      instrument_name: i.name,
      amount,
      type: order.marketOrder ? 'market' : 'limit',
      ...(order.marketOrder ? {} : { price }),
      post_only: order.postOnly,
      reject_post_only: order.postOnly,
      valid_until: Math.ceil(this.venue.now()) + LastsMs,
      reduce_only: order.reduceOnly,
      time_in_force: { gtc: 'good_til_cancelled', ioc: 'immediate_or_cancel', fok: 'fill_or_kill', day: 'good_til_day' }[
        order.marketOrder ? 'ioc' : order.timeInForce
      ],
    });
    return result.order.order_id;
  }

  async cancel(orderId: string): Promise<void> {
    if (this.signer !== undefined) {
      await this.submit((s, until) => s.cancel(orderId, until));
    } else {
      await this.venue.act('private/cancel', { order_id: orderId });
    }
  }

  async cancelAll(): Promise<void> {
    if (this.signer !== undefined) {
      await this.submit((s, until) => s.cancelAll(until));
    } else {
      await this.venue.act('private/cancel_all');
    }
  }

  // It lapses seconds after it was asked for, however long signing or the way takes. Signed again once where the nonce was taken: by this
  // key in another browser, or before its storage was lost. What was refused did nothing.
  private async submit(make: (signer: Signer, untilMs: number) => Promise<string>): Promise<any> {
    const until = Math.ceil(this.venue.now()) + LastsMs;
    for (let attempt = 1; ; attempt++) {
      const signer = this.signer!;
      if (!this.venue.live) {
        throw new VenueError(0, 'not_live', 'not connected: nothing was sent');
      }
      const [outcome] = await this.venue.act<any[]>('surety/submit', { commands: await make(signer, until) });
      if (outcome.code === 0) {
        return outcome;
      }
      if (outcome.refusal !== 'NonceUsed' || attempt === 2) {
        throw new VenueError(outcome.code, outcome.refusal, outcome.reason);
      }
      await keys.seen(this.own!, BigInt((await this.venue.act('surety/key', { key: signer.key })).highest_nonce));
    }
  }

  private async logInAgain(): Promise<void> {
    if (this.user !== undefined && this.credentials === undefined && this.signer === undefined && this.refresh !== undefined) {
      this.keepLoggedIn(await this.venue.call('public/auth', { grant_type: 'refresh_token', refresh_token: this.refresh.token }));
      return;
    }
    if (this.credentials !== undefined) {
      const { id, secret } = this.credentials;
      this.keepLoggedIn(await this.venue.call('public/auth', { grant_type: 'client_credentials', client_id: id, client_secret: secret }));
    } else if (this.signer !== undefined) {
      await this.logInWithOwnKey();
    }
  }

  // A log-in lasts minutes, and private channels end with it: before that it is refreshed on the same connection, which carries them on.
  private keepLoggedIn(result: any): void {
    clearTimeout(this.refresh?.timer);
    const timer = window.setTimeout(() => {
      void this.venue.call('public/auth', { grant_type: 'refresh_token', refresh_token: result.refresh_token }).then(
        (next) => this.keepLoggedIn(next),
        () => this.logInAgain().catch(() => {}),
      );
    }, result.expires_in * 667);
    this.refresh = { token: result.refresh_token, timer };
  }

  private enter(result: any, how: string): void {
    this.keepLoggedIn(result);
    this.user = { account: result.account, operator: result.operator, delegated: result.delegated, how };
    this.watchers.forEach((w) => w());
  }
}
