// The browser's verifier, run under Node: receipts and accounts of a running venue, each changed in every way that matters, and a chain
// that is rolled back, forked, or signed by a stranger. Usage: node proofs.mjs URL ID SECRET, of an account with money. Needs the
// terminal's packages (web/node_modules), which ./surety node has installed.
import assert from 'node:assert/strict';
import { createHash, webcrypto } from 'node:crypto';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const [url, id, secret] = process.argv.slice(2);
const web = join(dirname(fileURLToPath(import.meta.url)), '..', '..', 'web');
const esbuild = createRequire(join(web, 'package.json'))('esbuild');
const built = esbuild.buildSync({
  stdin: {
    contents: "export * from './src/verify'; export { HeaderChain } from './src/chain'; export * as protocol from './src/protocol';",
    resolveDir: web,
    loader: 'ts',
  },
  bundle: true,
  write: false,
  format: 'esm',
  target: 'es2022',
});
const verify = await import('data:text/javascript;base64,' + Buffer.from(built.outputFiles[0].text).toString('base64'));

const { protocol } = verify;

let passed = 0;
const works = async (name, test) => {
  try {
    await test();
    passed++;
    console.log(`ok   ${name}`);
  } catch (e) {
    console.log(`FAIL ${name}: ${e.stack}`);
    process.exit(1);
  }
};
let token;
const call = async (method, params = {}) => {
  const answer = await fetch(`${url}/api/v2`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...(token ? { authorization: `Bearer ${token}` } : {}) },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
  });
  const { result, error } = await answer.json();
  if (error) {
    throw Object.assign(new Error(`${method}: ${error.message} ${error.data?.reason ?? ''}`), { code: error.code });
  }
  return result;
};
const bytes = (text) => Uint8Array.from(Buffer.from(text, 'base64'));
const refused = (work) => assert.rejects(work, (e) => e instanceof verify.Flaw || /cut off|Invalid|bounds|range/i.test(e.message));
const wait = (ms) => new Promise((done) => setTimeout(done, ms));

token = (await call('public/auth', { grant_type: 'client_credentials', client_id: id, client_secret: secret })).access_token;
const market = 'BTC_USDC-PERPETUAL';
let trade;
for (let i = 0; i < 30 && !trade; i++) {
  trade = (await call('private/buy', { instrument_name: market, amount: 0.01, type: 'market' }).catch(() => undefined))?.trades?.[0];
  await wait(trade ? 0 : 1500);
}
assert.ok(trade, 'no order was filled');
let receipt;
for (let i = 0; i < 20 && !receipt; i++) {
  await wait(500);
  receipt = await call('surety/get_receipt', { sequence: trade.sequence, trade_id: trade.trade_id }).catch(() => undefined);
}
const event = await verify.readRecord(bytes(receipt.event_proof));
const command = await verify.readRecord(bytes(receipt.command_proof));

await works('the browser verifies a receipt as the venue gives it', async () => {
  const mine = verify.readTrade(event);
  const lines = await verify.checkReceipt(receipt, receipt.block, {
    tradeId: trade.trade_id,
    account: mine.taker,
    ticks: mine.ticks,
    lots: mine.lots,
  });
  assert.ok(lines.length >= 3);
});
await works('a swapped salt, record, place or log is refused', async () => {
  const other = { ...command };
  await verify.checkRecord(command, receipt.block);
  await refused(verify.checkRecord({ ...command, salt: event.salt }, receipt.block));
  await refused(verify.checkRecord({ ...command, record: event.record }, receipt.block));
  await refused(verify.checkRecord({ ...command, place: command.place ^ 1 }, receipt.block));
  await refused(verify.checkRecord({ ...command, root: 2 }, receipt.block));
  await refused(verify.checkRecord(other, '00'.repeat(32)));
});
await works('a trade is shown to its taker without the maker, and a swapped, dropped or invented side is refused', async () => {
  assert.equal(event.shown, verify.Shown.divided | verify.Shown.first);
  const trade = verify.readTrade(event);
  assert.ok(trade.taker > 0 && trade.maker === undefined);
  const { makerOrder, makerFeeAtoms, makerAccount, header } = protocol.Trade.fields;
  for (const { at, size } of [makerOrder, makerFeeAtoms, makerAccount]) {
    assert.ok(event.record.slice(at, at + size).every((b) => b === 0));
  }
  await verify.checkRecord(event, receipt.block);
  const invented = event.record.slice();
  invented[makerAccount.at] = 1;
  const anothers = event.record.slice();
  anothers[header.at + protocol.EventHeader.fields.account.at] ^= 1;
  for (const change of [
    { salt: event.second, second: event.salt },
    { salt: event.second, second: event.salt, shown: 6 },
    { second: new Uint8Array(32) },
    { second: new Uint8Array(0) },
    { second: event.second.slice(0, 16), shown: 7 },
    { shown: 0 },
    { shown: 0, second: new Uint8Array(0) },
    { shown: 4 },
    { shown: 6 },
    { shown: 7 },
    { salt: new Uint8Array(16) },
    { record: invented },
    { record: anothers },
    { second: event.others[0] },
  ]) {
    await refused(verify.checkRecord({ ...event, ...change }, receipt.block));
  }
});
await works('every byte of a receipt that is changed is refused', async () => {
  for (const whole of [bytes(receipt.command_proof), bytes(receipt.event_proof)]) {
    for (let at = 0; at < whole.length; at++) {
      const changed = whole.slice();
      changed[at] ^= 1 << at % 8;
      await refused((async () => verify.checkRecord(await verify.readRecord(changed), receipt.block))());
    }
    for (let length = 0; length < whole.length; length += 7) {
      await refused(verify.readRecord(whole.slice(0, length)));
    }
  }
});
await works('the browser verifies an account and its positions, and no byte of them can be changed', async () => {
  const found = await call('surety/get_account_proof');
  for (const proof of [found.account_proof, found.positions_proof]) {
    const whole = bytes(proof);
    const page = await verify.readProof(whole);
    await verify.check(page, found.block);
    for (const salt of [new Uint8Array(16), new Uint8Array(0), page.salt.map((b) => b ^ 1)]) {
      await refused(verify.check({ ...page, salt }, found.block));
    }
    for (let at = 0; at < whole.length; at += 1 + (at % 5)) {
      const changed = whole.slice();
      changed[at] ^= 1 << at % 8;
      await refused((async () => verify.check(await verify.readProof(changed), found.block))());
    }
  }
});
await works('a stranger gets no receipt of it and learns nothing about the command', async () => {
  const held = token;
  token = undefined;
  await assert.rejects(call('surety/get_receipt', { sequence: trade.sequence, trade_id: trade.trade_id }), (e) => e.code === 13021);
  const found = await call('surety/search', { text: String(trade.sequence) });
  assert.deepEqual(Object.keys(found.command).sort(), ['block', 'height', 'sequence']);
  token = held;
});

