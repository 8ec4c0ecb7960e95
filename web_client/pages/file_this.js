/** Something that an officer looks at goes into a case file, and they stay where they are. */

import { get, post } from "../protocol/api.js";
import { announce } from "../views/announce.js";
import { sentenceOf } from "../views/failure.js";
import { t } from "../views/i18n.js";
import { fileDialog } from "../views/security/file_dialog.js";

const FILES = "/security/files";
const NAMES = /** @type {const} */ ({ flag: "files.flag_named", entry: "files.entry_named", session: "files.session_named" });

/**
 * @param {keyof typeof NAMES} kind
 * @param {string} named the index of a flag or entry, or a session's id
 * @returns {Promise<void>} throws where the files cannot be listed
 */
export async function fileThis(kind, named) {
  /** @type {{ id: string, title: string, closing: object | null }[]} */
  const files = await get(FILES);
  const add = async (/** @type {import("../views/security/file_dialog.js").Chosen} */ { file, title }) => {
    try {
      await added(kind, named, file, title);
    } catch (problem) {
      return sentenceOf(problem);
    }
    return "";
  };
  const open = files.filter(({ closing }) => closing === null);
  if (await fileDialog(t(NAMES[kind], { named }), open, add)) announce(t("files.added"));
}

/**
 * @param {string} kind
 * @param {string} named
 * @param {string} file "" for a new one
 * @param {string} title
 */
async function added(kind, named, file, title) {
  if (file === "" && kind === "flag") {
    await post(FILES, { title, flag: named });
    return;
  }
  const into = file || (await post(FILES, { title, flag: null })).id;
  await post(`${FILES}/${into}/items`, { kind, named });
}
