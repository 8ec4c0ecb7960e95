/** A list out of the customer's own history, the latest first, with older pages on demand and files to keep. */

import { announce } from "../announce.js";
import { sentenceOf } from "../failure.js";
import { h } from "../h.js";
import { t } from "../i18n.js";
import { actionButton, errorPlace, screenHeading, setError } from "../parts.js";
import { saveFile } from "../save_file.js";
import { backLink, nothingToStop } from "./actions.js";

/**
 * @typedef {Awaited<ReturnType<import("./actions.js").OwnHistory["page"]>>} HistoryPage
 *
 * @typedef {object} HistoryList
 * @property {string} title
 * @property {string} lead
 * @property {string} none what is said where there is nothing
 * @property {string} [after] what is said below the list
 * @property {(page: HistoryPage, error: HTMLElement) => HTMLElement[]} rows
 */

/**
 * @param {import("./actions.js").OwnHistory} history
 * @param {HistoryList} shown
 * @returns {Promise<import("./actions.js").MeScreen>}
 */
export async function historyScreen(history, { title, lead, none, after, rows }) {
  const list = h("ol", { class: "looks" });
  const error = errorPlace();
  const older = h("div", { class: "actions" });
  const add = async (/** @type {number | null} */ before) => {
    const page = await history.page(before);
    list.append(...rows(page, error));
    older.replaceChildren();
    if (page.before !== null) older.append(tryingButton(t("me.older"), error, () => add(page.before)));
  };
  await add(null);
  const node = h(
    "div",
    { class: "screen" },
    screenHeading(title),
    h("p", { class: "lead" }, lead),
    list.childElementCount === 0 ? h("p", {}, none) : list,
    error,
    older,
    after ? h("p", {}, after) : null,
    h("p", {}, h("a", { href: "/receipt", target: "_blank", rel: "noopener" }, t("receipts.check"))),
    backLink(),
  );
  return { node, stop: nothingToStop };
}

/**
 * @param {string} label
 * @param {string} name of the file
 * @param {() => Promise<Blob>} file
 * @param {HTMLElement} error
 */
export function saveButton(label, name, file, error) {
  return tryingButton(label, error, async () => {
    saveFile(await file(), name);
    announce(t("receipts.saved"));
  });
}

/**
 * @param {string} label
 * @param {HTMLElement} error where it is said that it did not work
 * @param {() => Promise<void>} act
 */
function tryingButton(label, error, act) {
  return actionButton(label, "button-plain", async () => {
    setError(error, "");
    try {
      await act();
    } catch (problem) {
      setError(error, sentenceOf(problem));
    }
  });
}
