/**
 * Signed notes and checkpoints: C2SP signed-note and tlog-checkpoint, with the log's Ed25519 signature, and its ML-DSA-44
 * signature where that key was given too (audit/FORMAT.md, section 13). Signatures of keys that were not given are
 * ignored; one of a given key that fails refuses the whole note.
 *
 * @typedef {import("./verifier.js").Verifier} Verifier
 *
 * @typedef {object} Checkpoint
 * @property {string} origin
 * @property {number} size
 * @property {Uint8Array} root
 * @property {boolean} secondUnchecked the log's second signature is there, and this browser cannot check it
 */

import { fromBase64, joined, same, utf8 } from "./octets.js";
import { BrowserUnable, ReceiptRefused } from "./refused.js";

const ED25519_SIZE = 64;
const ML_DSA_44_SIZE = 2_420;
const TIME_SIZE = 8;
const MAX_NOTE = 260_224;
const MAX_SIGNATURES = 72;
const NUMBER = /^(0|[1-9][0-9]{0,18})$/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const CONTROL = /[\u0000-\u0009\u000b-\u001f]/;

/**
 * @param {string} note
 * @param {Verifier[]} verifiers
 * @returns {Promise<Checkpoint>}
 * @throws {ReceiptRefused} with the reason `signature`
 */
export async function openCheckpoint(note, verifiers) {
  const verifier = verifiers.find(({ name }) => note.startsWith(`${name}\n`));
  if (!verifier) throw new ReceiptRefused("signature");
  const { text, signatures } = splitNote(note);
  const head = parseHead(text, verifier.name);
  await mustBeSigned(signatures, verifier, (signature) => holds(verifier.key, signature, utf8(text)));
  const { second } = verifier;
  let secondUnchecked = false;
  if (second)
    await mustBeSigned(signatures, { name: verifier.name, keyId: second.keyId }, async (signature) => {
      const held = await holdsSecond(second.key, signature, verifier.name, head);
      secondUnchecked ||= held === null;
      return held !== false;
    });
  return { ...head, secondUnchecked };
}

/** @param {string} note */
function splitNote(note) {
  const end = note.lastIndexOf("\n\n");
  const tail = note.slice(end + 2);
  if (utf8(note).length > MAX_NOTE || end < 0 || !tail.endsWith("\n") || CONTROL.test(note))
    throw new ReceiptRefused("signature");
  const lines = tail.slice(0, -1).split("\n");
  if (lines.length > MAX_SIGNATURES) throw new ReceiptRefused("signature");
  return { text: note.slice(0, end + 1), signatures: lines.map(parseLine) };
}

/**
 * @param {string} text
 * @param {string} name
 */
function parseHead(text, name) {
  const lines = text.split("\n");
  const [origin = "", size = "", encoded = ""] = lines;
  const root = fromBase64(encoded);
  if (lines.length !== 4 || origin !== name || !NUMBER.test(size) || root?.length !== 32)
    throw new ReceiptRefused("signature");
  if (!Number.isSafeInteger(Number(size))) throw new ReceiptRefused("signature");
  return { origin, size: Number(size), root };
}

/**
 * At least once, and every time that a line claims to be of this key.
 * @param {{ name: string, signature: Uint8Array<ArrayBuffer> }[]} signatures
 * @param {{ name: string, keyId: Uint8Array }} of
 * @param {(signature: Uint8Array<ArrayBuffer>) => Promise<boolean>} held
 */
async function mustBeSigned(signatures, of, held) {
  const own = signatures.filter(({ name, signature }) => name === of.name && same(signature.slice(0, 4), of.keyId));
  if (own.length === 0) throw new ReceiptRefused("signature");
  for (const { signature } of own)
    if (!(await held(signature.slice(4)))) throw new ReceiptRefused("signature");
}

/** @param {string} line */
function parseLine(line) {
  const [dash, name, encoded, ...rest] = line.split(" ");
  const signature = fromBase64(encoded ?? "");
  if (dash !== "\u2014" || !name || name.includes("+") || rest.length > 0)
    throw new ReceiptRefused("signature");
  if (signature === null || signature.length <= 4) throw new ReceiptRefused("signature");
  return { name, signature };
}

/**
 * @param {Uint8Array<ArrayBuffer>} raw
 * @param {Uint8Array<ArrayBuffer>} signature
 * @param {Uint8Array<ArrayBuffer>} message
 */
async function holds(raw, signature, message) {
  if (signature.length !== ED25519_SIZE) return false;
  let key;
  try {
    key = await crypto.subtle.importKey("raw", raw, "Ed25519", false, ["verify"]);
  } catch (error) {
    if (error instanceof DOMException && error.name === "NotSupportedError")
      throw new BrowserUnable("Ed25519");
    return false;
  }
  return crypto.subtle.verify("Ed25519", key, signature, message);
}

/**
 * C2SP tlog-cosignature, type 0x06: what is signed is the head itself, with a time.
 * @param {Uint8Array<ArrayBuffer>} raw
 * @param {Uint8Array<ArrayBuffer>} signature
 * @param {string} name
 * @param {{ size: number, root: Uint8Array }} head
 * @returns {Promise<boolean | null>} null where this browser knows no ML-DSA-44
 */
async function holdsSecond(raw, signature, name, { size, root }) {
  if (signature.length !== TIME_SIZE + ML_DSA_44_SIZE) return false;
  const algorithm = { name: "ML-DSA-44" };
  const format = /** @type {"raw"} */ ("raw-public"); // its name for keys of this kind
  const key = await crypto.subtle.importKey(format, raw, algorithm, false, ["verify"]).catch(() => null);
  if (key === null) return null;
  const named = joined(new Uint8Array([name.length]), utf8(name));
  const time = signature.slice(0, TIME_SIZE);
  const message = joined(utf8("subtree/v1\n\0"), named, time, named, number(0), number(size), root);
  return crypto.subtle.verify(algorithm, key, signature.slice(TIME_SIZE), message);
}

/** @param {number} value as eight bytes */
function number(value) {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(value));
  return bytes;
}
