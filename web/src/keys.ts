// The account's own key: P-256, made here, kept in this browser's database, never leaves it.

import { concat, toBase64 } from './bytes';

export interface OwnKey {
  account: number;
  key: number;
  venue: string;
  pair: CryptoKeyPair;
}

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

const open = (): Promise<IDBDatabase> =>
  new Promise((done, failed) => {
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

const nonceName = (key: OwnKey): string => `nonce ${key.venue} ${key.key}`;

/**
 * A nonce that no tab of this browser has used: read and written in one transaction of the database that all of them share, so that their
 * commands follow each other closely enough for the venue's window, whichever arrives first.
 */
export async function takeNonce(key: OwnKey): Promise<bigint> {
  const database = await open();
  return new Promise((done, failed) => {
    const store = database.transaction('keys', 'readwrite').objectStore('keys');
    const read = store.get(nonceName(key));
    let next = 1n;
    read.onsuccess = () => {
      next = BigInt((read.result as string | undefined) ?? '0') + 1n;
      store.put(next.toString(), nonceName(key));
    };
    store.transaction.oncomplete = () => {
      database.close();
      done(next);
    };
    store.transaction.onabort = () => {
      database.close();
      failed(store.transaction.error);
    };
  });
}

/** Goes on above a nonce that the venue has seen. */
export async function seen(key: OwnKey, highest: bigint): Promise<void> {
  const database = await open();
  return new Promise((done, failed) => {
    const store = database.transaction('keys', 'readwrite').objectStore('keys');
    const read = store.get(nonceName(key));
    read.onsuccess = () => {
      if (BigInt((read.result as string | undefined) ?? '0') < highest) {
        store.put(highest.toString(), nonceName(key));
      }
    };
    store.transaction.oncomplete = () => {
      database.close();
      done();
    };
    store.transaction.onabort = () => {
      database.close();
      failed(store.transaction.error);
    };
  });
}

export const forget = (venue: string): Promise<undefined> => run('readwrite', (store) => store.delete(venue));
