// Numbers and times as people read them.

export const price = (value: number | null | undefined, tick: number): string =>
  value === null || value === undefined
    ? '–'
    : value.toLocaleString('en-US', { minimumFractionDigits: decimals(tick), maximumFractionDigits: decimals(tick) });

export const amount = (value: number | null | undefined, step = 0.001): string =>
  value === null || value === undefined
    ? '–'
    : value.toLocaleString('en-US', {
        minimumFractionDigits: Math.min(decimals(step), 4),
        maximumFractionDigits: Math.min(decimals(step), 6),
      });

export const money = (value: number | null | undefined, places = 2): string =>
  value === null || value === undefined
    ? '–'
    : value.toLocaleString('en-US', { minimumFractionDigits: places, maximumFractionDigits: places });

export const short = (value: number): string =>
  Math.abs(value) >= 1e9
    ? `${(value / 1e9).toFixed(2)} bn`
    : Math.abs(value) >= 1e6
      ? `${(value / 1e6).toFixed(2)} m`
      : Math.abs(value) >= 1e4
        ? `${(value / 1e3).toFixed(1)} k`
        : money(value);

export const percent = (value: number, places = 4): string => `${(value * 100).toFixed(places)}%`;

export const signed = (value: number, places = 2): string => `${value > 0 ? '+' : value < 0 ? '−' : ''}${money(Math.abs(value), places)}`;

export const time = (ms: number): string => (ms ? new Date(ms).toISOString().slice(11, 19) : '–');

export const day = (ms: number): string => (ms ? new Date(ms).toISOString().slice(0, 19).replace('T', ' ') : '–');

export const words = (name: string): string => name.replace(/_/g, ' ');

export const tone = (value: number): string => (value > 0 ? 'up' : value < 0 ? 'down' : '');

export function decimals(step: number): number {
  const text = step.toString();
  return text.includes('e-') ? Number(text.split('e-')[1]) : (text.split('.')[1]?.length ?? 0);
}

const hidden = new Set(['type', 'sequence', 'timestamp', 'account']);

/** An event's fields as a sentence. */
export function describe(event: any): string {
  return Object.entries(event)
    .filter(([k, v]) => !hidden.has(k) && v !== '' && v !== null)
    .map(([k, v]) => `${words(k)} ${typeof v === 'number' && k === 'until' ? day(v) : String(v)}`)
    .join(', ');
}
