/**
 * The agent's passkey stands for a badge: it signs this browser's device key, the case on the screen and the sign-in. This
 * page makes the challenge again from what it knows, and asks no authenticator for anything else.
 */

import { post } from "./api.js";
import { useBoundPasskey } from "./passkey.js";

export const LABEL = "badge";

/**
 * @param {import("./device_key.js").DeviceKey} deviceKey
 * @param {string} session
 * @param {string} reference the case's
 * @returns {Promise<import("./shapes").BadgeAssertion>} for the request for the badge
 * @throws {import("./api.js").Problem | import("./passkey.js").PasskeyFailure}
 */
export async function standForBadge(deviceKey, session, reference) {
  /** @type {import("./shapes").BadgeAssertionOptions} */
  const options = await post(`/sessions/${session}/badge/passkey-options`, {
    device_key: deviceKey.publicJwk,
  });
  const parts = partsOf(deviceKey.publicJwk, reference, options.login);
  return { ...(await useBoundPasskey(options, LABEL, parts)), nonce: options.nonce };
}

/**
 * What the challenge is made of, besides label and nonce.
 * @param {string[]} parts device key, case and login
 */
export function partsOf(...parts) {
  const text = new TextEncoder();
  return parts.map((part) => text.encode(part));
}
