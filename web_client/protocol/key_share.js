/**
 * Keys for one connection's picture: verification/INTRODUCTION.md, "Keys for the picture". Each page signs a fresh ECDH
 * key with its device key, and believes the other only with the device key that its own introduction gave it.
 *
 * @typedef {{ key: string, signature: string }} KeyShare
 * @typedef {object} KeyGround
 * @property {string} session
 * @property {string} reference the case's
 * @property {string} transcript of the words compared; "" where none were
 * @property {string} badge the signed document
 * @property {string} agentDevice canonical JWK
 * @property {string} customerDevice canonical JWK
 */

import { exactBytes, toBase64url } from "./base64url.js";
import { CURVE, hashed, pointKey, signatureHolds } from "./exchange.js";

const LABEL = "tachiai/media/v1";
const KEY_BYTES = 32;

/** The other page did not sign this: somebody is between. */
export class KeyShareRefused extends Error {}

/** @param {KeyGround} ground @returns {Promise<string>} G, base64url */
export async function groundName({ session, reference, transcript, badge, agentDevice, customerDevice }) {
  return toBase64url(await hashed(LABEL, session, reference, transcript, badge, agentDevice, customerDevice));
}

/** This page's key for one connection. */
export class OwnKey {
  /** @param {CryptoKeyPair} pair @param {string} key the public half */
  constructor(pair, key) {
    this.pair = pair;
    this.key = key;
  }

  static async made() {
    const pair = await crypto.subtle.generateKey(CURVE, false, ["deriveBits"]);
    return new OwnKey(pair, toBase64url(await crypto.subtle.exportKey("raw", pair.publicKey)));
  }

  /**
   * @param {string} other the other page's public key
   * @param {string} ground G
   * @param {CryptoKey | null} secret that both pages' exchange of words left; null where there was none
   * @param {string} pair both public keys, the customer's first
   * @param {"encrypt" | "decrypt"} usage
   * @returns {Promise<CryptoKey>} for frames from the customer to the agent; it cannot be taken out
   */
  async frameKey(other, ground, secret, pair, usage) {
    const agreed = await crypto.subtle.deriveBits(
      { name: "ECDH", public: await pointKey(other).catch(notItsForm) },
      this.pair.privateKey,
      KEY_BYTES * 8,
    );
    const salt = exactBytes(ground, 32) ?? new Uint8Array(32);
    const introduced = secret ? await taken(secret, salt, "tachiai/frames/v1/introduction", KEY_BYTES) : new Uint8Array();
    const input = new Uint8Array(KEY_BYTES + introduced.length);
    input.set(new Uint8Array(agreed));
    input.set(introduced, KEY_BYTES);
    const source = await crypto.subtle.importKey("raw", input, "HKDF", false, ["deriveBits"]);
    const raw = await taken(source, salt, `tachiai/frames/v1/customer-to-agent ${pair}`, KEY_BYTES);
    return crypto.subtle.importKey("raw", raw, "AES-GCM", false, [usage]);
  }
}

/** @param {string} ground @param {string} key the customer's */
export function customersText(ground, key) {
  return `${LABEL} customer ${ground} ${key}`;
}

/** Whoever signed it: no page makes such a key. @returns {never} */
function notItsForm() {
  throw new KeyShareRefused();
}

/** @param {string} ground @param {string} customers @param {string} agents public keys */
export function agentsText(ground, customers, agents) {
  return `${LABEL} agent ${ground} ${customers} ${agents}`;
}

/**
 * @param {KeyShare} share
 * @param {string} device canonical JWK of whoever must have signed it
 * @param {string} text
 * @throws {KeyShareRefused}
 */
export async function mustBeSigned(share, device, text) {
  if (!exactBytes(share.key, 65) || !(await signatureHolds(device, text, share.signature))) throw new KeyShareRefused();
}

/**
 * @param {CryptoKey} source
 * @param {Uint8Array<ArrayBuffer>} salt
 * @param {string} info
 * @param {number} bytes
 */
async function taken(source, salt, info, bytes) {
  const wanted = { name: "HKDF", hash: "SHA-256", salt, info: new TextEncoder().encode(info) };
  return new Uint8Array(await crypto.subtle.deriveBits(wanted, source, bytes * 8));
}
