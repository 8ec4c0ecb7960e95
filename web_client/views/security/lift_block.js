/** The dialog in which an administrator says why a block is lifted: the reason is recorded. */

import { h } from "../h.js";
import { t } from "../i18n.js";
import { errorPlace, setError, submitButton } from "../parts.js";

const LONGEST_REASON = 200;

/**
 * @param {string} name whose block it is
 * @returns {Promise<string | null>} the reason; null where the dialog was left
 */
export function reasonToLift(name) {
  return new Promise((resolve) => {
    const reason = h("input", {
      id: "lift-reason",
      type: "text",
      autocomplete: "off",
      maxlength: LONGEST_REASON,
      "aria-describedby": "lift-hint",
    });
    const error = errorPlace();
    const cancel = h("button", { type: "button", class: "button button-plain" }, t("confirm.cancel"));
    const form = h(
      "form",
      { class: "stack", novalidate: true },
      h("label", { for: reason.id }, t("staff.lift_reason")),
      h("p", { class: "hint", id: "lift-hint" }, t("staff.lift_hint")),
      reason,
      error,
      h("div", { class: "actions" }, submitButton(t("staff.unblock")), cancel),
    );
    const dialog = h(
      "dialog",
      { class: "dialog", "aria-labelledby": "lift-title" },
      h("h2", { id: "lift-title" }, t("staff.lift_title", { name })),
      form,
    );
    cancel.addEventListener("click", () => dialog.close());
    form.addEventListener("submit", (submitted) => {
      submitted.preventDefault();
      const given = reason.value.trim();
      setError(error, given ? "" : t("staff.lift_reason_missing"));
      if (given) dialog.close("lifted");
      else reason.focus();
    });
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(dialog.returnValue === "lifted" ? reason.value.trim() : null);
    });
    document.body.append(dialog);
    dialog.showModal();
  });
}
