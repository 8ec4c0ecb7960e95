/** Evidence of the session that is shown: asks what it is for, since that is recorded. */

import { h } from "../h.js";
import { t } from "../i18n.js";
import { errorPlace, setError, submitButton } from "../parts.js";

const LONGEST_REASON = 200;

/** @param {(reason: string) => unknown} onMake */
export function evidenceForm(onMake) {
  const reason = h("input", {
    id: "evidence-reason",
    type: "text",
    autocomplete: "off",
    maxlength: LONGEST_REASON,
    "aria-describedby": "evidence-hint",
  });
  const error = errorPlace();
  const button = submitButton(t("evidence.make"));
  const form = h(
    "form",
    { id: "evidence", class: "card evidence", novalidate: true },
    h("label", { for: reason.id }, t("evidence.reason")),
    reason,
    error,
    h("p", { class: "hint", id: "evidence-hint" }, t("evidence.hint")),
    h("div", { class: "actions" }, button),
  );
  form.addEventListener("submit", async (submitted) => {
    submitted.preventDefault();
    const given = reason.value.trim();
    setError(error, given ? "" : t("evidence.reason_missing"));
    if (!given || button.disabled) return;
    button.disabled = true;
    try {
      await onMake(given);
    } finally {
      button.disabled = false;
    }
  });
  return form;
}
