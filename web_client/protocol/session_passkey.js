/**
 * The customer's passkey in a session. It signs who deals with whom on which device, and what for: this page makes that
 * again from what it shows and holds, and asks no authenticator for anything else.
 */

import { post } from "./api.js";
import { fromBase64url } from "./base64url.js";
import { prefixed, useBoundPasskey } from "./passkey.js";

const FIRST_TRANSCRIPT = "tachiai/transcript/v1";
const LABEL = "verify";

/**
 * @typedef {object} Proof what the signature shall stand for
 * @property {string} session
 * @property {string} number of the badge on the screen
 * @property {string} device thumbprint of this browser's own key
 * @property {string} level
 * @property {Uint8Array} [action] hash of the one action that this page shows
 * @property {string} transcript of this page's own exchange of keys, base64url; "" where there was none
 */

/**
 * @param {Proof} proof
 * @returns {Promise<{ outcome: string, attempts_left: number | null }>}
 * @throws {import("./api.js").Problem | import("./passkey.js").PasskeyFailure}
 */
export async function proveByPasskey(proof) {
  /** @type {import("./shapes").SessionAssertionOptions} */
  const options = await post("/customer/session/verification/passkey-options");
  const { transcript: exchanged } = proof;
  const transcript = exchanged ? fromBase64url(exchanged) : await firstTranscript(proof, options);
  const parts = [transcript, utf8(proof.level), proof.action ?? new Uint8Array()];
  return post("/customer/session/verification/passkey", await useBoundPasskey(options, LABEL, parts));
}

/**
 * T as long as no keys were exchanged: verification/passkey_challenge.py.
 * @param {Pick<Proof, "session" | "number" | "device">} proof
 * @param {{ case: string, agent: string }} ids
 */
export async function firstTranscript({ session, number, device }, ids) {
  const parts = [FIRST_TRANSCRIPT, session, ids.case, ids.agent, number, device].map(utf8);
  return new Uint8Array(await crypto.subtle.digest("SHA-256", prefixed(parts)));
}

/** @param {string} text */
function utf8(text) {
  return new TextEncoder().encode(text);
}
