/**
 * The proof that a leaf lies in a signed tree: C2SP tlog-proof, and RFC 9162 section 2.1.3.2.
 *
 * @typedef {object} Proof
 * @property {number} index
 * @property {Uint8Array[]} hashes from the leaf upwards
 * @property {string} note
 */

import { fromBase64, joined, same, sha256 } from "./octets.js";
import { ReceiptRefused } from "./refused.js";

const HEADER = "c2sp.org/tlog-proof@v1";
const INDEX = /^index (0|[1-9][0-9]{0,18})$/;
const MAX_HASHES = 63;

/**
 * @param {string} text
 * @returns {Proof}
 * @throws {ReceiptRefused} with the reason `proof`
 */
export function parseProof(text) {
  const end = text.indexOf("\n\n");
  const [header, named, ...lines] = text.slice(0, end).split("\n");
  const note = text.slice(end + 2);
  const index = Number(INDEX.exec(named ?? "")?.[1] ?? "x");
  if (end < 0 || note === "" || header !== HEADER || !Number.isSafeInteger(index))
    throw new ReceiptRefused("proof");
  if (lines.length > MAX_HASHES) throw new ReceiptRefused("proof");
  return { index, hashes: lines.map(digest), note };
}

/** @param {string} line */
function digest(line) {
  const hash = fromBase64(line);
  if (hash?.length !== 32) throw new ReceiptRefused("proof");
  return hash;
}

/**
 * @param {Uint8Array} leaf
 * @param {Proof} proof
 * @param {import("./note.js").Checkpoint} checkpoint
 * @throws {ReceiptRefused} with the reason `inclusion`
 */
export async function mustLieIn(leaf, { index, hashes }, { size, root }) {
  if (index >= size) throw new ReceiptRefused("inclusion");
  let hash = await sha256(joined(new Uint8Array([0]), leaf));
  // Beyond 2^31 JavaScript's bit operations wrap, so halves and remainders are counted in whole numbers.
  let position = index;
  let last = size - 1;
  for (const part of hashes) {
    if (last === 0) throw new ReceiptRefused("inclusion");
    if (position % 2 === 1 || position === last) {
      hash = await above(part, hash);
      while (position % 2 === 0 && position > 0) {
        position /= 2;
        last = Math.floor(last / 2);
      }
    } else {
      hash = await above(hash, part);
    }
    position = Math.floor(position / 2);
    last = Math.floor(last / 2);
  }
  if (last !== 0 || !same(hash, root)) throw new ReceiptRefused("inclusion");
}

/**
 * @param {Uint8Array} left
 * @param {Uint8Array} right
 */
function above(left, right) {
  return sha256(joined(new Uint8Array([1]), left, right));
}
