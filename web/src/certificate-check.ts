// Checks a margin call's certificate in the browser: every path, every signature of the price reports, every term against the state, the
// account against what became of it in the block, and the arithmetic again. The same checks exist in C# (Surety.Proofs), in
// files of the same names; tests/vectors holds both to the same verdicts.

import { AccountAfter } from './account-after';
import { Parts } from './certificate-parts';
import { price } from './format';
import { abs, ceilDiv, floorDiv, least, Million, most, nearest } from './integers';
import type { Layout, Read } from './layout';
import { hasTerms, checkAsset } from './margin-terms';
import { ModelCheck, checkScenarios } from './model-check';
import type { Option } from './models';
import {
  Account,
  AccountFlags,
  EventHeader,
  EventKind,
  MarginCallCollateral,
  MarginCallModel,
  MarginCallNode,
  MarginCallPosition,
  MarginCalled,
  MarkChanged,
  Market,
  MarketKind,
  MostCollateral,
  MostPositionValue,
  Pool,
  TableId,
} from './protocol';
import { ScenarioSums } from './scenario-sums';
import { SignedPrices } from './signed-prices';
import { need } from './verify';

/** What numbers of the ledger are in prices, amounts and money. */
export interface Scales {
  market(number: number): { name: string; base: string; quote: string; tick: number; step: number } | undefined;
  asset(number: number): { name: string; decimals: number };
  indexDecimals(number: number): number;
}

/** An integer of so many decimals, with a comma between thousands. */
const decimal = (value: bigint, decimals: number, least = 0): string => {
  const digits = abs(value)
    .toString()
    .padStart(decimals + 1, '0');
  const whole = digits.slice(0, digits.length - decimals).replace(/\B(?=(\d{3})+$)/g, ',');
  const part = (decimals === 0 ? '' : digits.slice(-decimals)).replace(/0+$/, '').padEnd(least, '0');
  return `${value < 0n ? '−' : ''}${whole}${part === '' ? '' : `.${part}`}`;
};

const isPart = (ppm: number): boolean => ppm >= 0 && ppm <= Number(Million);

