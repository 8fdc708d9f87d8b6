// The web terminal in a real browser, as a new user, as the operator and as an auditor have it:
//   node terminal.mjs http://127.0.0.1:8080 OPERATOR_ID OPERATOR_SECRET [FOLDER_FOR_SCREENSHOTS]
// What the page does while the venue is away is tried behind a gate on another port, which can be shut.
import { chromium } from 'playwright-core';
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import net from 'node:net';

const [url, operatorId, operatorSecret, shots] = process.argv.slice(2);
const executablePath = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find((p) => existsSync(p));
const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });
const problems = [];
let passed = 0;
const open = async (options = {}) => {
  const context = await browser.newContext({ viewport: { width: 1440, height: 950 }, ...options });
  const page = await context.newPage();
  page.on('pageerror', (e) => problems.push(e.message));
  page.on('console', (m) => m.type() === 'error' && problems.push(m.text()));
  return page;
};
const works = async (name, test) => {
  try {
    await test();
    passed++;
    console.log(`ok   ${name}`);
  } catch (e) {
    console.log(`FAIL ${name}: ${e.stack}`);
    await trader.screenshot({ path: '/tmp/surety-terminal-failure.png' }).catch(() => {});
    await browser.close();
    process.exit(1);
  }
};
const shot = (page, name) => (shots ? page.screenshot({ path: `${shots}/${name}.png` }) : undefined);
const text = (page, selector) => page.locator(selector).innerText();

// A market in an auction or in doubt refuses: a person would try again.
const buyUntil = async (page, done) => {
  for (let i = 0; i < 30; i++) {
    await page.click('#buy');
    await page.waitForTimeout(1500);
    if (await page.evaluate(done)) {
      return;
    }
  }
  assert.fail('no order was filled');
};