// A venue of this test's own: a chain of headers, signed, that it can cut and fork.
const header = (height, previous, time) => {
  const venue = new Uint8Array(protocol.HashBytes).fill(7);
  return Buffer.from(
    protocol.BlockHeader.write({
      magic: protocol.BlockHeaderMagic,
      height: BigInt(height),
      timeNs: BigInt(time),
      venue,
      ...(previous && { previous }),
    }),
  );
};
const hashOf = (raw) => createHash('sha256').update(raw).digest();
const keyPair = () => webcrypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, ['sign', 'verify']);
const block = async (raw, pair) => ({
  height: Number(protocol.BlockHeader.read(raw).height),
  header: raw.toString('base64'),
  hash: hashOf(raw).toString('hex'),
  ...(pair && {
    public_key: Buffer.from(await webcrypto.subtle.exportKey('raw', pair.publicKey))
      .subarray(1)
      .toString('hex'),
    signature: Buffer.from(
      await webcrypto.subtle.sign(
        { name: 'ECDSA', hash: 'SHA-256' },
        pair.privateKey,
        Buffer.concat([Buffer.from(protocol.SignsHeader, 'latin1'), hashOf(raw)]),
      ),
    ).toString('base64'),
  }),
});
const chainOf = async (count, pair, from = [], time = 0) => {
  const raws = from.map((b) => Buffer.from(b.header, 'base64'));
  while (raws.length < count) {
    raws.push(header(raws.length + 1, raws.length ? hashOf(raws.at(-1)) : undefined, time));
  }
  return Promise.all(raws.map((raw) => block(raw, pair)));
};
const store = () => ({
  kept: new Map(),
  getItem(name) {
    return this.kept.get(name) ?? null;
  },
  setItem(name, value) {
    this.kept.set(name, value);
  },
});
const page = (blocks, kept) => {
  const venue = {
    listen: (_, handler) => {
      venue.tell = (data) => handler({ data });
    },
    call: async (_, { from, count }) =>
      blocks
        .filter((b) => b.height <= from)
        .reverse()
        .slice(0, count),
  };
  const chain = new verify.HeaderChain(venue, kept);
  return {
    chain,
    tell: async (b) => {
      venue.tell(b);
      await chain.settled();
    },
  };
};
const venueKey = await keyPair();
const seen = await chainOf(20, venueKey);
const remembered = async () => {
  const kept = store();
  const first = page(seen, kept);
  await first.tell(seen[4]);
  await first.tell(seen[19]);
  assert.equal(first.chain.broken, undefined);
  return kept;
};
await works('a page that comes back takes a chain that goes on', async () => {
  const longer = await chainOf(30, venueKey, seen);
  const again = page(longer, await remembered());
  await again.tell(longer[19]);
  await again.tell(longer[28]);
  assert.equal(again.chain.broken, undefined);
  assert.match((await again.chain.trusted(25)).how, /linked by/);
});
for (const [what, make] of [
  ['rolled back', async () => [seen.slice(0, 12), 11]],
  [
    'forked at the same height',
    async () => {
      const b = await chainOf(20, venueKey, seen.slice(0, 9), 5);
      return [b, 19];
    },
  ],
  [
    'forked and longer',
    async () => {
      const b = await chainOf(40, venueKey, seen.slice(0, 9), 5);
      return [b, 39];
    },
  ],
  [
    'signed by a stranger',
    async () => {
      const b = await chainOf(22, await keyPair(), seen);
      return [b, 21];
    },
  ],
  [
    'not signed any more',
    async () => {
      const b = await chainOf(22, undefined, seen);
      return [b, 21];
    },
  ],
]) {
  await works(`a page that comes back to a chain that was ${what} says so and trusts nothing`, async () => {
    const [blocks, next] = await make();
    const again = page(blocks, await remembered());
    let told = '';
    again.chain.onBroken = (reason) => (told = reason);
    await again.tell(blocks[next]);
    assert.match(told, /no longer part of the chain|signed/);
    await assert.rejects(again.chain.trusted(3));
    await again.tell(seen[19]);
    assert.equal(again.chain.broken, told);
  });
}
console.log(`${passed} passed`);
