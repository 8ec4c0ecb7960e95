/** The notes of one case, from and to the server, on every page that is about it. */

import { get, post } from "../protocol/api.js";
import { notesCard } from "../views/agent/notes.js";

/** @param {string} caseId */
export function caseNotes(caseId) {
  return notesCard({
    read: () => get(`/cases/${caseId}/notes`),
    keep: (text) => post(`/cases/${caseId}/notes`, { text }),
  });
}
