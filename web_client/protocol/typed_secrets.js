/**
 * What nobody may write to anybody: codes, recovery codes and recovery phrases. The rules are those of
 * verification/typed_secrets.py, which says them in words; the server judges again by its own.
 *
 * @typedef {"code" | "recovery_code" | "phrase"} TypedSecret
 */

import { HASHES } from "./phrase_hashes.js";

const FEWEST = 6;
const MOST = 8;
const PHRASE_WORDS = 8;
const RECOVERY_LENGTH = 16;

const GAP = "[\\s\\-_~|*・·•‧∙⋅ー−‐-―゠〜〰⸺⸻]{1,3}";
const RUN = new RegExp(`[0-9]+(?:${GAP}[0-9]+)*`, "gu");
const NUMBERS = "zero|oh|one|two|three|four|five|six|seven|eight|nine";
const ONE = `(?<![a-z0-9])(?:[0-9]|${NUMBERS})(?![a-z0-9])`;
const SINGLES = new RegExp(`${ONE}(?:[^\\p{L}\\p{N}]{0,3}${ONE}){${FEWEST - 1},}`, "u");
const TIME = new RegExp(
  [
    "^(?:(?:19|20)[0-9]{2}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])",
    "(?:0[1-9]|[12][0-9]|3[01])-(?:0[1-9]|1[0-2])-(?:19|20)[0-9]{2}",
    "(?:19|20)[0-9]{2} ?[\\-‐-―−〜~] ?(?:19|20)[0-9]{2})$",
  ].join("|"),
  "u",
);
const POSTAL_MARK = /〒 ?$/u;
const DECIMAL = /[0-9][.,]$/u;
const ADDRESS = /(?=[0-9]*[a-z])[a-z0-9]{24,}/gu;
const PIECES = new RegExp(`[a-z0-9]+(?:${GAP}[a-z0-9]+)*`, "gu");
const GAPS = new RegExp(GAP, "gu");
const DASHES = /^[^\s|*・·•‧∙⋅]+$/u;
const RECOVERY = /^[0-9][0-9a-hjkmnp-tv-z]{15}$/u;
const WORD = /\p{L}+/gu;
const ONLY_DIGITS = /^[^\p{L}\p{N}]*[0-9][0-9\P{L}]*$/u;
const OTHER_DIGIT = /[^\P{N}0-9]|[零一二三四五六七八九壱弐参]/gu;
const UNSEEN = /[\p{Mn}\p{Me}\p{Cf}]/gu;
const KATAKANA = /[ァ-ヶ]/gu;
const KANA_APART = 0x60;

/**
 * @param {string} text
 * @param {string[]} [before] what the same person wrote just before it, the latest last
 * @returns {TypedSecret | null}
 */
export function secretIn(text, before = []) {
  const whole = withDigits(folded(text));
  const joined = withDigits(folded([...last(before, onlyDigits), text].join("\n")));
  if (hasCode(whole) || (ONLY_DIGITS.test(joined) && hasCode(joined))) return "code";
  if (hasRecoveryCode(whole)) return "recovery_code";
  return hasPhrase(folded([...last(before, allKnown), text].join("\n"))) ? "phrase" : null;
}

/** @param {string} text */
function folded(text) {
  return text
    .normalize("NFKC")
    .replace(UNSEEN, "")
    .normalize("NFKC")
    .toLowerCase()
    .replace(KATAKANA, (kana) => String.fromCodePoint((kana.codePointAt(0) ?? 0) - KANA_APART));
}

/** @param {string} text folded: every digit of any script as one of ASCII's */
function withDigits(text) {
  return text.replace(OTHER_DIGIT, "0");
}

/** @param {string} text */
function hasCode(text) {
  if (SINGLES.test(text)) return true;
  const addresses = [...text.matchAll(ADDRESS)].map((one) => [one.index, one.index + one[0].length]);
  /** @type {(start: number, stop: number) => boolean} */
  const covered = (start, stop) => addresses.some(([first = 0, end = 0]) => first <= start && stop <= end);
  return [...text.matchAll(RUN)].some((run) => isCode(text, run.index, run[0], covered));
}

/**
 * @param {string} text
 * @param {number} start
 * @param {string} run
 * @param {(start: number, stop: number) => boolean} covered
 */
function isCode(text, start, run, covered) {
  if (covered(start, start + run.length)) return false;
  const blocks = [...run.matchAll(/[0-9]+/gu)];
  for (const block of blocks) {
    const at = start + block.index;
    if (!fits(block[0].length) || covered(at, at + block[0].length)) continue;
    if (!DECIMAL.test(text.slice(Math.max(0, at - 2), at))) return true;
  }
  const total = blocks.reduce((sum, block) => sum + block[0].length, 0);
  if (blocks.length === 1 || !fits(total) || TIME.test(run)) return false;
  return !POSTAL_MARK.test(text.slice(Math.max(0, start - 2), start));
}

/** @param {number} count */
function fits(count) {
  return count >= FEWEST && count <= MOST;
}

/** @param {string} text */
function hasRecoveryCode(text) {
  return [...text.matchAll(PIECES)].some(([run]) => run.length >= RECOVERY_LENGTH && isRecovery(run));
}

/** @param {string} run */
function isRecovery(run) {
  const pieces = run.match(/[a-z0-9]+/gu) ?? [];
  const byDashes = (run.match(GAPS) ?? []).every((gap) => DASHES.test(gap));
  if (byDashes && canonical(pieces.join(""))) return true;
  return pieces.some((piece, at) => {
    const group = pieces.slice(at, at + RECOVERY_LENGTH / piece.length);
    return group.every((one) => one.length === piece.length) && canonical(group.join(""));
  });
}

/** @param {string} characters */
function canonical(characters) {
  return /[0-9]/u.test(characters) && RECOVERY.test(characters.replaceAll("o", "0").replaceAll(/[il]/gu, "1"));
}

/** @param {string} text folded */
function hasPhrase(text) {
  let count = 0;
  for (const [word] of text.matchAll(WORD)) {
    count = isKnown(word) ? count + 1 : 0;
    if (count === PHRASE_WORDS) return true;
  }
  return false;
}

/**
 * @param {string[]} texts
 * @param {(text: string) => boolean} piece
 */
function last(texts, piece) {
  let start = texts.length;
  while (start > 0 && piece(texts[start - 1] ?? "")) start -= 1;
  return texts.slice(start);
}

/** @param {string} text */
function onlyDigits(text) {
  return ONLY_DIGITS.test(withDigits(folded(text)));
}

/** @param {string} text */
function allKnown(text) {
  const words = folded(text).match(WORD) ?? [];
  return words.length > 0 && words.every(isKnown);
}

/** @type {Set<number> | null} */
let known = null;

/** @param {string} word folded */
function isKnown(word) {
  known ??= read(HASHES);
  return known.has(hashed(word));
}

/** @param {string} base64 */
function read(base64) {
  const octets = Uint8Array.from(atob(base64.replaceAll("\n", "")), (one) => one.charCodeAt(0));
  const found = new Set();
  for (let at = 0; at < octets.length; at += 3)
    found.add(((octets[at] ?? 0) << 16) | ((octets[at + 1] ?? 0) << 8) | (octets[at + 2] ?? 0));
  return found;
}

/** @param {string} word the upper 24 of the 32 bits of FNV-1a */
function hashed(word) {
  let number = 0x811c9dc5;
  for (const octet of new TextEncoder().encode(word)) number = Math.imul(number ^ octet, 0x01000193);
  return number >>> 8;
}
