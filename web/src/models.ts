// The models of options, to the bit of the engine's: additions, multiplications, divisions and square roots of IEEE 754 alone, in the
// same order as in C# (Surety.Core RealFunctions; Surety.Pricing LaneFunctions, BlackKernel, IntegerOptions, ScenarioGrid,
// VolatilityGrid), which tests/vectors/model holds both sides to. Money goes in and comes out as integers.

import {
  Exponential,
  Ln2High,
  Ln2Low,
  Logarithms,
  LogarithmTail,
  MillsRatio,
  MillsSlope,
  PowersOfTwo,
  Step1,
  Step2,
  Step3,
  StepsPerUnit,
} from './tables';

// The same eight bytes as a number and as its bits.
const number = new Float64Array(1);
const bits = new BigInt64Array(number.buffer);
const toBits = (x: number): bigint => {
  number[0] = x;
  return bits[0]!;
};
const fromBits = (b: bigint): number => {
  bits[0] = BigInt.asIntN(64, b);
  return number[0]!;
};
const powerOfTwo = (exponent: number): number => fromBits(BigInt(exponent + 1023) << 52n);

// a + b and a · b exactly, as a sum of two doubles.
const add = (a: number, b: number): [number, number] => {
  const sum = a + b;
  const bb = sum - a;
  return [sum, a - (sum - bb) + (b - bb)];
};
const multiply = (a: number, b: number): [number, number] => {
  const product = a * b;
  const split = (x: number): [number, number] => {
    const s = x * 134217729;
    const high = s - (s - x);
    return [high, x - high];
  };
  const [aHigh, aLow] = split(a);
  const [bHigh, bLow] = split(b);
  return [product, aHigh * bHigh - product + aHigh * bLow + aLow * bHigh + aLow * bLow];
};

/** RealFunctions.Exp, for what stays within doubles of full precision. */
export function exp(x: number): number {
  if (!(x < 709.782712893384)) {
    return x > 709 ? (x === 709.782712893384 ? 1.797693134862273e308 : Infinity) : NaN;
  }
  if (x < -745.1332191019412) {
    return 0;
  }
  const steps = Math.floor(x * StepsPerUnit + 0.5);
  const [r, rError] = add(x - steps * Step1, -(steps * Step2));
  const rLow = rError + (0 - steps * Step3);
  const tail = r * r * (1 / 2 + r * (1 / 6 + r * (1 / 24 + r * (1 / 120 + r * (1 / 720 + r * (1 / 5040))))));
  const rest = rLow + r * rLow + tail;
  const entry = 2 * (steps & 31);
  const [table, tableLow] = [PowersOfTwo[entry]!, PowersOfTwo[entry + 1]!];
  const [linear, linearLow] = multiply(table, r);
  const [sum, sumLow] = add(table, linear);
  const [high, low] = add(sum, table * rest + tableLow + tableLow * r + linearLow);
  const value = high + (low + sumLow);
  const exponent = steps >> 5;
  if (exponent > 1023) {
    return value * 2 * powerOfTwo(exponent - 1);
  }
  return exponent >= -1022 ? value * powerOfTwo(exponent) : value * powerOfTwo(exponent + 200) * powerOfTwo(-200);
}

/** RealFunctions.Log of a normal positive number. */
export function log(x: number): number {
  const field = toBits(x);
  let exponent = Number(field >> 52n) - 1023;
  let m = fromBits((field & 0x000fffffffffffffn) | 0x3ff0000000000000n);
  if (m >= 1.41015625) {
    m *= 0.5;
    exponent++;
  }
  const row = 3 * (Math.trunc(m * 128 + 0.5) - 90);
  const [product, productLow] = multiply(m, Logarithms[row]!);
  const r = product - 1;
  const tail =
    r * r * (-1 / 2 + r * (1 / 3 + r * (-1 / 4 + r * (1 / 5 + r * (-1 / 6 + r * (1 / 7 + r * (-1 / 8 + r * (1 / 9)))))))) +
    (productLow - r * productLow);
  const [sum, sumLow] = add(exponent * Ln2High, Logarithms[row + 1]!);
  const [high, highLow] = add(sum, r);
  return high + (highLow + (sumLow + (Logarithms[row + 2]! + exponent * Ln2Low + tail)));
}

// LaneFunctions: without tables.
const Ln2HighLane = 0.6931471803691238;
const Ln2LowLane = 1.9082149292705877e-10;
const InverseRootTwoPi = 0.3989422804014327;
const Magic = 6755399441055744;

interface Polynomial {
  readonly even: readonly number[];
  readonly odd: readonly number[];
}
const horner = (coefficients: readonly number[], x: number): number =>
  coefficients.slice(1).reduce((sum, c) => sum * x + c, coefficients[0]!);
const polynomial = (p: Polynomial, u: number): number => {
  const square = u * u;
  return horner(p.even, square) + horner(p.odd, square) * u;
};
const least = (a: number, b: number): number => (a < b ? a : b);
const most = (a: number, b: number): number => (b < a ? a : b);

