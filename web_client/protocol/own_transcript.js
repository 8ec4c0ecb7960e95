/**
 * The transcript of this page's own exchange of keys, kept for the tab: after a reload a passkey is asked over what this
 * page found by itself, never over what the server says that it found. It is of one session with one agent: whoever comes
 * next has exchanged nothing yet.
 *
 * @typedef {{ session: string, agent: { number: string } }} With
 */

/** @param {With} view */
const keyOf = ({ session, agent }) => `transcript ${session} ${agent.number}`;

/**
 * @param {With} view
 * @param {string} transcript base64url
 */
export function keepOwnTranscript(view, transcript) {
  sessionStorage.setItem(keyOf(view), transcript);
}

/**
 * @param {With} view
 * @returns {string} "" where there was no exchange, or it came to nothing
 */
export function ownTranscript(view) {
  return sessionStorage.getItem(keyOf(view)) ?? "";
}

/** @param {With} view */
export function forgetOwnTranscript(view) {
  sessionStorage.removeItem(keyOf(view));
}
