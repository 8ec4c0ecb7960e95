/** Open a session in a case and go to its page. */

import { post } from "../protocol/api.js";
import { rememberInvitation } from "./invitation_memory.js";

/** @param {string} caseId */
export async function openSession(caseId) {
  const { session, invitation } = await post("/sessions", { case: caseId });
  rememberInvitation(session, invitation);
  location.assign(`/agent/sessions/${session}`);
}