const laneExp = (x: number): number => {
  const bounded = least(most(x, -708), 709);
  const shifted = bounded * 1.4426950408889634 + Magic;
  const n = shifted - Magic;
  const r = bounded - n * Ln2HighLane - n * Ln2LowLane;
  return polynomial(Exponential, r) * fromBits((toBits(shifted) + 1023n) << 52n);
};

const laneLog = (x: number): number => {
  const field = toBits(x);
  let mantissa = fromBits((field & 0x000fffffffffffffn) | 0x3ff0000000000000n);
  let exponent = fromBits((BigInt.asUintN(64, field) >> 52n) | 0x4338000000000000n) - (Magic + 1023);
  if (1.4142135623730951 < mantissa) {
    mantissa *= 0.5;
    exponent += 1;
  }
  const f = mantissa - 1;
  const s = f / (f + 2);
  const square = s * s;
  const half = f * f * 0.5;
  const tail = polynomial(LogarithmTail, square) * square;
  return exponent * Ln2HighLane + (f - (half - (s * (half + tail) + exponent * Ln2LowLane)));
};

const logRatio = (a: number, b: number): number => {
  const s = (a - b) / (a + b);
  const square = s * s;
  return Math.abs(s) < 0.1715 ? s * (polynomial(LogarithmTail, square) * square + 2) : laneLog(a / b);
};

const millsRatio = (t: number): number => {
  const inverse = 1 / (t + 5);
  return polynomial(MillsRatio, (t - 5) * inverse) * inverse;
};

const millsSlope = (t: number): number => {
  const inverse = 1 / (t + 5);
  return polynomial(MillsSlope, (t - 5) * inverse) * (inverse * inverse);
};

// ImpliedVolatilityKernel.Series: what is left of two nearly equal terms.
const series = (h: number, t: number): number => {
  const a = [millsRatio(-h), millsSlope(-h)];
  for (let i = 2; i <= 13; i++) {
    a.push((a[i - 2]! + h * a[i - 1]!) * (1 / i));
  }
  const square = t * t;
  return horner([a[13]!, a[11]!, a[9]!, a[7]!, a[5]!, a[3]!, a[1]!], square) * (t + t);
};

/** Black's formula on a forward, without interest; sign 1 for a call, −1 for a put. */
export function black(sign: number, forward: number, strike: number, volatility: number, years: number): { price: number; delta: number } {
  const rootYears = Math.sqrt(years);
  const deviation = volatility * rootYears;
  const ratio = forward / strike;
  const inverse = 1 / (forward * deviation);
  const d1 = logRatio(forward, strike) * (inverse * forward) + deviation * 0.5;
  const d2 = d1 - volatility * rootYears;
  const density = laneExp(d1 * d1 * -0.5) * InverseRootTwoPi;
  const tail1 = density * millsRatio(Math.abs(d1));
  const tail2 = density * ratio * millsRatio(Math.abs(d2));
  const probability = (signed: number, tail: number): number => (signed > 0 ? 1 - tail : tail);
  const n1 = probability(sign * d1, tail1);
  const n2 = probability(sign * d2, tail2);
  let price = sign * (forward * n1 - strike * n2);
  const h = Math.abs(d1 + d2) * 0.5;
  if ((h + 1) * deviation < 0.02) {
    price = most(sign * (forward - strike), 0) + forward * density * series(-h, deviation * 0.5);
  }
  return { price, delta: sign * n1 };
}

/** An option in integers: type 1 for a call, −1 for a put; volatility in parts per million, time in milliseconds. */
export interface Option {
  type: 1 | -1;
  underlying: bigint;
  strike: bigint;
  volatility: number;
  ms: bigint;
}

const MsPerYear = 365 * 86_400_000;
const nearest = (value: number): bigint => {
  if (Math.abs(value) >= 9.2e18) {
    return value > 0 ? 2n ** 63n - 1n : -(2n ** 63n);
  }
  return Number.isNaN(value) ? 0n : BigInt(Math.floor(value + 0.5));
};
const max = (a: bigint, b: bigint): bigint => (a > b ? a : b);
const min = (a: bigint, b: bigint): bigint => (a < b ? a : b);
const floorDiv = (a: bigint, b: bigint): bigint => (a >= 0n || a % b === 0n ? a / b : a / b - 1n);
const intrinsic = (o: Option): bigint => max(o.type === 1 ? o.underlying - o.strike : o.strike - o.underlying, 0n);
const hasTimeValue = (o: Option): boolean => o.ms > 0n && o.volatility > 0 && o.underlying > 0n && o.strike > 0n;

