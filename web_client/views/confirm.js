/** Ask before what cannot be undone. */

import { h } from "./h.js";
import { t } from "./i18n.js";

/**
 * @param {object} question
 * @param {string} question.title
 * @param {string} question.text
 * @param {string} question.yes names the act, not "OK"
 * @returns {Promise<boolean>}
 */
export function confirmed({ title, text, yes }) {
  return new Promise((resolve) => {
    const cancel = h(
      "button",
      { type: "submit", value: "no", class: "button button-plain", autofocus: true },
      t("confirm.cancel"),
    );
    const act = h("button", { type: "submit", value: "yes", class: "button button-danger" }, yes);
    const dialog = h(
      "dialog",
      { class: "dialog", "aria-labelledby": "dialog-title" },
      h("h2", { id: "dialog-title" }, title),
      h("p", {}, text),
      h("form", { method: "dialog", class: "actions" }, act, cancel),
    );
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(dialog.returnValue === "yes");
    });
    document.body.append(dialog);
    dialog.showModal();
  });
}