/** Checks a margin call's certificate of an account. Returns it as text. */
export async function checkCertificate(bytes: Uint8Array, trusted: string, account: number, scales: Scales): Promise<string[]> {
  const parts = await Parts.read(bytes, trusted);
  const { header } = parts;
  const called = parts.next(EventKind.MarginCalled, MarginCalled);
  const { balanceAtoms: balance, equityAtoms: equity, maintenanceAtoms: maintenance } = called;
  const { sequence } = called.header;
  need(called.header.account === account, 'the margin call is another account’s');
  need(sequence >= header.first && sequence < header.first + header.commands, 'the margin call is not of this block');
  need(called.timeNs <= header.timeNs, 'the margin call is later than its block');
  const own = <F extends Layout<any>>(kind: number, form: F): Read<F> => {
    const e = parts.next(kind, form);
    const { header: its } = e as unknown as { header: Read<typeof EventHeader> };
    need(its.account === account && its.sequence === sequence, 'an event of the margin call is of another account or command');
    return e;
  };
  const positions = Array.from({ length: called.positions }, () => own(EventKind.MarginCallPosition, MarginCallPosition));
  const coins = Array.from({ length: called.collaterals }, () => own(EventKind.MarginCallCollateral, MarginCallCollateral));
  const models = Array.from({ length: called.models }, () => own(EventKind.MarginCallModel, MarginCallModel));
  const nodes = Array.from({ length: called.nodes }, () => own(EventKind.MarginCallNode, MarginCallNode));
  parts.endOwn();
  const prices = new SignedPrices(parts, sequence, called.timeNs);
  const modelled = new ModelCheck(parts, prices, called.timeNs, models, nodes);
  const holder = parts.row(TableId.Accounts, Account, account);
  need(holder !== undefined, 'the account’s own row is not in it');
  need((holder.flags & AccountFlags.Open) !== 0, 'the account is not open');
  // The insurance fund's coins count at their price.
  const atPrice = (holder.flags & AccountFlags.InsuranceFund) !== 0;
  const isIsolated = called.isolatedMarketPlusOne !== 0;
  need(
    called.byModel === 1 || (called.byModel === 0 && models.length === 0 && nodes.length === 0),
    'it holds models of a call that rests on none',
  );
  const isNetted = called.byModel === 1 && !isIsolated && (models.length === 0 || models[0]!.scanPpm !== 0);
  // How many coins count, and whether positions are margined by formula or netted by scenarios, as the pool has it after the block or had
  // it before.
  const pool = parts.rows(TableId.Pools, Pool, holder.pool, 'the account’s pool').find((p) => {
    const stands = isNetted
      ? p.rules.scanPpm !== 0 && models.every((m) => m.scanPpm === p.rules.scanPpm)
      : (isIsolated || p.rules.scanPpm === 0) && models.every((m) => m.scanPpm === 0);
    return p.collateralCount >= 1 && p.collateralCount <= MostCollateral && stands;
  });
  need(pool !== undefined, 'the pool nets positions by scenarios, and the call does not, or the other way round');
  await modelled.checkNodes();
  need(
    !isIsolated || (positions.length === 1 && coins.length === 0 && positions[0]!.market + 1 === called.isolatedMarketPlusOne),
    'an isolated position is called with others',
  );

  const lines = [`Block ${header.height}, ${header.hash}`, `Account ${account}, command ${sequence}`];
  // The settlement asset is the pool's first; a market's tick and lot say how many decimals it has.
  let settles = { name: '', decimals: 0 };
  const money = (atoms: bigint): string => `${decimal(atoms, settles.decimals, 2)} ${settles.name}`;
  const texts: (() => string)[] = [() => `balance ${money(balance)}`];
  let sum = balance;
  let needed = 0n;
  const scenarios = new ScenarioSums();
  for (const e of positions) {
    const { lots, atomsPerTickLot: perTick, markTicks: mark, indexPrice, indexUnitsPerTick: units, market, index } = e;
    const unrealised = lots * mark * perTick - e.entryCostAtoms - lots * (e.fundingIndex - e.entryFundingIndex);
    need(lots !== 0n && unrealised === e.unrealisedAtoms, 'an unrealised profit does not follow from its position');
    need(units > 0n && isPart(e.maintenancePpm) && isPart(e.basisCapPpm), 'a parameter is outside its range');
    const rows = parts.rows(TableId.Markets, Market, market, `market ${market}`);
    const row = rows.find((m) => hasTerms(m, e, holder.pool));
    need(row !== undefined, `a term of market ${market} is not the market’s own`);
    const isContract = row.kind === MarketKind.Contract;
    // The tier's rate on notional; of an option on strike and price together, and of one that is held no more than its value.
    const rate =
      ceilDiv(abs(lots) * (most(abs(mark), e.marginFloorTicks) + row.strikeTicks) * perTick * BigInt(e.maintenancePpm), Million) -
      e.deductionAtoms;
    const margin = isContract && lots > 0n ? least(lots * most(mark, 0n) * perTick, rate) : rate;
    need(margin === e.maintenanceAtoms, 'a maintenance margin does not follow from its position');
    const reported = await prices.of(index);
    need(reported.price === indexPrice, `the index price ${indexPrice} is not the median ${reported.price} of the signed reports`);
    const model = modelled.take(market);
    need(isContract || isNetted === (model !== undefined), `market ${market} rests on no model, or one is missing`);
    // The last mark that the block announced before the call, or where it announced none the one that stood before or stands after it.
    const announced = parts.others(EventKind.MarkChanged, MarkChanged, true, (m) => m.market === market).at(-1)?.e;
    need(
      announced === undefined
        ? rows.some(
            (m) =>
              m.markTicks === mark && m.fundingIndex === e.fundingIndex && (m.kind !== MarketKind.Contract || m.markMs === model?.markMs),
          )
        : announced.markTicks === mark && announced.fundingIndex === e.fundingIndex,
      `the mark or the funding of market ${market} is not what it had`,
    );
    let option: Option | undefined;
    if (isContract) {
      need(model !== undefined, `market ${market} is a contract, and does not carry what its model says`);
      option = modelled.checkOption(row, e, model);
    } else {
      const ticks = nearest(indexPrice, units);
      need(
        abs(mark - ticks) <= floorDiv(abs(ticks) * BigInt(e.basisCapPpm), Million) + 1n,
        'a mark price is further from its index than the market allows',
      );
    }
    if (isNetted) {
      scenarios.add(index, row.expiryNs, isContract, lots, model!.valuePerLot, model!.deltaPerLot, checkScenarios(row, e, model!, option));
    }
    sum += unrealised;
    needed += margin;
    const i = scales.market(market);
    if (i === undefined) {
      texts.push(
        () =>
          `market ${market}: index by ${reported.sources} signed reports, ` +
          `unrealised ${money(unrealised)}, maintenance ${money(margin)}`,
      );
      continue;
    }
    settles = { name: i.quote, decimals: Math.max(Math.round(Math.log10(Number(perTick) / (i.tick * i.step))), 0) };
    const at = (ticksOf: bigint): string => price(Number(ticksOf) * i.tick, i.tick);
    const lot = BigInt(Math.round(i.step * 1e12));
    const indexAt = decimal(indexPrice, scales.indexDecimals(index));
    texts.push(
      () =>
        `${i.name}: ${decimal(lots * lot, 12)} ${i.base}, mark ${at(mark)} ${i.quote} ` +
        `(index ${indexAt} by ${reported.sources} signed reports), unrealised ${money(unrealised)}, maintenance ${money(margin)}`,
    );
  }
  let slot = 0;
  for (const e of coins) {
    const { amountAtoms: held, capAtoms: cap, price: each, valueAtoms: value } = e;
    const place = pool.collateral.indexOf(e.asset, 1);
    need(place > slot && place < pool.collateralCount, 'a coin stands twice, or is none that the pool takes');
    slot = place;
    need(isPart(e.haircutPpm) && e.scaleDecimals <= 18, 'a haircut or scale is outside its range');
    const whole = each <= 0n ? 0n : least((least(held, cap) * each) / 10n ** BigInt(e.scaleDecimals), MostPositionValue);
    need(floorDiv(whole * (Million - BigInt(e.haircutPpm)), Million) === value, 'a collateral value does not follow from its amount');
    const reported = await prices.of(e.index);
    need(reported.price - (atPrice ? 0n : reported.confidence) === each, 'a collateral price is not that of the signed reports');
    checkAsset(parts, e, pool.collateral[0]!, atPrice);
    sum += value;
    const asset = scales.asset(e.asset);
    const decimals = scales.indexDecimals(e.index);
    texts.push(() => `${decimal(held, asset.decimals)} ${asset.name} at ${decimal(each, decimals)} counts ${money(value)}`);
  }
  modelled.endAll();
  needed = isNetted ? scenarios.maintenance() : needed;
  new AccountAfter(parts, called, holder, pool, positions, coins).check();
  prices.endAll();
  parts.endAll();
  need(sum === equity, `equity does not add up: ${sum}, stated ${equity}`);
  need(needed === maintenance, `maintenance does not add up: ${needed}, stated ${maintenance}`);
  texts.push(() => `equity ${money(equity)} against maintenance margin ${money(maintenance)}`);
  need(equity < maintenance, 'the account was not below maintenance');
  return [...lines, ...texts.map((t) => t())];
}
