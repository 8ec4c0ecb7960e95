/** A dialog with a form in it, which closes once what it asks for is done. */

import { h } from "../h.js";
import { t } from "../i18n.js";
import { errorPlace, setError, submitButton } from "../parts.js";

/**
 * `done` gives what stands against it, and "" once it is done; meanwhile the form cannot be sent again.
 * @param {{
 *   id: string,
 *   title: string,
 *   fields: import("../h.js").Child[],
 *   yes: string,
 *   done: () => string | Promise<string>,
 *   below?: import("../h.js").Child,
 * }} parts
 * @returns {Promise<boolean>} false where the dialog was left
 */
export function formDialog({ id, title, fields, yes, done, below }) {
  return new Promise((resolve) => {
    const error = errorPlace();
    const button = submitButton(yes);
    const cancel = h("button", { type: "button", class: "button button-plain" }, t("confirm.cancel"));
    const form = h(
      "form",
      { class: "stack", novalidate: true },
      fields,
      error,
      h("div", { class: "actions" }, button, cancel),
    );
    const dialog = h(
      "dialog",
      { class: "dialog", "aria-labelledby": `${id}-title` },
      h("h2", { id: `${id}-title` }, title),
      form,
      below,
    );
    cancel.addEventListener("click", () => dialog.close());
    form.addEventListener("submit", async (submitted) => {
      submitted.preventDefault();
      if (button.disabled) return;
      button.disabled = true;
      const wrong = await done();
      button.disabled = false;
      setError(error, wrong);
      if (wrong) /** @type {HTMLElement | null} */ (form.querySelector("input, select, textarea"))?.focus();
      else dialog.close("done");
    });
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(dialog.returnValue === "done");
    });
    document.body.append(dialog);
    dialog.showModal();
  });
}
