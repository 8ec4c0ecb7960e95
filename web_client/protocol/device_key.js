/**
 * This browser's own key: P-256, not extractable, kept in IndexedDB. It signs consents, so that nobody else can
 * have agreed in this person's name; the private half never leaves the browser, not even to this page's script.
 */

import { toBase64url } from "./base64url.js";
import { answered, inStore } from "./browser_store.js";

const PLACE = { database: "tachiai", store: "keys" };
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
  return await described((await read(name)) ?? (await keepPair(name, await makePair())));
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
  const found = await read(name);
  if (usable(found)) return found;
  const made = await make();
  await inStore(PLACE, "readwrite", (store) => answered(store.put(made, name))).catch(() => null);
  return made;
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

/** @param {string} name */
function read(name) {
  return inStore(PLACE, "readonly", (store) => answered(store.get(name)));
}

/**
 * `add`, not `put`: of two pages that make a key at the same time one wins, and both use the winner's.
 * @param {string} name
 * @param {CryptoKeyPair} pair
 * @returns {Promise<CryptoKeyPair>}
 */
async function keepPair(name, pair) {
  try {
    await inStore(PLACE, "readwrite", (store) => answered(store.add(pair, name)));
    return pair;
  } catch (error) {
    const kept = await read(name);
    if (kept === undefined) throw error;
    return kept;
  }
}
