/**
 * Whether a receipt holds: the steps of audit/FORMAT.md, section 14, in their order. Nothing leaves the browser, and no
 * word of the file is believed before all of it held.
 *
 * @typedef {object} Checked
 * @property {"consent" | "withdrawal" | "end" | "access"} kind
 * @property {string} origin
 * @property {number} index
 * @property {number} size
 * @property {string} subject
 * @property {import("./statement.js").Statement} statement
 * @property {string | null} wording compared with the hash that was signed
 * @property {boolean} secondUnchecked the log's second signature could not be checked by this browser
 */

import { isObject, parseCanonical } from "./canonical.js";
import { openSection, ownSection, parseLeaf } from "./leaf.js";
import { openCheckpoint } from "./note.js";
import { fromBase64, textOf } from "./octets.js";
import { mustLieIn, parseProof } from "./proof.js";
import { ReceiptRefused } from "./refused.js";
import { readStatement } from "./statement.js";

export const MAX_RECEIPT = 262_144;
const MAX_LEAF = 65_535;
const MEMBERS = ["format", "kind", "label", "leaf", "proof", "secret"];
const KINDS = ["consent", "withdrawal", "end", "access"];
const FACT_NAME = /^[A-Za-z][A-Za-z0-9_.-]{0,63}$/;

/**
 * @param {Uint8Array} data the file
 * @param {import("./verifier.js").Verifier[]} verifiers the keys that the reader trusts
 * @returns {Promise<Checked>}
 * @throws {ReceiptRefused} and BrowserUnable, where nothing could be checked
 */
export async function checkReceipt(data, verifiers) {
  const receipt = parseReceipt(data);
  const proof = parseProof(receipt.proof);
  const checkpoint = await openCheckpoint(proof.note, verifiers);
  await mustLieIn(receipt.leaf, proof, checkpoint);
  const leaf = parseLeaf(receipt.leaf);
  const section = ownSection(leaf, receipt.label);
  const payload = await openSection(leaf, section, checkpoint.origin, receipt.secret);
  const { subject, facts } = parsePayload(payload);
  const statement = await readStatement(facts, receipt.kind, receipt.wording);
  const { origin, size, secondUnchecked } = checkpoint;
  const { wording } = receipt;
  return { kind: statement.kind, origin, index: proof.index, size, subject, statement, wording, secondUnchecked };
}

/** @param {Uint8Array} data */
function parseReceipt(data) {
  const text = data.length > MAX_RECEIPT ? null : textOf(data);
  const members = text === null ? null : parseCanonical(text);
  if (!isObject(members)) throw new ReceiptRefused("form");
  const names = Object.keys(members).filter((name) => name !== "wording");
  const texts = /** @type {Record<string, string>} */ (members);
  const complete = names.length === MEMBERS.length && MEMBERS.every((name) => Object.hasOwn(members, name));
  if (!complete || !Object.values(members).every((member) => typeof member === "string"))
    throw new ReceiptRefused("form");
  const { format, kind = "", label = "", proof = "", wording = null } = texts;
  const leaf = fromBase64(texts.leaf ?? "");
  const secret = fromBase64(texts.secret ?? "");
  if (format !== "tachiai-receipt/v1" || !KINDS.includes(kind)) throw new ReceiptRefused("form");
  if (leaf === null || leaf.length > MAX_LEAF || secret?.length !== 32) throw new ReceiptRefused("form");
  return { kind, label, leaf, proof, secret, wording };
}

/**
 * @param {Uint8Array} payload
 * @returns {{ subject: string, facts: import("./statement.js").Facts }}
 */
function parsePayload(payload) {
  const text = textOf(payload);
  const found = text === null ? null : parseCanonical(text);
  if (!isObject(found) || Object.keys(found).join() !== "facts,subject,v") throw new ReceiptRefused("payload");
  const { facts, subject, v } = found;
  if (!isObject(facts) || typeof subject !== "string" || v !== 1) throw new ReceiptRefused("payload");
  const good = Object.entries(facts).every(
    ([name, fact]) => FACT_NAME.test(name) && ["string", "number", "boolean"].includes(typeof fact),
  );
  if (!good) throw new ReceiptRefused("payload");
  return { subject, facts: /** @type {import("./statement.js").Facts} */ (facts) };
}
