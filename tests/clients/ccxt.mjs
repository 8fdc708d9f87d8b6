// ccxt, with only its base address changed, against a running sandbox node:
//   node ccxt.mjs http://127.0.0.1:8080 APIKEY SECRET
// Prints a line for each thing that works and exits 1 at the first that does not.
import ccxt from 'ccxt';
import assert from 'node:assert/strict';

const [url, apiKey, secret] = process.argv.slice(2);
const symbol = 'BTC/USDC:USDC';
const make = (type) => {
  const exchange = new type({ apiKey, secret, enableRateLimit: false });
  exchange.urls.api.rest = url;
  exchange.urls.api.ws = url.replace('http', 'ws') + '/ws/api/v2';
  return exchange;
};
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
const sleep = (ms) => new Promise((done) => setTimeout(done, ms));
const rejects = (promise, kind) =>
  assert.rejects(promise, (e) => e instanceof kind || assert.fail(`expected ${kind.name}, found ${e.constructor.name}: ${e.message}`));

const x = make(ccxt.deribit);
const round = (price) => Math.round(price * 2) / 2;
let mark;

await works('markets', async () => {
  const markets = await x.loadMarkets();
  assert.equal(markets[symbol].linear, true);
  assert.equal(markets[symbol].precision.price, 0.5);
  const kinds = new Set(Object.values(markets).map((m) => m.type));
  assert.ok(kinds.has('swap') && kinds.has('future') && kinds.has('option'), [...kinds].join());
});
await works('time and status', async () => {
  assert.ok(Math.abs((await x.fetchTime()) - Date.now()) < 10_000);
  assert.equal((await x.fetchStatus()).status, 'ok');
});
await works('currencies', async () => assert.ok((await x.fetchCurrencies()).USDC));
await works('ticker', async () => {
  const t = await x.fetchTicker(symbol);
  mark = t.markPrice;
  assert.ok(mark > 0 && t.bid <= t.ask, JSON.stringify(t.info));
});
await works('tickers', async () => assert.ok(Object.keys(await x.fetchTickers([symbol])).length >= 1));
await works('order book', async () => {
  const book = await x.fetchOrderBook(symbol, 10);
  assert.ok(book.bids.length > 0 && book.asks.length > 0 && book.bids[0][0] < book.asks[0][0]);
  assert.ok(book.nonce > 0);
});
await works('trades', async () => {
  const trades = await x.fetchTrades(symbol, undefined, 20);
  assert.ok(trades.length > 0 && trades[0].price > 0);
});
await works('candles', async () => {
  const bars = await x.fetchOHLCV(symbol, '1m', undefined, 50);
  assert.ok(bars.length > 0 && bars[0].length === 6);
});
await works('funding', async () => {
  const now = await x.fetchFundingRate(symbol);
  assert.equal(typeof now.fundingRate, 'number');
  const hours = await x.fetchFundingRateHistory(symbol);
  assert.ok(hours.length > 0);
});
await works('open interest, volatility, option chain, Greeks', async () => {
  await x.fetchOpenInterest(symbol);
  await x.fetchVolatilityHistory('BTC');
  const chain = await x.fetchOptionChain('BTC');
  const option = Object.values(x.markets).find((m) => m.option && m.base === 'BTC');
  assert.ok(Object.keys(chain).length > 0);
  await x.fetchOption(option.symbol);
  const greeks = await x.fetchGreeks(option.symbol);
  assert.ok(Math.abs(greeks.delta) <= 1 && greeks.vega >= 0, JSON.stringify(greeks));
});
await works('balance', async () => {
  const balance = await x.fetchBalance();
  assert.ok(balance.USDC.total > 0 && balance.USDC.free > 0);
  assert.ok((await x.fetchBalance({ code: 'USDC' })).USDC.total > 0);
});
await works('accounts and fees', async () => {
  assert.ok((await x.fetchAccounts()).length >= 1);
  assert.ok((await x.fetchTradingFees())[symbol].taker > 0);
});

