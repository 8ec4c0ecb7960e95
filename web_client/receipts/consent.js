/**
 * A customer's consent, checked by whoever holds it: session/CONSENT.md.
 *
 * @typedef {object} SignedConsent
 * @property {string} session
 * @property {{ name: string, number: string }} agent
 * @property {string} organisation
 * @property {string[]} scopes
 * @property {number} duration_ms
 * @property {number} page_time_ms
 * @property {{ language: string, sha256: string, version: number }} wording
 * @property {string} device
 */

import { isObject, parseCanonical } from "./canonical.js";
import { base64urlOf, fromBase64url, hexOf, sha256, utf8 } from "./octets.js";
import { ReceiptRefused } from "./refused.js";

const DOCUMENT_LIMIT = 4_096;
const KEY = /^\{"crv":"P-256","kty":"EC","x":"([A-Za-z0-9_-]{43})","y":"([A-Za-z0-9_-]{43})"\}$/;
const HASH = /^[0-9a-f]{64}$/;
const SCOPE = /^[a-z_]{1,32}$/;
const SURFACES = ["tab", "window", "screen"];
const ECDSA = { name: "ECDSA", namedCurve: "P-256" };
const FORM = {
  agent: { name: "text", number: "text" },
  device: "text",
  duration_ms: "count",
  kind: "text",
  nonce: "text",
  organisation: "text",
  page_time_ms: "count",
  scopes: "texts",
  session: "text",
  transcript: "text",
  v: "count",
  wording: { language: "text", sha256: "text", version: "count" },
};

/**
 * @param {{ document: string, signature: string, deviceKey: string, wording: string | null }} parts
 * @returns {Promise<SignedConsent>}
 * @throws {ReceiptRefused}
 */
export async function checkConsent({ document, signature, deviceKey, wording }) {
  const bytes = utf8(document);
  if (bytes.length > DOCUMENT_LIMIT) throw new ReceiptRefused("consent_document");
  await mustBeSigned(bytes, signature, await importKey(deviceKey));
  const consent = parseConsent(document);
  if (consent.device !== base64urlOf(await sha256(utf8(deviceKey)))) throw new ReceiptRefused("consent_key");
  if (wording !== null && hexOf(await sha256(utf8(wording))) !== consent.wording.sha256)
    throw new ReceiptRefused("wording");
  return consent;
}

/** @param {string} deviceKey */
async function importKey(deviceKey) {
  const found = KEY.exec(deviceKey);
  const [x, y] = [found?.[1] ?? "", found?.[2] ?? ""];
  if (fromBase64url(x)?.length !== 32 || fromBase64url(y)?.length !== 32)
    throw new ReceiptRefused("consent_key");
  const jwk = { kty: "EC", crv: "P-256", x, y, ext: true };
  return crypto.subtle.importKey("jwk", jwk, ECDSA, true, ["verify"]).catch(() => {
    throw new ReceiptRefused("consent_key");
  });
}

/**
 * @param {Uint8Array<ArrayBuffer>} bytes
 * @param {string} signature
 * @param {CryptoKey} key
 */
async function mustBeSigned(bytes, signature, key) {
  const raw = fromBase64url(signature);
  const held =
    raw?.length === 64 &&
    (await crypto.subtle.verify({ name: "ECDSA", hash: "SHA-256" }, key, raw, bytes).catch(() => false));
  if (!held) throw new ReceiptRefused("consent_signature");
}

/**
 * @param {string} document
 * @returns {SignedConsent}
 */
function parseConsent(document) {
  const found = /** @type {any} */ (parseCanonical(document));
  if (!hasForm(found, FORM)) throw new ReceiptRefused("consent_document");
  const { v, kind, scopes, wording } = found;
  const surfaces = scopes.filter((/** @type {string} */ scope) => SURFACES.includes(scope));
  const sorted = [...new Set(scopes)].sort();
  const good =
    v === 1 &&
    kind === "tachiai-consent" &&
    HASH.test(wording.sha256) &&
    surfaces.length === 1 &&
    scopes.every((/** @type {string} */ scope) => SCOPE.test(scope)) &&
    sorted.length === scopes.length &&
    sorted.every((scope, at) => scope === scopes[at]);
  if (!good) throw new ReceiptRefused("consent_document");
  return found;
}

/**
 * @param {unknown} found
 * @param {object} form
 * @returns {boolean}
 */
function hasForm(found, form) {
  if (!isObject(found)) return false;
  const wanted = Object.entries(form);
  return (
    Object.keys(found).length === wanted.length &&
    wanted.every(([name, kind]) => Object.hasOwn(found, name) && isOf(found[name], kind))
  );
}

/**
 * @param {unknown} member
 * @param {string | object} kind
 */
function isOf(member, kind) {
  if (typeof kind === "object") return hasForm(member, kind);
  if (kind === "count") return typeof member === "number" && Number.isSafeInteger(member) && member >= 0;
  if (kind === "texts") return Array.isArray(member) && member.every((part) => typeof part === "string");
  return typeof member === "string";
}
