/**
 * The spoken join code: what a person types, folded and checked before it is sent. The rules and the check are those of
 * session/invitation.py; both answer to the same vectors.
 */

export const JOIN_CODE_LENGTH = 13;

const ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const TYPED_LONGEST = 64;
const REDUCTION = 0b100101; // x^5 + x^2 + 1
const DROPPED = new Set(" \u00a0\u3000\t-\u2010\u2011\u2012\u2013\u2014\u2015\u2212\u30fc\uff70");
/** @type {Record<string, string>} */
const LOOKALIKES = { I: "1", L: "1", O: "0" };

/**
 * @param {string} typed
 * @returns {string | null} 13 canonical characters, or null when this is no well-formed code
 */
export function foldJoinCode(typed) {
  const folded = foldCharacters(typed);
  if (folded === null || folded.length !== JOIN_CODE_LENGTH) return null;
  return wellFormed(folded) ? folded : null;
}

/**
 * Whether the check at its end fits.
 * @param {string} folded at most 13 characters
 */
export function wellFormed(folded) {
  return weighted(folded) === 0;
}

/**
 * Large letters, look-alikes replaced, separators dropped; nothing is checked.
 * @param {string} typed
 * @returns {string | null} null when it is too long to be looked at
 */
export function foldCharacters(typed) {
  const characters = [...typed];
  if (characters.length > TYPED_LONGEST) return null;
  return characters
    .map(narrow)
    .filter((character) => !DROPPED.has(character))
    .map(canonicalCharacter)
    .join("");
}

/**
 * Full-width forms, as Japanese input methods make them, are their ASCII ones.
 * @param {string} character
 */
function narrow(character) {
  const point = character.codePointAt(0) ?? 0;
  return point >= 0xff01 && point <= 0xff5e ? String.fromCharCode(point - 0xff01 + 0x21) : character;
}

/**
 * Only ASCII letters are raised: other characters, such as the long s, would turn into letters of ours.
 * @param {string} character
 */
function canonicalCharacter(character) {
  const large = /^[a-z]$/.test(character) ? character.toUpperCase() : character;
  return LOOKALIKES[large] ?? large;
}

/**
 * The check over GF(32): zero for a well-formed code. A character outside the alphabet never gives zero.
 * @param {string} characters
 */
function weighted(characters) {
  let total = 0;
  for (const character of characters) {
    const value = ALPHABET.indexOf(character);
    if (value < 0) return -1;
    const doubled = total << 1;
    total = (doubled & 32 ? doubled ^ REDUCTION : doubled) ^ value;
  }
  return total;
}