let order;
await works('place a limit order', async () => {
  order = await x.createOrder(symbol, 'limit', 'buy', 0.01, round(mark * 0.97), { label: 'first' });
  assert.equal(order.status, 'open');
  assert.equal(order.amount, 0.01);
});
await works('open orders, by market and all', async () => {
  assert.ok((await x.fetchOpenOrders(symbol)).some((o) => o.id === order.id));
  assert.ok((await x.fetchOpenOrders()).some((o) => o.id === order.id));
});
await works('an edited order keeps its id', async () => {
  const edited = await x.editOrder(order.id, symbol, 'limit', 'buy', 0.02, round(mark * 0.965));
  assert.equal(edited.id, order.id);
  assert.equal(edited.amount, 0.02);
});
await works('fetch and cancel', async () => {
  assert.equal((await x.fetchOrder(order.id)).amount, 0.02);
  assert.equal((await x.cancelOrder(order.id)).status, 'canceled');
  await rejects(x.cancelOrder(order.id), ccxt.InvalidOrder);
  assert.ok((await x.fetchClosedOrders(symbol)).some((o) => o.id === order.id && o.status === 'canceled'));
});
await works('a market order fills', async () => {
  const filled = await x.createOrder(symbol, 'market', 'buy', 0.05);
  assert.equal(filled.status, 'closed');
  assert.equal(filled.filled, 0.05);
  assert.ok(filled.trades.length > 0 && filled.average > 0);
  assert.ok((await x.fetchOrderTrades(filled.id)).length > 0);
});
await works('my trades', async () => {
  const mine = await x.fetchMyTrades(symbol, undefined, 10);
  assert.ok(mine.length > 0 && mine[0].fee.currency === 'USDC' && mine[0].takerOrMaker === 'taker');
  assert.ok((await x.fetchMyTrades(symbol, Date.now() - 3_600_000)).length > 0);
});
await works('positions', async () => {
  const positions = await x.fetchPositions();
  const position = positions.find((p) => p.symbol === symbol);
  assert.equal(position.contracts, 0.05);
  assert.equal(position.side, 'long');
  assert.ok(position.maintenanceMargin > 0);
  assert.equal((await x.fetchPosition(symbol)).contracts, 0.05);
});
await works('post-only, IOC, FOK, reduce-only, stop, take, trailing', async () => {
  await rejects(x.createOrder(symbol, 'limit', 'buy', 0.01, round(mark * 1.02), { postOnly: true }), ccxt.InvalidOrder);
  const ioc = await x.createOrder(symbol, 'limit', 'buy', 0.01, round(mark * 0.97), { timeInForce: 'IOC' });
  assert.equal(ioc.status, 'canceled');
  await rejects(x.createOrder(symbol, 'limit', 'buy', 0.01, round(mark * 0.97), { timeInForce: 'FOK' }), ccxt.ExchangeError);
  const stop = await x.createOrder(symbol, 'market', 'sell', 0.05, undefined, {
    stopLossPrice: round(mark * 0.9),
    trigger: 'mark_price',
    reduceOnly: true,
  });
  assert.equal(stop.status, 'open');
  const take = await x.createOrder(symbol, 'limit', 'sell', 0.05, round(mark * 1.04), { takeProfitPrice: round(mark * 1.04) });
  const trailing = await x.createOrder(symbol, 'market', 'sell', 0.01, undefined, { trailingAmount: round(mark * 0.05) });
  for (const o of [stop, take, trailing]) {
    await x.cancelOrder(o.id);
  }
});
await works('a parameter that this venue does not have places nothing', async () => {
  const before = (await x.fetchMyTrades(symbol, undefined, 100)).length;
  for (const extra of [
    { triggerPrice: round(mark * 2) },
    { stopPrice: round(mark * 2) },
    { advanced: 'implv' },
    { otoco_config: [{ amount: 1 }], linked_order_type: 'one_triggers_other' },
    { clientOrderId: 'x' },
  ]) {
    await rejects(x.createOrder(symbol, 'market', 'buy', 0.01, undefined, extra), ccxt.ExchangeError);
    await rejects(x.createOrder(symbol, 'limit', 'buy', 0.01, round(mark * 0.97), extra), ccxt.ExchangeError);
  }
  assert.equal((await x.fetchMyTrades(symbol, undefined, 100)).length, before);
  assert.equal((await x.fetchOpenOrders(symbol)).length, 0);
});
await works('errors are the right kind', async () => {
  const tooMuch = async () => {
    for (let i = 0; i < 5; i++) {
      await x.createOrder(symbol, 'limit', 'buy', 99, round(mark * 0.97));
    }
  };
  await rejects(tooMuch(), ccxt.InsufficientFunds);
  await x.cancelAllOrders(symbol);
  await rejects(x.createOrder(symbol, 'limit', 'buy', 0.01, round(mark), { price: mark + 0.123 }), ccxt.InvalidOrder);
  await rejects(x.cancelOrder('12345'), ccxt.OrderNotFound);
  await rejects(x.fetchOrder('nonsense'), ccxt.InvalidOrder);
  const stranger = make(ccxt.deribit);
  stranger.secret = 'wrong';
  await rejects(stranger.fetchBalance(), ccxt.AuthenticationError);
});
await works('cancel all', async () => {
  await x.createOrder(symbol, 'limit', 'buy', 0.01, round(mark * 0.97));
  await x.cancelAllOrders(symbol);
  await x.cancelAllOrders();
  assert.equal((await x.fetchOpenOrders(symbol)).length, 0);
});
await works('deposits, transfers, withdrawals, liquidations', async () => {
  assert.ok((await x.fetchDeposits('USDC')).length > 0);
  await x.fetchTransfers('USDC');
  await x.fetchWithdrawals('USDC');
  await x.fetchLiquidations(symbol);
  await x.fetchMyLiquidations(symbol);
  await rejects(x.withdraw('USDC', 1, 'nowhere'), ccxt.InvalidAddress);
});

