/**
 * Verifier keys, C2SP signed-note: `name+hash+key`, a line for each key.
 *
 * @typedef {object} Key
 * @property {Uint8Array} keyId four bytes
 * @property {Uint8Array<ArrayBuffer>} key
 *
 * @typedef {object} Verifier a log's keys; with `second`, both have to have signed
 * @property {string} name the log's origin
 * @property {string} text its lines
 * @property {Uint8Array} keyId
 * @property {Uint8Array<ArrayBuffer>} key Ed25519, 32 bytes
 * @property {Key | null} second ML-DSA-44, 1,312 bytes
 */

import { fromBase64, hexOf, joined, sha256, utf8 } from "./octets.js";
import { KeyRefused } from "./refused.js";

const ED25519 = 0x01;
const ML_DSA_44 = 0x06;
const SIZES = new Map([
  [ED25519, 32],
  [ML_DSA_44, 1_312],
]);
const MOST_KEYS = 16;
const NAME = /^[!-*,-~]{1,255}$/;

/**
 * @param {string} text lines; a log's second key follows its first
 * @returns {Promise<Verifier[]>} at least one
 * @throws {KeyRefused}
 */
export async function parseVerifiers(text) {
  const lines = text
    .split("\n")
    .map((line) => line.trim())
    .filter(Boolean);
  if (lines.length === 0 || lines.length > MOST_KEYS) throw new KeyRefused("no key, or too many");
  /** @type {Verifier[]} */
  const verifiers = [];
  for (const line of lines) {
    const { name, kind, keyId, key } = await parseLine(line);
    const last = verifiers.at(-1);
    if (kind === ED25519) verifiers.push({ name, text: line, keyId, key, second: null });
    else if (last?.name === name && last.second === null) {
      last.second = { keyId, key };
      last.text += `\n${line}`;
    } else throw new KeyRefused("a second key without its first");
  }
  return verifiers;
}

/** @param {string} line */
async function parseLine(line) {
  const [name = "", hash = "", ...rest] = line.split("+");
  const typed = fromBase64(rest.join("+"));
  const kind = typed?.[0] ?? 0;
  if (!NAME.test(name) || typed === null || typed.length - 1 !== SIZES.get(kind))
    throw new KeyRefused("not a verifier key");
  const digest = await sha256(joined(utf8(`${name}\n`), typed));
  const keyId = digest.slice(0, 4);
  if (hexOf(keyId) !== hash) throw new KeyRefused("the key's hash is another one");
  return { name, kind, keyId, key: typed.slice(1) };
}
