// How bytes are read and written by the names of their fields: little-endian, as protocol.ts lays them out.

import { view } from './bytes';

/** A place in a layout and how it is read. */
export interface Field<T> {
  readonly at: number;
  readonly size: number;
  read(from: DataView): T;
  write(to: DataView, value: T): void;
}

const field = <T>(at: number, size: number, read: (d: DataView) => T, write: (d: DataView, value: T) => void): Field<T> => ({
  at,
  size,
  read,
  write,
});

export const u8 = (at: number): Field<number> =>
  field(
    at,
    1,
    (d) => d.getUint8(at),
    (d, v) => d.setUint8(at, v),
  );
export const u16 = (at: number): Field<number> =>
  field(
    at,
    2,
    (d) => d.getUint16(at, true),
    (d, v) => d.setUint16(at, v, true),
  );
export const u32 = (at: number): Field<number> =>
  field(
    at,
    4,
    (d) => d.getUint32(at, true),
    (d, v) => d.setUint32(at, v, true),
  );
export const i32 = (at: number): Field<number> =>
  field(
    at,
    4,
    (d) => d.getInt32(at, true),
    (d, v) => d.setInt32(at, v, true),
  );
export const u64 = (at: number): Field<bigint> =>
  field(
    at,
    8,
    (d) => d.getBigUint64(at, true),
    (d, v) => d.setBigUint64(at, v, true),
  );
export const i64 = (at: number): Field<bigint> =>
  field(
    at,
    8,
    (d) => d.getBigInt64(at, true),
    (d, v) => d.setBigInt64(at, v, true),
  );

const part = (d: DataView, at: number, size: number): Uint8Array => new Uint8Array(d.buffer, d.byteOffset + at, size);

/** A text, digest, key or signature. */
export const bytes = (at: number, size: number): Field<Uint8Array> =>
  field(
    at,
    size,
    (d) => part(d, at, size).slice(),
    (d, v) => part(d, at, size).set(v),
  );

/** Entries one behind another. */
export const list = <T>(at: number, count: number, stride: number, entry: (at: number) => Field<T>): Field<T[]> => {
  const entries = (): Field<T>[] => Array.from({ length: count }, (_, i) => entry(at + i * stride));
  return field(
    at,
    count * stride,
    (d) => entries().map((e) => e.read(d)),
    (d, values) => values.forEach((v, i) => entries()[i]!.write(d, v)),
  );
};

type Fields = Record<string, Field<any>>;

/** What a layout's fields hold. */
export type Values<F extends Fields> = { [N in keyof F]: F[N] extends Field<infer T> ? T : never };

/** The same with what may be left out: it is zero then. */
export type Some<T> = T extends Uint8Array ? T : T extends (infer E)[] ? Some<E>[] : T extends object ? { [N in keyof T]?: Some<T[N]> } : T;

export interface Layout<F extends Fields> {
  readonly size: number;
  readonly fields: F;
  read(from: Uint8Array): Values<F>;
  write(values: Some<Values<F>>): Uint8Array;
}

function readAll<F extends Fields>(fields: F, from: DataView): Values<F> {
  return Object.fromEntries(Object.entries(fields).map(([name, f]) => [name, f.read(from)])) as Values<F>;
}

function writeSome<F extends Fields>(fields: F, to: DataView, values: Some<Values<F>>): void {
  for (const [name, value] of Object.entries(values as Record<string, unknown>)) {
    if (value !== undefined) {
      fields[name]!.write(to, value);
    }
  }
}

export const layout = <F extends Fields>(size: number, fields: F): Layout<F> => ({
  size,
  fields,
  read: (from) => readAll(fields, view(from)),
  write: (values) => {
    const to = new Uint8Array(size);
    writeSome(fields, view(to), values);
    return to;
  },
});

/** A layout within another. */
export const struct = <F extends Fields>(at: number, inner: Layout<F>): Field<Values<F>> =>
  field(
    at,
    inner.size,
    (d) => readAll(inner.fields, new DataView(d.buffer, d.byteOffset + at, inner.size)),
    (d, v) => writeSome(inner.fields, new DataView(d.buffer, d.byteOffset + at, inner.size), v as Some<Values<F>>),
  );

/** What a layout reads. */
export type Read<L> = L extends Layout<infer F> ? Values<F> : never;
