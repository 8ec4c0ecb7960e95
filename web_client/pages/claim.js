/** Claim an invitation for this browser: once, after the person chose to go on. */

import { post } from "../protocol/api.js";
import { openDeviceKey } from "../protocol/device_key.js";
import { language } from "../views/i18n.js";

/**
 * @param {{ token: string } | { code: string }} invitation
 * @returns {Promise<string>} the session
 */
export async function claimInvitation(invitation) {
  const key = await openDeviceKey();
  const { session } = await post("/invitations/claim", {
    ...invitation,
    device_key: key.publicJwk,
    language,
  });
  return session;
}
