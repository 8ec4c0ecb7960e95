/** Case files of investigations. Listing them is an entry, and one that concerns the reader is not among them. */

import { get, post } from "../protocol/api.js";
import { sentenceOf, showFailure } from "../views/failure.js";
import { byId, fill } from "../views/h.js";
import { fileTable } from "../views/security/case_files.js";
import { openForm } from "../views/security/case_file_forms.js";

const FLAG = new URLSearchParams(location.search).get("flag") ?? "";

async function look() {
  try {
    fill(byId("files", HTMLElement), fileTable(await get("/security/files")));
  } catch (problem) {
    showFailure("files", problem, look);
  }
}

/**
 * @param {string} title
 * @param {string} flag "" for none
 * @returns {Promise<string>} what stands against it, "" if nothing
 */
async function open(title, flag) {
  try {
    const { id } = await post("/security/files", { title, flag: flag || null });
    location.assign(`/security/files/${id}`);
    return "";
  } catch (problem) {
    return sentenceOf(problem);
  }
}

fill(byId("open-file", HTMLElement), openForm(/^\d{1,15}$/.test(FLAG) ? FLAG : "", open));
void look();
