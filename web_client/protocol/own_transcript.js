/**
 * The transcript of this page's own exchange of keys, kept for the tab: after a reload a passkey is asked over what this
 * page found by itself, never over what the server says that it found.
 */

/** @param {string} session */
const keyOf = (session) => `transcript ${session}`;

/**
 * @param {string} session
 * @param {string} transcript base64url
 */
export function keepOwnTranscript(session, transcript) {
  sessionStorage.setItem(keyOf(session), transcript);
}

/**
 * @param {string} session
 * @returns {string} "" where there was no exchange, or it came to nothing
 */
export function ownTranscript(session) {
  return sessionStorage.getItem(keyOf(session)) ?? "";
}

/** @param {string} session */
export function forgetOwnTranscript(session) {
  sessionStorage.removeItem(keyOf(session));
}