// BlackScholes.OnForward: without volatility or time it is what it is worth now.
function onForward(o: Option): { price: number; delta: number } {
  const [forward, strike, volatility, years] = [Number(o.underlying), Number(o.strike), o.volatility / 1e6, Number(o.ms) / MsPerYear];
  if (volatility * Math.sqrt(years) < 1e-150) {
    const gain = o.type * (forward - strike);
    return { price: gain > 0 ? gain : 0, delta: gain > 0 ? o.type : 0 };
  }
  return black(o.type, forward, strike, volatility, years);
}

/** Present value in units, within its bounds. */
export function priceOf(o: Option): bigint {
  const least = intrinsic(o);
  return hasTimeValue(o) ? min(max(nearest(onForward(o).price), least), max(o.type === 1 ? o.underlying : o.strike, least)) : least;
}

/** Delta in parts per million. */
export const deltaOf = (o: Option): bigint =>
  hasTimeValue(o) ? nearest(onForward(o).delta * 1e6) : intrinsic(o) > 0n ? BigInt(o.type) * 1_000_000n : 0n;

/** How many scenarios. */
export const Scenarios = 32;
const Inner = 27;
const quartersOf = (i: number): bigint => (i < Inner ? BigInt(Math.floor(i / 3) - 4) : [-12n, -8n, 8n, 16n, 32n][i - Inner]!);
const countedOf = (i: number): bigint => (i < Inner ? 1_000_000n : [300_000n, 450_000n, 450_000n, 200_000n, 100_000n][i - Inner]!);
const moved = (i: number, underlying: bigint, scan: bigint): bigint =>
  max(underlying + floorDiv(underlying * scan * quartersOf(i), 4_000_000n), max(underlying / 100n, 1n));
const counted = (loss: bigint, i: number): bigint => -floorDiv(-loss * countedOf(i), 1_000_000n);

/** What one long option loses in each scenario, units. */
export function lossesOf(o: Option, scan: bigint): bigint[] {
  const hasTime = o.ms > 0n && o.volatility > 0 && o.underlying > 0n;
  const days = Math.max(Number(o.ms) / 86_400_000, 1);
  const reach = exp((days <= 30 ? 0.3 : 0.13) * log(30 / days));
  const now = priceOf(o);
  return Array.from({ length: Scenarios }, (_, i) => {
    const there = { ...o, underlying: moved(i, o.underlying, scan) };
    const move = i < Inner ? 1 - (i % 3) : 1;
    const factor = move > 0 ? 1 + 0.5 * reach : move < 0 ? Math.max(1 - 0.3 * reach, 0.2) : 1;
    const value = hasTime
      ? max(
          nearest(black(o.type, Number(there.underlying), Number(o.strike), o.volatility * 1e-6 * factor, Number(o.ms) / MsPerYear).price),
          intrinsic(there),
        )
      : intrinsic(there);
    return counted(now - value, i);
  });
}

/** What one long unit of the underlying itself loses in each scenario, units. */
export const lossesOfUnderlying = (underlying: bigint, scan: bigint): bigint[] =>
  Array.from({ length: Scenarios }, (_, i) => counted(underlying - moved(i, underlying, scan), i));

const MinutesPerYear = 365 * 1440;

/** Volatility of a strike and a time between nodes, parts per million: tenors in minutes by moneyness in thousandths, tenor by tenor. */
export function volatilityOf(
  tenors: number[],
  moneyness: number[],
  volatilities: number[],
  underlying: bigint,
  strike: bigint,
  ms: bigint,
): number {
  const k = log(Number(strike) / Number(underlying));
  const years = Number(max(ms, 60_000n)) / MsPerYear;
  const atTenor = (tenor: number): number => {
    const row = volatilities.slice(tenor * moneyness.length, (tenor + 1) * moneyness.length);
    const m = (k / Math.sqrt(tenors[tenor]! / MinutesPerYear)) * 1000;
    if (m <= moneyness[0]! || row.length === 1) {
      return row[0]! * 1e-6;
    }
    for (let i = 1; i < row.length; i++) {
      if (m <= moneyness[i]!) {
        const share = (m - moneyness[i - 1]!) / (moneyness[i]! - moneyness[i - 1]!);
        return (row[i - 1]! * (1 - share) + row[i]! * share) * 1e-6;
      }
    }
    return row.at(-1)! * 1e-6;
  };
  const found = tenors.findIndex((t) => !(t / MinutesPerYear < years));
  const after = found < 0 ? tenors.length : found;
  let variance: number;
  if (after === 0 || after === tenors.length) {
    const v = atTenor(after === 0 ? 0 : after - 1);
    variance = v * v * years;
  } else {
    const early = tenors[after - 1]! / MinutesPerYear;
    const late = tenors[after]! / MinutesPerYear;
    const a = atTenor(after - 1);
    const b = atTenor(after);
    const share = (years - early) / (late - early);
    variance = a * a * early * (1 - share) + b * b * late * share;
  }
  return Number(min(max(nearest(Math.sqrt(variance / years) * 1e6), 1n), 100_000_000n));
}