const ws = make(ccxt.pro.deribit);
// ccxt asks for this before any ws:// that is not wss://.
await ws.loadHttpProxyAgent();
await works('watch the book', async () => {
  let book = await ws.watchOrderBook(symbol);
  for (let i = 0; i < 3; i++) {
    book = await ws.watchOrderBook(symbol);
    assert.ok(book.bids[0][0] < book.asks[0][0], 'a book that is crossed');
  }
});
await works('watch ticker, best prices, trades, candles', async () => {
  assert.ok((await ws.watchTicker(symbol)).markPrice > 0);
  await ws.watchBidsAsks([symbol]);
  assert.ok((await ws.watchTrades(symbol)).length > 0);
  await ws.watchOHLCV(symbol, '1m');
});
await works('watch orders, my trades, balance', async () => {
  // What was before is not told again: the first message is about what is new.
  const orders = ws.watchOrders();
  const trades = ws.watchMyTrades();
  await sleep(1000);
  // A market in an auction or in doubt fills nothing: a person would try again.
  let placed;
  for (let i = 0; i < 30 && !(placed?.filled > 0); i++) {
    placed = await x
      .createOrder(symbol, 'market', 'sell', 0.05, undefined, { reduceOnly: true })
      .catch((e) => console.log(`again: ${e.message}`));
    await sleep(placed?.filled > 0 ? 0 : 1000);
  }
  assert.ok(placed?.filled > 0, 'no order was filled');
  assert.ok((await orders).length > 0);
  assert.ok((await trades).length > 0);
  await sleep(300);
  assert.ok(ws.orders.some((o) => o.id === placed.id));
  const balance = await ws.watchBalance();
  assert.ok(balance.info.currency);
});
await ws.close();
console.log(`${passed} passed`);
