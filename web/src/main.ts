import './style.css';
import { AuditPage } from './audit';
import { HeaderChain } from './chain';
import { dialog, h, put, toast } from './dom';
import { OperatePage } from './operate';
import { Session } from './session';
import { TradePage } from './trade';

const page = document.getElementById('page')!;
const link = document.getElementById('link')!;
const accountButton = document.getElementById('account')! as HTMLButtonElement;
const session = new Session();
const chain = new HeaderChain(session.venue);
let current: { element: HTMLElement; close(): void } | undefined;

chain.onBroken = (reason) => {
  session.venue.stopped = `No order is sent: ${reason}`;
  page.before(
    h(
      'div',
      { class: 'banner', role: 'alert' },
      h('strong', {}, 'This venue’s history has changed. '),
      `${reason}. No order is sent from this page any more. Ask the operator, and keep this page open: it holds what you saw.`,
    ),
  );
};

session.venue.onLink((up) => {
  put(link, up ? 'live' : 'reconnecting');
  link.className = up ? 'up' : 'down';
});

const theme = (value: string): void => {
  document.documentElement.dataset.theme = value;
  localStorage.setItem('surety-theme', value);
};
theme(localStorage.getItem('surety-theme') ?? (matchMedia('(prefers-color-scheme: light)').matches ? 'light' : 'dark'));
document.getElementById('theme')!.addEventListener('click', () => {
  theme(document.documentElement.dataset.theme === 'light' ? 'dark' : 'light');
  show();
});

function show(): void {
  current?.close();
  const name = location.hash.slice(2) || 'trade';
  document
    .querySelectorAll('#top nav a')
    .forEach((a) => (a.getAttribute('href') === `#/${name}` ? a.setAttribute('aria-current', 'page') : a.removeAttribute('aria-current')));
  current =
    name === 'operate' ? new OperatePage(session) : name === 'audit' ? new AuditPage(session, chain) : new TradePage(session, chain);
  page.replaceChildren(current.element);
  document.title = `Surety · ${name}`;
}

const attempt = async (work: () => Promise<unknown>, done: string, box?: HTMLDialogElement): Promise<void> => {
  try {
    await work();
    box?.close();
    if (done) {
      toast(done, 'good');
    }
  } catch (e) {
    toast((e as Error).message || String(e), 'bad');
  }
};

function logIn(): void {
  const id = h('input', { id: 'key-id', autocomplete: 'username' });
  const secret = h('input', { id: 'key-secret', type: 'password', autocomplete: 'current-password' });
  const box = dialog(
    'Log in',
    session.sandbox &&
      h(
        'section',
        {},
        h('h3', {}, 'New here'),
        h('p', {}, 'Opens an account with play money. Its key is made in this browser and never leaves it: your orders are signed here.'),
        h(
          'button',
          { type: 'button', class: 'primary', onclick: () => void attempt(() => session.openAccount(), 'Your account is open', box) },
          'Open a practice account',
        ),
      ),
    h(
      'section',
      {},
      h('h3', {}, 'With a passkey'),
      h('button', { type: 'button', onclick: () => void attempt(() => session.logInWithPasskey(), '', box) }, 'Use a passkey'),
    ),
    h(
      'form',
      {
        onsubmit: (e: Event) => {
          e.preventDefault();
          void attempt(() => session.logInWithSecret(id.value.trim(), secret.value.trim()), 'Logged in', box);
        },
      },
      h('h3', {}, 'With an API key'),
      h('label', { for: 'key-id' }, 'Id', id),
      h('label', { for: 'key-secret' }, 'Secret', secret),
      h('button', {}, 'Log in'),
    ),
  );
}

function account(): void {
  const user = session.user!;
  const made = h('p', { class: 'secret' });
  const box = dialog(
    user.operator ? 'Operator' : `Account ${user.account}`,
    h('p', {}, `Logged in ${user.how}.`),
    !user.operator &&
      h(
        'section',
        {},
        h('h3', {}, 'API key'),
        h(
          'p',
          {},
          'For programs, ccxt for example. The venue holds the key’s private half; what it may do stands in the ledger, signed by you.',
        ),
        h(
          'button',
          {
            type: 'button',
            onclick: () =>
              void attempt(async () => {
                const key = await session.makeApiKey('made in the terminal');
                made.textContent = `id ${key.id}\nsecret ${key.secret}\nThe secret is shown once.`;
              }, 'API key made'),
          },
          'Make an API key',
        ),
        made,
      ),
    !user.operator &&
      h(
        'section',
        {},
        h('h3', {}, 'Passkey'),
        h('p', {}, 'Logs in without a secret, from another device, too. Not at an address of digits: use localhost or a name.'),
        h(
          'button',
          {
            type: 'button',
            onclick: () => void attempt(() => (user.delegated ? session.registerPasskey() : session.makePasskey()), 'Passkey registered'),
          },
          'Add a passkey',
        ),
      ),
    h(
      'p',
      { class: 'actions' },
      h('button', { type: 'button', onclick: () => void attempt(() => session.logOut(false), 'Logged out', box) }, 'Log out'),
      !user.operator &&
        h(
          'button',
          {
            type: 'button',
            class: 'danger',
            onclick: () => {
              if (confirm('Forget the key in this browser? Without another key the account can never be reached again.')) {
                void attempt(() => session.logOut(true), 'Logged out', box);
              }
            },
          },
          'Log out and forget the key',
        ),
    ),
  );
}

accountButton.addEventListener('click', () => (session.user === undefined ? logIn() : account()));
session.onChange(() =>
  put(accountButton, session.user === undefined ? 'Log in' : session.user.operator ? 'Operator' : `Account ${session.user.account}`),
);
window.addEventListener('hashchange', show);
await session.start();
show();