const trader = await open({ colorScheme: 'dark' });
await works('the page shows a live book before anyone logs in', async () => {
  await trader.goto(url);
  await trader.waitForSelector('.book .bid span:not(:empty)');
  await trader.waitForSelector('.book .ask span:not(:empty)');
  await trader.waitForFunction(() => document.getElementById('link').textContent === 'live');
});
await works('another market and another resolution are shown, and the first again', async () => {
  const told = [];
  const session = await trader.context().newCDPSession(trader);
  await session.send('Network.enable');
  session.on('Network.webSocketFrameSent', ({ response }) => told.push(response.payloadData));
  const first = await trader.inputValue('#market');
  await trader.selectOption('#market', 'ETH_USDC-PERPETUAL');
  await trader.waitForSelector('.book .bid span:not(:empty)');
  await trader.click('.resolutions button:has-text("5m")');
  assert.equal(await trader.getAttribute('.resolutions button:has-text("5m")', 'aria-pressed'), 'true');
  assert.equal(await trader.getAttribute('.resolutions button:has-text("1m")', 'aria-pressed'), 'false');
  await trader.selectOption('#market', first);
  await trader.waitForSelector('.book .ask span:not(:empty)');
  const asked = (method, channel) => told.some((t) => t.includes(`/${method}"`) && t.includes(`"${channel}"`));
  for (const channel of ['chart.trades.ETH_USDC-PERPETUAL.1', 'chart.trades.ETH_USDC-PERPETUAL.5', 'book.ETH_USDC-PERPETUAL.100ms']) {
    assert.ok(asked('subscribe', channel) && asked('unsubscribe', channel), channel);
  }
  assert.ok(asked('subscribe', `chart.trades.${first}.5`));
});
await works('a new user opens an account; its key cannot leave the browser', async () => {
  await trader.click('#account');
  await trader.click('text=Open a practice account');
  await trader.waitForFunction(() => document.getElementById('account').textContent.startsWith('Account'));
  const extractable = await trader.evaluate(
    () =>
      new Promise((done) => {
        const request = indexedDB.open('surety');
        request.onsuccess = () => {
          const all = request.result.transaction('keys').objectStore('keys').getAll();
          all.onsuccess = () => done(all.result[0].pair.privateKey.extractable);
        };
      }),
  );
  assert.equal(extractable, false);
});
await works('margin is shown before sending; a market order fills', async () => {
  await trader.selectOption('#type', 'market');
  await trader.fill('#amount', '0.2');
  await trader.waitForFunction(() => document.querySelector('.whatif').textContent.includes('USDC'));
  await buyUntil(trader, () => document.querySelector('[aria-label="Positions"] tbody').textContent.includes('BTC_USDC-PERPETUAL'));
});
await works('a fill is verified in the browser', async () => {
  await trader.click('#tab-fills');
  await trader.click('[aria-label="Fills"] .verify');
  await trader.waitForSelector('dialog:has-text("verified in this browser")', { timeout: 15_000 });
  assert.match(await text(trader, 'dialog .proof'), /hashes from its root/);
  await shot(trader, 'fill-verified');
  await trader.keyboard.press('Escape');
});
await works('a proof that was tampered with is not verified', async () => {
  const page = await open();
  await page.addInitScript(() => {
    const take = Object.getOwnPropertyDescriptor(MessageEvent.prototype, 'data').get;
    Object.defineProperty(MessageEvent.prototype, 'data', {
      get() {
        const data = take.call(this);
        if (typeof data === 'string' && data.includes('"event_proof":"')) {
          const answer = JSON.parse(data);
          const bytes = Uint8Array.from(atob(answer.result.event_proof), (c) => c.charCodeAt(0));
          bytes[400] ^= 1;
          answer.result.event_proof = btoa(String.fromCharCode(...bytes));
          return JSON.stringify(answer);
        }
        return data;
      },
    });
  });
  await page.goto(url);
  await page.waitForFunction(() => document.getElementById('link').textContent === 'live');
  await page.click('#account');
  await page.click('text=Open a practice account');
  await page.waitForFunction(() => document.getElementById('account').textContent.startsWith('Account'));
  await page.selectOption('#type', 'market');
  await page.fill('#amount', '0.01');
  await buyUntil(page, () => document.querySelector('[aria-label="Fills"] .verify') !== null);
  await page.click('#tab-fills');
  await page.click('[aria-label="Fills"] .verify');
  await page.waitForSelector('dialog:has-text("not verified")', { timeout: 15_000 });
  await page.context().close();
});
await works('a limit order is placed by keyboard, shown, and cancelled', async () => {
  await trader.click('h2:has-text("Book")');
  await trader.selectOption('#type', 'limit');
  await trader.keyboard.press('Escape');
  await trader.evaluate(() => document.activeElement.blur());
  await trader.keyboard.press('p');
  const mark = Number((await text(trader, '.facts dd >> nth=0')).replace(/,/g, ''));
  await trader.keyboard.press('Control+A');
  await trader.keyboard.type(String(Math.round(mark * 0.97)));
  await trader.evaluate(() => document.activeElement.blur());
  await trader.keyboard.press('b');
  await trader.keyboard.press('Enter');
  await trader.click('#tab-orders');
  await trader.waitForSelector('[aria-label="Open orders"] button:has-text("Cancel")');
  await trader.click('[aria-label="Open orders"] button:has-text("Cancel")');
  await trader.waitForSelector('[aria-label="Open orders"] .empty');
});
await works('a trader with too much leverage is liquidated and verifies the margin call', async () => {
  await trader.click('#tab-positions');
  await trader.selectOption('#type', 'market');
  // Long and short by turns of the replayed crash: whichever way it goes next, one of the two falls below maintenance in time.
  const amount = async (value) => {
    await trader.fill('#amount', value);
    await trader.click('#buy');
    await trader.waitForTimeout(250);
  };
  for (let i = 0; i < 60; i++) {
    await amount('3');
    if (/missing|margin:/.test(await trader.locator('#toasts').innerText())) {
      break;
    }
  }
  for (let i = 0; i < 40; i++) {
    await amount('0.2');
  }
  await trader.click('#tab-events');
  await trader.waitForSelector('[aria-label="Account events"] button.verify', { timeout: 240_000 });
  await shot(trader, 'liquidated');
  await trader.waitForTimeout(1500);
  await trader.click('[aria-label="Account events"] button.verify');
  await trader.waitForSelector('dialog:has-text("verified in this browser")', { timeout: 20_000 });
  assert.match(
    await text(trader, 'dialog .proof'),
    /mark [\d,.]+ USDC \(index [\d,.]+ by \d+ signed reports\).*equity −?[\d,.]+ USDC against maintenance margin [\d,.]+ USDC/s,
  );
  await shot(trader, 'margin-call-verified');
  await trader.keyboard.press('Escape');
});

