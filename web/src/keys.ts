// The account's own key: P-256, made here, kept in this browser's database, never leaves it.

import { concat, toBase64 } from './bytes';

export interface OwnKey { account: number; key: number; venue: string; pair: CryptoKeyPair }

const algorithm = { name: 'ECDSA', namedCurve: 'P-256' };

export const makePair = (): Promise<CryptoKeyPair> => crypto.subtle.generateKey(algorithm, false, ['sign', 'verify']);

/** X and Y, base64. */
export async function publicKey(pair: CryptoKeyPair): Promise<string> {
  return toBase64(new Uint8Array(await crypto.subtle.exportKey('raw', pair.publicKey)).slice(1));
}

/** r and s. */
export async function sign(pair: CryptoKeyPair, message: Uint8Array): Promise<Uint8Array> {
  return new Uint8Array(await crypto.subtle.sign({ name: 'ECDSA', hash: 'SHA-256' }, pair.privateKey, message as BufferSource));
}

/** Whether a signature is that of a public key (X and Y). */
export async function isSigned(xy: Uint8Array, message: Uint8Array, signature: Uint8Array): Promise<boolean> {
  try {
    const key = await crypto.subtle.importKey('raw', concat(new Uint8Array([4]), xy) as BufferSource, algorithm, false, ['verify']);
    return await crypto.subtle.verify({ name: 'ECDSA', hash: 'SHA-256' }, key, signature as BufferSource, message as BufferSource);
  } catch {
    return false;
  }
}

const open = (): Promise<IDBDatabase> => new Promise((done, failed) => {
  const request = indexedDB.open('surety', 1);
  request.onupgradeneeded = () => request.result.createObjectStore('keys');
  request.onsuccess = () => done(request.result);
  request.onerror = () => failed(request.error);
});

const run = async <T>(mode: IDBTransactionMode, work: (store: IDBObjectStore) => IDBRequest<T>): Promise<T> => {
  const database = await open();
  return new Promise((done, failed) => {
    const request = work(database.transaction('keys', mode).objectStore('keys'));
    request.onsuccess = () => done(request.result);
    request.onerror = () => failed(request.error);
  });
};

/** The key of a venue, by its hash. */
export const load = (venue: string): Promise<OwnKey | undefined> => run('readonly', (store) => store.get(venue));

export const save = (key: OwnKey): Promise<IDBValidKey> => run('readwrite', (store) => store.put(key, key.venue));

export const forget = (venue: string): Promise<undefined> => run('readwrite', (store) => store.delete(venue));
