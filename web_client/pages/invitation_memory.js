/**
 * The invitation just made, kept for this tab until the customer has come: the server keeps only a hash of it and
 * cannot show it twice.
 *
 * @typedef {object} Invitation
 * @property {string} link
 * @property {string} code
 * @property {string} qr_svg
 * @property {number} expires_at_ms
 */

/** @param {string} session */
const keyOf = (session) => `invitation ${session}`;

/**
 * @param {string} session
 * @param {Invitation} invitation
 */
export function rememberInvitation(session, invitation) {
  sessionStorage.setItem(keyOf(session), JSON.stringify(invitation));
}

/**
 * @param {string} session
 * @returns {Invitation | null}
 */
export function recallInvitation(session) {
  const kept = sessionStorage.getItem(keyOf(session));
  return kept ? JSON.parse(kept) : null;
}

/** @param {string} session */
export function forgetInvitation(session) {
  sessionStorage.removeItem(keyOf(session));
}
