// Whole numbers as the engine divides them: which way a quotient is rounded is said each time.

export const floorDiv = (a: bigint, b: bigint): bigint => (a >= 0n === b > 0n || a % b === 0n ? a / b : a / b - 1n);
export const ceilDiv = (a: bigint, b: bigint): bigint => -floorDiv(-a, b);
export const nearest = (a: bigint, b: bigint): bigint => floorDiv(2n * a + b, 2n * b);
export const abs = (a: bigint): bigint => (a < 0n ? -a : a);
export const most = (a: bigint, b: bigint): bigint => (a > b ? a : b);
export const least = (a: bigint, b: bigint): bigint => (a < b ? a : b);
export const Million = 1_000_000n;
