/** The hash of one exact action, made from what this page shows: support/action.py. */

import { prefixed } from "./passkey.js";

const LABEL = "tachiai/action/v1";

/**
 * @param {{ id: string, session: string, kind: string, summary: string }} action
 * @returns {Promise<Uint8Array>}
 */
export async function actionHash({ id, session, kind, summary }) {
  const parts = [LABEL, id, session, kind, summary].map((part) => new TextEncoder().encode(part));
  return new Uint8Array(await crypto.subtle.digest("SHA-256", prefixed(parts)));
}
