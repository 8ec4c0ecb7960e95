/**
 * A leaf of the log, and one of its sections opened: audit/FORMAT.md, section 2.
 *
 * @typedef {object} Section
 * @property {Uint8Array} name the label with its length before it
 * @property {Uint8Array} keyRef
 * @property {Uint8Array} commitment
 * @property {Uint8Array<ArrayBuffer>} ciphertext
 *
 * @typedef {object} Leaf
 * @property {Uint8Array} entryId
 * @property {Uint8Array} emitter emitter id and number, 24 bytes
 * @property {Section[]} sections
 */

import { joined, same, sha512, utf8 } from "./octets.js";
import { ReceiptRefused } from "./refused.js";

const HEAD = 43;
const SECTION_HEAD = 50;
const MAX_LEAF = 65_535;
const MAX_SECTIONS = 16;
const BLOCK = 128;
const TAG = 16;

/**
 * @param {Uint8Array<ArrayBuffer>} data
 * @returns {Leaf}
 * @throws {ReceiptRefused} with the reason `leaf`
 */
export function parseLeaf(data) {
  const count = data[HEAD - 1] ?? 0;
  if (data.length <= HEAD || data.length > MAX_LEAF || data[0] !== 1 || data[1] !== 1)
    throw new ReceiptRefused("leaf");
  if (count < 1 || count > MAX_SECTIONS) throw new ReceiptRefused("leaf");
  const sections = [];
  let at = HEAD;
  for (let position = 0; position < count; position += 1) {
    const { section, end } = parseSection(data, at, labelName(position));
    sections.push(section);
    at = end;
  }
  if (at !== data.length) throw new ReceiptRefused("leaf");
  return { entryId: data.slice(2, 18), emitter: data.slice(18, 42), sections };
}

/**
 * @param {Uint8Array<ArrayBuffer>} data
 * @param {number} at
 * @param {Uint8Array} name
 */
function parseSection(data, at, name) {
  const start = at + name.length;
  const body = start + SECTION_HEAD;
  const length = (data[body - 2] ?? 0) * 256 + (data[body - 1] ?? 0);
  const end = body + length;
  const fits = end <= data.length && length >= BLOCK + TAG && length % BLOCK === TAG;
  if (!same(data.slice(at, start), name) || !fits) throw new ReceiptRefused("leaf");
  const section = {
    name,
    keyRef: data.slice(start, start + 16),
    commitment: data.slice(start + 16, start + 48),
    ciphertext: data.slice(body, end),
  };
  return { section, end };
}

/** @param {number} position */
function labelName(position) {
  return named(position === 0 ? "org" : `subject/${position - 1}`);
}

/** @param {string} label */
function named(label) {
  const name = utf8(label);
  return joined(new Uint8Array([name.length]), name);
}

/**
 * @param {Leaf} leaf
 * @param {string} label
 * @returns {Section} of a person, never the organisation's
 * @throws {ReceiptRefused} with the reason `leaf`
 */
export function ownSection(leaf, label) {
  const section = label.length > 32 ? undefined : leaf.sections.slice(1).find(({ name }) => same(name, named(label)));
  if (!section) throw new ReceiptRefused("leaf");
  return section;
}

/**
 * @param {Leaf} leaf
 * @param {Section} section
 * @param {string} origin
 * @param {Uint8Array} secret 32 bytes
 * @returns {Promise<Uint8Array>} the payload
 * @throws {ReceiptRefused} with the reason `section`
 */
export async function openSection(leaf, section, origin, secret) {
  const both = await sha512(joined(utf8("audit/v1/section"), secret));
  if (!same(both.slice(32), section.commitment)) throw new ReceiptRefused("section");
  const key = await crypto.subtle.importKey("raw", both.slice(0, 32), "AES-GCM", false, ["decrypt"]);
  const place = utf8(origin);
  const length = new Uint8Array([place.length >> 8, place.length & 255]);
  const aad = joined(
    utf8("audit/v1/aad"),
    new Uint8Array([1, 1]),
    length,
    place,
    leaf.entryId,
    section.name,
    section.keyRef,
    leaf.emitter,
  );
  const algorithm = { name: "AES-GCM", iv: new Uint8Array(12), additionalData: aad };
  const padded = await crypto.subtle.decrypt(algorithm, key, section.ciphertext).catch(() => null);
  if (padded === null) throw new ReceiptRefused("section");
  return unpadded(new Uint8Array(padded));
}

/** @param {Uint8Array} padded */
function unpadded(padded) {
  const mark = padded.lastIndexOf(0x80);
  const rest = padded.slice(mark + 1);
  if (mark < 0 || rest.length >= BLOCK || rest.some((byte) => byte !== 0)) throw new ReceiptRefused("section");
  return padded.slice(0, mark);
}
