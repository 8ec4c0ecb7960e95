/** Open a session in a case and go to its page. */

import { post } from "../protocol/api.js";
import { rememberInvitation } from "./invitation_memory.js";

/**
 * @param {string} caseId
 * @param {import("../views/agent/talking.js").Contact} contact
 * @param {"share" | "verify"} purpose
 */
export async function openSession(caseId, contact, purpose = "share") {
  const { session, invitation } = await post("/sessions", { case: caseId, contact, purpose });
  rememberInvitation(session, invitation);
  location.assign(`/agent/sessions/${session}`);
}
