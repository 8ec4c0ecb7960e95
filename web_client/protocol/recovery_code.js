/** What a person types as a recovery code, in its one form (verification/recovery_code.py); the server judges it. */

import { foldCharacters } from "./join_code.js";

const CODE = /^[0-9][0-9A-HJKMNP-TV-Z]{15}$/;

/**
 * @param {string} typed
 * @returns {string | null} 16 canonical characters, or null when this is no recovery code
 */
export function foldRecoveryCode(typed) {
  const folded = foldCharacters(typed);
  return folded !== null && CODE.test(folded) ? folded : null;
}
