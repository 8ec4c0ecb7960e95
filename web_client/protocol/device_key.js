/**
 * This browser's own key: P-256, not extractable, kept in IndexedDB. It signs consents, so that nobody else can
 * have agreed in this person's name; the private half never leaves the browser, not even to this page's script.
 */

import { toBase64url } from "./base64url.js";

const DATABASE = "tachiai";
const STORE = "keys";
/** A customer's and an agent's page in one browser, as in a demonstration, are two devices. */
const NAMES = { customer: "device", agent: "agent device" };
const ALGORITHM = { name: "ECDSA", namedCurve: "P-256" };

/**
 * @typedef {object} DeviceKey
 * @property {string} publicJwk canonical JSON of the public JWK: crv, kty, x, y and nothing else
 * @property {string} id RFC 7638 thumbprint, base64url
 * @property {(text: string) => Promise<string>} sign base64url of the 64-byte r || s over the UTF-8 bytes of `text`
 */

/**
 * The key kept here, or a new one.
 * @param {keyof typeof NAMES} [whose]
 * @returns {Promise<DeviceKey>}
 */
export async function openDeviceKey(whose = "customer") {
  const name = NAMES[whose];
  const database = await openDatabase();
  try {
    const pair = (await readPair(database, name)) ?? (await keepPair(database, name, await makePair()));
    return await described(pair);
  } finally {
    database.close();
  }
}

/**
 * What is kept here under `name`, or a new one. Where the browser cannot keep it, it lives as long as this page.
 * @template T
 * @param {string} name
 * @param {() => Promise<T>} make
 * @param {(found: unknown) => boolean} usable
 * @returns {Promise<T>}
 */
export async function kept(name, make, usable) {
  const database = await openDatabase();
  try {
    const found = await answered(database.transaction(STORE).objectStore(STORE).get(name));
    if (usable(found)) return found;
    const made = await make();
    await answered(database.transaction(STORE, "readwrite").objectStore(STORE).put(made, name)).catch(() => null);
    return made;
  } finally {
    database.close();
  }
}

/** @returns {Promise<CryptoKeyPair>} */
function makePair() {
  return crypto.subtle.generateKey(ALGORITHM, false, ["sign", "verify"]);
}

/**
 * @param {CryptoKeyPair} pair
 * @returns {Promise<DeviceKey>}
 */
async function described(pair) {
  const jwk = await crypto.subtle.exportKey("jwk", pair.publicKey);
  // RFC 7638: required members only, in lexical order, no white space. The order written here is that order.
  const publicJwk = JSON.stringify({ crv: jwk.crv, kty: jwk.kty, x: jwk.x, y: jwk.y });
  const id = toBase64url(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(publicJwk)));
  return {
    publicJwk,
    id,
    sign: async (text) => {
      const algorithm = { name: "ECDSA", hash: "SHA-256" };
      return toBase64url(
        await crypto.subtle.sign(algorithm, pair.privateKey, new TextEncoder().encode(text)),
      );
    },
  };
}

/** @returns {Promise<IDBDatabase>} */
function openDatabase() {
  const request = indexedDB.open(DATABASE, 1);
  request.onupgradeneeded = () => request.result.createObjectStore(STORE);
  return answered(request);
}

/**
 * @param {IDBDatabase} database
 * @param {string} name
 * @returns {Promise<CryptoKeyPair | undefined>}
 */
function readPair(database, name) {
  return answered(database.transaction(STORE).objectStore(STORE).get(name));
}

/**
 * `add`, not `put`: of two pages that make a key at the same time one wins, and both use the winner's.
 * @param {IDBDatabase} database
 * @param {string} name
 * @param {CryptoKeyPair} pair
 * @returns {Promise<CryptoKeyPair>}
 */
async function keepPair(database, name, pair) {
  try {
    await answered(database.transaction(STORE, "readwrite").objectStore(STORE).add(pair, name));
    return pair;
  } catch (error) {
    const kept = await readPair(database, name);
    if (kept === undefined) throw error;
    return kept;
  }
}

/**
 * @template T
 * @param {IDBRequest<T>} request
 * @returns {Promise<T>}
 */
function answered(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}
