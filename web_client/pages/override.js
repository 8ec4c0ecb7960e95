/** An agent opens a record without a live case, where the organisation allows that: with a reason, flagged and told. */

import { post } from "../protocol/api.js";
import { confirmed } from "../views/confirm.js";
import { sentenceOf } from "../views/failure.js";
import { h } from "../views/h.js";
import { t } from "../views/i18n.js";
import { errorPlace, setError, submitButton } from "../views/parts.js";
import { withStepUp } from "./step_up.js";

export function overrideForm() {
  const error = errorPlace();
  const customer = h("input", { type: "text", id: "override-customer", required: true, maxlength: 64, autocomplete: "off" });
  const reason = h("textarea", { id: "override-reason", rows: 3, required: true, maxlength: 500 });
  const form = h(
    "form",
    { class: "stack", novalidate: true },
    h("label", { for: customer.id }, t("own_case.customer")),
    customer,
    h("label", { for: reason.id }, t("override.reason")),
    reason,
    error,
    h("div", { class: "actions" }, submitButton(t("override.submit"))),
  );
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    setError(error, "");
    const question = { title: t("override.ask_title"), text: t("override.ask_text"), yes: t("override.submit") };
    if (!(await confirmed(question))) return;
    const asked = { customer: customer.value.trim(), reason: reason.value };
    try {
      const { id } = await withStepUp("agent", () => post("/overrides", asked));
      location.assign(`/agent/cases/${id}`);
    } catch (problem) {
      setError(error, sentenceOf(problem));
    }
  });
  return form;
}
