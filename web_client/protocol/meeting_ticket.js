/**
 * The ticket of a customer who waits, as an agent hears and types it. Rules and check are those of session/meeting_code.py.
 */

import { foldCharacters, wellFormed } from "./join_code.js";

const LENGTH = 8;
const DIGITS_OF_A_CODE = 6;

/**
 * @param {string} typed
 * @returns {string | null} eight canonical characters, or null when this is no whole ticket
 */
export function foldTicket(typed) {
  const folded = foldCharacters(typed);
  if (folded === null || folded.length !== LENGTH || !/^[A-Z]/.test(folded)) return null;
  return wellFormed(folded) ? folded : null;
}

/**
 * An authenticator app's code is digits alone, and six or more.
 * @param {string} typed
 */
export function looksLikeCode(typed) {
  const folded = foldCharacters(typed) ?? "";
  return /^[0-9]+$/.test(folded) && folded.length >= DIGITS_OF_A_CODE;
}
