// The cases of this folder, run over the verifier that the browser loads. The same files are run over the one in C# (VectorTests), which
// made them: where the two differ, one of them is wrong. Usage: node run.mjs. Needs the terminal's packages (web/node_modules).
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const web = join(here, '..', '..', 'web');
const esbuild = (() => {
  try {
    return createRequire(join(web, 'package.json'))('esbuild');
  } catch (e) {
    if (e.code !== 'MODULE_NOT_FOUND') {
      throw e;
    }
    console.error('run.mjs: the packages of the terminal are not installed; run `npm ci` in web, then again');
    process.exit(2);
  }
})();
const built = esbuild.buildSync({
  stdin: {
    contents: [
      "export * from './src/verify';",
      "export * from './src/certificate-check';",
      "export * as models from './src/models';",
      "export * from './src/bytes';",
      "export { HeaderChain } from './src/chain';",
      "export * as protocol from './src/protocol';",
    ].join('\n'),
    resolveDir: web,
    loader: 'ts',
  },
  bundle: true,
  write: false,
  format: 'esm',
  target: 'es2022',
});
const verify = await import('data:text/javascript;base64,' + Buffer.from(built.outputFiles[0].text).toString('base64'));
const { fromHex, toHex, toBase64, protocol } = verify;

const read = (kind, name) => JSON.parse(readFileSync(join(here, kind, `${name}.json`), 'utf8'));

/** The bytes of a case: whole, or those of another case with edits. */
function bytesOf(kind, json) {
  if (json.bytes !== undefined) {
    return fromHex(json.bytes);
  }
  let bytes = bytesOf(kind, read(kind, json.of));
  for (const { at, remove, insert } of json.edits.toReversed()) {
    bytes = verify.concat(bytes.slice(0, at), fromHex(insert), bytes.slice(at + remove));
  }
  return bytes;
}

const scales = { market: () => undefined, asset: (n) => ({ name: `asset ${n}`, decimals: 0 }), indexDecimals: () => 0 };

// A venue that gives the case's headers, and a browser that remembers the case's pin.
async function header(bytes, json) {
  const older = json.older.map((h) => ({ height: Number(protocol.BlockHeader.read(fromHex(h)).height), header: toBase64(fromHex(h)) }));
  const kept = new Map();
  if (json.pin) {
    kept.set(
      `surety-head-${json.pin.venue}`,
      JSON.stringify({ height: String(json.pin.height), hash: json.pin.hash, ...(json.pin.key && { key: json.pin.key }) }),
    );
  }
  const store = { getItem: (name) => kept.get(name) ?? null, setItem: (name, value) => kept.set(name, value) };
  let told;
  const venue = {
    listen: (_, handler) => {
      told = (data) => handler({ data });
    },
    call: async (_, { from, count }) =>
      older
        .filter((b) => b.height <= from)
        .reverse()
        .slice(0, count),
  };
  const chain = new verify.HeaderChain(venue, store, json.pin?.venue);
  const seal = json.seal === '' ? undefined : protocol.SealFrame.read(fromHex(json.seal));
  told({
    height: 1,
    header: toBase64(bytes),
    ...(seal && { public_key: toHex(seal.publicKey), signature: toBase64(seal.signature) }),
  });
  await chain.settled();
  if (chain.broken !== undefined) {
    throw new verify.Flaw(chain.broken);
  }
  if (chain.count !== 1) {
    throw new Error('the header was neither taken nor refused');
  }
}

const verifiers = {
  header,
  proof: async (bytes, json) =>
    json.table !== undefined
      ? verify.checkPlace(await verify.readProof(bytes), json.table, json.place, json.block)
      : verify.checkRecordPlace(await verify.readRecord(bytes), json.log, json.place, json.block),
  certificate: (bytes, json) => verify.checkCertificate(bytes, json.block, json.account, scales),
  batch: (bytes, json) => verify.checkBatch(fromHex(json.venue), fromHex(json.public_key), bytes, json.commands.map(fromHex)),
};

let failed = 0;
for (const [kind, check] of Object.entries(verifiers)) {
  let [accepted, refused] = [0, 0];
  for (const file of readdirSync(join(here, kind))
    .filter((f) => f.endsWith('.json'))
    .sort()) {
    const json = read(kind, file.slice(0, -5));
    let reason;
    try {
      await check(bytesOf(kind, json), json);
    } catch (e) {
      // Anything but a Flaw is a verifier that fell over: it accepts nothing, and says nothing of use either.
      reason = e instanceof verify.Flaw ? e.message : `fell over: ${e.message}`;
    }
    const verdict = reason === undefined ? 'accepted' : 'refused';
    if (verdict !== json.verdict || reason?.startsWith('fell over')) {
      failed++;
      console.log(`FAIL ${kind}/${file}: ${json.what}: expected ${json.verdict} (${json.reason}), found ${reason ?? verdict}`);
    } else {
      [accepted, refused] = verdict === 'accepted' ? [accepted + 1, refused] : [accepted, refused + 1];
    }
  }
  console.log(`ok   vectors/${kind}: ${accepted} accepted, ${refused} refused, as in C#`);
}
// Models: the same integers as the engine's, case by case.
const { models } = verify;
const optionOf = (c) => ({
  type: c.type,
  underlying: BigInt(c.underlying),
  strike: BigInt(c.strike),
  volatility: c.volatility,
  ms: BigInt(c.ms),
});
const said = {
  options: (c) => [
    String(models.priceOf(optionOf(c))) === c.price,
    String(models.deltaOf(optionOf(c))) === c.delta,
    models.lossesOf(optionOf(c), BigInt(c.scan)).join(' ') === c.losses,
  ],
  underlyings: (c) => [models.lossesOfUnderlying(BigInt(c.underlying), BigInt(c.scan)).join(' ') === c.losses],
  volatilities: (c) => [
    models.volatilityOf(c.tenors, c.moneyness, c.volatilities, BigInt(c.underlying), BigInt(c.strike), BigInt(c.ms)) === c.ppm,
  ],
};
for (const [name, check] of Object.entries(said)) {
  const cases = read('model', name);
  const wrong = cases.filter((c) => !check(c).every((agrees) => agrees));
  wrong.slice(0, 5).forEach((c) => console.log(`FAIL model/${name}.json: ${JSON.stringify(c)}: ${check(c)}`));
  failed += wrong.length;
  console.log(`ok   vectors/model: ${cases.length - wrong.length} ${name} as in C#`);
}
if (failed > 0) {
  console.log(`${failed} disagree`);
  process.exit(1);
}
