/**
 * The agent's badge, checked by this page itself: verification/INTRODUCTION.md, "The badge".
 *
 * @typedef {object} BadgeKeys what is at /.well-known/tachiai-badge-keys
 * @property {string} organisation
 * @property {{ id: string, algorithm: string, public: string, from_ms: number, until_ms: number | null }[]} keys
 * @property {string[]} revoked
 *
 * @typedef {object} Badge
 * @property {string} id
 * @property {string} organisation
 * @property {string} number
 * @property {string} name
 * @property {string} role
 * @property {string} case
 * @property {string} device_key
 * @property {string} key
 * @property {number} issued_at_ms
 * @property {number} expires_at_ms
 */

import { exactBytes, toBase64url } from "./base64url.js";
import { canonical } from "./consent.js";

const KEYS_ADDRESS = "/.well-known/tachiai-badge-keys";
const KEYS_WITHIN_MS = 15_000;
const LABEL = "tachiai/badge/v1\0";
const LARGEST_DOCUMENT = 2_048;
const LONGEST_LIFE_MS = 43_200_000;
const AHEAD_MS = 60_000;
const TEXTS = ["case", "device_key", "id", "key", "kind", "name", "number", "organisation", "role"];
const TIMES = ["expires_at_ms", "issued_at_ms", "v"];

/** The badge does not count. */
export class BadgeInvalid extends Error {}

/** The keys cannot be read now: nothing is known yet. */
export class BadgeUnchecked extends Error {}

/** This browser knows no Ed25519. */
class BrowserUnable extends Error {}

/**
 * @returns {Promise<BadgeKeys>}
 * @throws {BadgeUnchecked}
 */
export async function fetchBadgeKeys() {
  try {
    const signal = AbortSignal.timeout(KEYS_WITHIN_MS);
    const response = await fetch(KEYS_ADDRESS, { cache: "no-store", redirect: "error", signal });
    if (!response.ok) throw new BadgeUnchecked(`the keys answered ${response.status}`);
    return await response.json();
  } catch (error) {
    throw error instanceof BadgeUnchecked ? error : new BadgeUnchecked(String(error));
  }
}

/**
 * @param {{ document: string, signature: string }} signed
 * @param {BadgeKeys} published
 * @param {import("./shapes").CustomerView} view what the page shows beside it
 * @param {number} nowMs UTC
 * @returns {Promise<{ badge: Badge, signed: boolean }>} `signed` false: this browser cannot check the signature; all else
 * holds
 * @throws {BadgeInvalid}
 */
export async function checkBadge(signed, published, view, nowMs) {
  const bytes = new TextEncoder().encode(signed.document);
  const signature = exactBytes(signed.signature, 64);
  if (bytes.length > LARGEST_DOCUMENT || !signature) throw new BadgeInvalid("wrong size");
  const signerId = await signer(bytes, signature, published);
  const badge = parsed(signed.document);
  const key = published.keys.find(({ id }) => id === badge.key);
  if (!key || (signerId !== null && key.id !== signerId)) throw new BadgeInvalid("it names another key");
  mustBeOfNow(badge, key, nowMs);
  if (published.revoked.includes(badge.id)) throw new BadgeInvalid("it was revoked");
  mustMatchScreen(badge, view);
  return { badge, signed: signerId !== null };
}

/**
 * @param {Uint8Array<ArrayBuffer>} document
 * @param {Uint8Array<ArrayBuffer>} signature
 * @param {BadgeKeys} published
 * @returns {Promise<string | null>} the key's id; null where this browser cannot tell
 */
async function signer(document, signature, { keys }) {
  const label = new TextEncoder().encode(LABEL);
  const message = new Uint8Array(label.length + document.length);
  message.set(label);
  message.set(document, label.length);
  try {
    for (const key of keys) {
      if (key.algorithm === "Ed25519" && (await holds(key.public, signature, message))) return key.id;
    }
  } catch (error) {
    if (error instanceof BrowserUnable) return null;
    throw error;
  }
  throw new BadgeInvalid("no known key signed it");
}

/**
 * @param {string} encoded
 * @param {Uint8Array<ArrayBuffer>} signature
 * @param {Uint8Array<ArrayBuffer>} message
 */
async function holds(encoded, signature, message) {
  const raw = exactBytes(encoded, 32);
  if (!raw) return false;
  try {
    const key = await crypto.subtle.importKey("raw", raw, "Ed25519", false, ["verify"]);
    return await crypto.subtle.verify("Ed25519", key, signature, message);
  } catch (error) {
    if (error instanceof DOMException && error.name === "NotSupportedError")
      throw new BrowserUnable();
    return false;
  }
}

/**
 * @param {string} document
 * @returns {Badge}
 */
function parsed(document) {
  let found;
  try {
    found = JSON.parse(document);
    if (canonical(found) !== document) throw new BadgeInvalid("not canonical");
  } catch (error) {
    throw error instanceof BadgeInvalid ? error : new BadgeInvalid("not canonical");
  }
  const names = Object.keys(found).sort().join();
  const right =
    names === [...TEXTS, ...TIMES].sort().join() &&
    TEXTS.every((name) => typeof found[name] === "string") &&
    TIMES.every((name) => Number.isSafeInteger(found[name]) && found[name] >= 0);
  if (!right || found.kind !== "tachiai-badge" || found.v !== 1) throw new BadgeInvalid("another form");
  return found;
}

/**
 * @param {Badge} badge
 * @param {BadgeKeys["keys"][number]} key
 * @param {number} nowMs
 */
function mustBeOfNow(badge, key, nowMs) {
  const { issued_at_ms: issued, expires_at_ms: expires } = badge;
  const inTime = issued >= key.from_ms && (key.until_ms === null || issued < key.until_ms);
  if (!inTime) throw new BadgeInvalid("its key was not in use");
  if (expires <= issued || expires - issued > LONGEST_LIFE_MS) throw new BadgeInvalid("it lives too long");
  if (issued > nowMs + AHEAD_MS || nowMs >= expires) throw new BadgeInvalid("it is not of now");
}

/**
 * @param {Badge} badge
 * @param {import("./shapes").CustomerView} view
 */
function mustMatchScreen(badge, view) {
  const { agent } = view;
  const same =
    badge.name === agent.name &&
    badge.number === agent.number &&
    badge.role === agent.role &&
    badge.organisation === view.organisation &&
    badge.case === view.case_reference;
  if (!same) throw new BadgeInvalid("it is not whom the page shows");
}

/**
 * What an agent's page sends to get a badge for its device key.
 * @param {import("./device_key.js").DeviceKey} deviceKey
 * @param {string} session
 * @param {string} reference the case's
 */
export async function badgeRequest(deviceKey, session, reference) {
  const signature = await deviceKey.sign(`tachiai/badge-request/v1 ${session} ${reference}`);
  return { device_key: deviceKey.publicJwk, signature };
}

/** @param {string} text */
export async function sha256(text) {
  return toBase64url(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text)));
}
