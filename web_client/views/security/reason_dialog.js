/** A dialog that asks for a reason, which is recorded. */

import { h } from "../h.js";
import { t } from "../i18n.js";
import { errorPlace, setError, submitButton } from "../parts.js";

const LONGEST_REASON = 200;

/**
 * @param {{ id: string, title: string, label: string, hint: string, missing: string, yes: string }} words
 * @returns {Promise<string | null>} the reason; null where the dialog was left
 */
export function reasonGiven({ id, title, label, hint, missing, yes }) {
  return new Promise((resolve) => {
    const reason = h("input", {
      id: `${id}-reason`,
      type: "text",
      autocomplete: "off",
      maxlength: LONGEST_REASON,
      "aria-describedby": `${id}-hint`,
    });
    const error = errorPlace();
    const cancel = h("button", { type: "button", class: "button button-plain" }, t("confirm.cancel"));
    const form = h(
      "form",
      { class: "stack", novalidate: true },
      h("label", { for: reason.id }, label),
      h("p", { class: "hint", id: `${id}-hint` }, hint),
      reason,
      error,
      h("div", { class: "actions" }, submitButton(yes), cancel),
    );
    const dialog = h(
      "dialog",
      { class: "dialog", "aria-labelledby": `${id}-title` },
      h("h2", { id: `${id}-title` }, title),
      form,
    );
    cancel.addEventListener("click", () => dialog.close());
    form.addEventListener("submit", (submitted) => {
      submitted.preventDefault();
      const given = reason.value.trim();
      setError(error, given ? "" : missing);
      if (given) dialog.close("given");
      else reason.focus();
    });
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(dialog.returnValue === "given" ? reason.value.trim() : null);
    });
    document.body.append(dialog);
    dialog.showModal();
  });
}