// A way to the venue that can be shut: nothing passes, and what was connected is cut off; or held: connections stay open and say nothing.
const gate = () => {
  const target = new URL(url);
  const pairs = new Set();
  const state = { shut: false, held: false };
  const server = net.createServer((client) => {
    if (state.shut) {
      client.destroy();
      return;
    }
    const venue = net.connect(Number(target.port), target.hostname);
    const pair = [client, venue];
    pairs.add(pair);
    const pass = (from, to) => {
      from.on('data', (bytes) => (state.held ? (from.kept ??= []).push(bytes) : to.write(bytes)));
      from.on('error', () => {});
      from.on('close', () => {
        to.destroy();
        pairs.delete(pair);
      });
    };
    pass(client, venue);
    pass(venue, client);
  });
  return new Promise((done) =>
    server.listen(0, '127.0.0.1', () =>
      done({
        url: `http://127.0.0.1:${server.address().port}`,
        shut: () => {
          state.shut = true;
          pairs.forEach((p) => p.forEach((s) => s.destroy()));
        },
        open: () => {
          state.shut = false;
        },
        hold: () => {
          state.held = true;
        },
        release: () => {
          state.held = false;
          pairs.forEach(([c, v]) => {
            (c.kept ?? []).splice(0).forEach((b) => v.write(b));
            (v.kept ?? []).splice(0).forEach((b) => c.write(b));
          });
        },
        close: () => server.close(),
      }),
    ),
  );
};
const enter = async (page, at) => {
  await page.goto(at);
  await page.waitForFunction(() => document.getElementById('link').textContent === 'live');
  await page.click('#account');
  await page.click('text=Open a practice account');
  await page.waitForFunction(() => document.getElementById('account').textContent.startsWith('Account'));
};
const far = async (page) => {
  await page.waitForFunction(() => document.querySelector('.facts dd').textContent !== '–');
  return String(Math.round(Number((await text(page, '.facts dd >> nth=0')).replace(/,/g, '')) * 0.96));
};
const openOrders = (page) => page.locator('[aria-label="Open orders"] tbody button:has-text("Cancel")').count();
await works('orders made while the venue is away are made never, and the buttons are off', async () => {
  const way = await gate();
  const page = await (await browser.newContext({ viewport: { width: 1440, height: 950 } })).newPage();
  await enter(page, way.url);
  await page.fill('#price', await far(page));
  way.shut();
  await page.waitForFunction(() => document.getElementById('link').textContent === 'reconnecting');
  assert.equal(await page.isDisabled('#buy'), true);
  assert.equal(await page.isDisabled('#sell'), true);
  for (let i = 0; i < 4; i++) {
    // Even where a click comes through all the same.
    await page.evaluate(() => {
      const b = document.getElementById('buy');
      b.disabled = false;
      b.click();
    });
  }
  await page.waitForSelector('.toast:has-text("nothing was sent")');
  way.open();
  await page.waitForFunction(() => document.getElementById('link').textContent === 'live', undefined, { timeout: 30_000 });
  await page.waitForFunction(() => !document.getElementById('buy').disabled);
  await page.waitForTimeout(3000);
  await page.click('#tab-orders');
  assert.equal(await openOrders(page), 0);
  await page.click('#buy');
  await page.waitForSelector('[aria-label="Open orders"] button:has-text("Cancel")');
  assert.equal(await openOrders(page), 1);
  await page.context().close();
  way.close();
});
await works('an order that is stuck on the way lapses within seconds', async () => {
  const way = await gate();
  const page = await (await browser.newContext({ viewport: { width: 1440, height: 950 } })).newPage();
  await enter(page, way.url);
  await page.fill('#price', await far(page));
  way.hold();
  for (let i = 0; i < 4; i++) {
    await page.click('#buy');
  }
  await page.waitForTimeout(7000);
  way.release();
  await page.waitForSelector('.toast:has-text("lapsed")', { timeout: 20_000 });
  await page.waitForFunction(() => document.getElementById('link').textContent === 'live');
  await page.click('#tab-orders');
  await page.waitForTimeout(1500);
  assert.equal(await openOrders(page), 0);
  await page.context().close();
  way.close();
});
await works('two tabs of one browser trade at once', async () => {
  const context = await browser.newContext({ viewport: { width: 1440, height: 950 } });
  const first = await context.newPage();
  await enter(first, url);
  const second = await context.newPage();
  await second.goto(url);
  await second.waitForFunction(() => document.getElementById('account').textContent.startsWith('Account'));
  await second.waitForFunction(() => document.getElementById('link').textContent === 'live');
  const price = await far(first);
  for (const page of [first, second]) {
    await page.fill('#price', price);
  }
  for (let i = 0; i < 6; i++) {
    await Promise.all([first, second].map((page) => page.click('#buy')));
  }
  await first.click('#tab-orders');
  await first.waitForFunction(() => document.querySelectorAll('[aria-label="Open orders"] tbody button').length === 12, undefined, {
    timeout: 20_000,
  });
  await context.close();
});

