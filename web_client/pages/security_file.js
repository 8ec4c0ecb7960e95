/** One case file: what belongs to it, and what may still be added. Each look is an entry. */

import { get, post, postFile } from "../protocol/api.js";
import { announce } from "../views/announce.js";
import { sentenceOf, showFailure } from "../views/failure.js";
import { byId, fill, h } from "../views/h.js";
import { t } from "../views/i18n.js";
import { saveFile } from "../views/save_file.js";
import { fileView } from "../views/security/case_files.js";
import { addForm, closeForm, noteForm, takeOutForm } from "../views/security/case_file_forms.js";
import { withStepUp } from "./step_up.js";

const FILE = location.pathname.split("/").at(-1) ?? "";
const PATH = `/security/files/${FILE}`;

async function look() {
  try {
    /** @type {import("../views/security/case_files.js").CaseFile} */
    const file = await get(PATH);
    fill(byId("file", HTMLElement), fileView(file));
    const acts = [
      addForm((kind, named) => act(`${PATH}/items`, { kind, named }, "files.added")),
      noteForm((text) => act(`${PATH}/notes`, { text }, "files.noted")),
      closeForm((finding, reason) => act(`${PATH}/close`, { finding, reason }, "files.closed_now")),
    ];
    fill(byId("file-acts", HTMLElement), h("h2", {}, t("files.acts")), file.closing ? null : acts, takeOutForm(takeOut));
  } catch (problem) {
    fill(byId("file-acts", HTMLElement));
    showFailure("file", problem, look);
  }
}

/**
 * @param {string} path
 * @param {object} asked
 * @param {string} done the text's key
 * @returns {Promise<string>} what stands against it, "" if nothing
 */
async function act(path, asked, done) {
  try {
    await post(path, asked);
  } catch (problem) {
    return sentenceOf(problem);
  }
  await look();
  announce(t(done));
  return "";
}

/**
 * @param {string} reason
 * @returns {Promise<string>}
 */
async function takeOut(reason) {
  try {
    const content = await withStepUp("security", () => postFile(`${PATH}/evidence`, { reason }));
    saveFile(content, `case-file-${Date.now()}.zip`);
    announce(t("log.taken_out"));
    return "";
  } catch (problem) {
    return sentenceOf(problem);
  }
}

void look();