await works('a passkey logs in, on a name instead of an address of digits', async () => {
  const page = await open();
  const device = await page.context().newCDPSession(page);
  await device.send('WebAuthn.enable');
  await device.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  });
  await page.goto(url.replace('127.0.0.1', 'localhost'));
  await page.waitForFunction(() => document.getElementById('link').textContent === 'live');
  await page.click('#account');
  await page.click('text=Open a practice account');
  await page.waitForFunction(() => document.getElementById('account').textContent.startsWith('Account'));
  const name = await text(page, '#account');
  await page.click('#account');
  await page.click('text=Add a passkey');
  await page.waitForSelector('.toast:has-text("Passkey registered")');
  page.on('dialog', (d) => d.accept());
  await page.click('text=Log out and forget the key');
  await page.waitForFunction(() => document.getElementById('account').textContent === 'Log in');
  await page.click('#account');
  await page.click('text=Use a passkey');
  await page.waitForFunction((n) => document.getElementById('account').textContent === n, name);
  await page.context().close();
});

const operator = await open({ colorScheme: 'light' });
await works('the operator logs in and sees how the venue stands', async () => {
  await operator.goto(`${url}/#/operate`);
  await operator.click('#account');
  await operator.fill('#key-id', operatorId);
  await operator.fill('#key-secret', operatorSecret);
  await operator.click('dialog form >> button:has-text("Log in")');
  await operator.waitForSelector('.verdict:not(:empty)');
  await operator.waitForSelector('.heat .cell');
  await operator.waitForTimeout(2500);
  assert.match(await text(operator, '[aria-label="Price sources"]'), /BTC_USDC|btc_usdc/);
  await shot(operator, 'operate');
});
await works('the operator halts a market, and it opens again through an auction', async () => {
  operator.on('dialog', (d) => d.accept());
  const row = operator.locator('[aria-label="Markets"] tr', { hasText: 'ETH_USDC-PERPETUAL' });
  await row.locator('button:has-text("Halt")').click();
  await operator.waitForFunction(() =>
    [...document.querySelectorAll('[aria-label="Markets"] tr')].some(
      (r) => r.textContent.includes('ETH_USDC-PERPETUAL') && r.textContent.includes('halted'),
    ),
  );
  assert.match(await text(operator, '[aria-label="Events"]'), /market status changed/);
  await row.locator('button:has-text("Resume")').click();
  await operator.waitForFunction(() =>
    [...document.querySelectorAll('[aria-label="Markets"] tr')].some(
      (r) => r.textContent.includes('ETH_USDC-PERPETUAL') && r.textContent.includes('auction'),
    ),
  );
  await operator.waitForFunction(
    () =>
      [...document.querySelectorAll('[aria-label="Markets"] tr')].some(
        (r) => r.textContent.includes('ETH_USDC-PERPETUAL') && r.textContent.includes('open'),
      ),
    undefined,
    { timeout: 180_000 },
  );
});

const auditor = await open();
await works('an auditor finds a block and verifies it', async () => {
  await auditor.goto(`${url}/#/audit`);
  await auditor.waitForSelector('[aria-label="Blocks"] tbody tr:nth-child(3)');
  const first = await text(auditor, '[aria-label="Blocks"] tbody tr:nth-child(3) td:nth-child(1)');
  await auditor.fill('#search', first);
  await auditor.keyboard.press('Enter');
  await auditor.click('.found button:has-text("Verify here")');
  await auditor.waitForSelector('.found button:has-text("Verified")', { timeout: 15_000 });
  await shot(auditor, 'audit');
});
await works('it is readable on a phone', async () => {
  const phone = await open({ viewport: { width: 390, height: 844 }, isMobile: true });
  await phone.goto(url);
  await phone.waitForSelector('.book .bid span:not(:empty)');
  const wide = await phone.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  assert.ok(wide <= 1, `the page is ${wide} pixels wider than the phone`);
  await shot(phone, 'phone');
});
await works('no page said anything was wrong', async () => assert.deepEqual(problems, []));
await browser.close();
console.log(`${passed} passed`);
