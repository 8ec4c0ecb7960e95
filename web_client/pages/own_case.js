/** An agent opens a case by a customer's reference. Nothing is looked up for this page: it shows what was typed. */

import { post } from "../protocol/api.js";
import { announce } from "../views/announce.js";
import { sentenceOf } from "../views/failure.js";
import { h } from "../views/h.js";
import { t } from "../views/i18n.js";
import { errorPlace, setError, submitButton } from "../views/parts.js";

/** @param {() => Promise<void>} opened the list shows it from then on */
export function ownCaseForm(opened) {
  const error = errorPlace();
  const customer = field("own-case-customer", 64);
  const reason = field("own-case-reason", 200);
  const form = h(
    "form",
    { class: "stack", novalidate: true },
    h("label", { for: customer.id }, t("own_case.customer")),
    customer,
    h("label", { for: reason.id }, t("own_case.reason")),
    reason,
    error,
    h("div", { class: "actions" }, submitButton(t("own_case.submit"))),
  );
  let running = false;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (running) return;
    running = true;
    setError(error, "");
    try {
      const asked = { customer: customer.value.trim(), reason: reason.value };
      const { reference } = await post("/provisional-cases", asked);
      form.reset();
      announce(t("own_case.opened", { reference }));
      await opened();
    } catch (problem) {
      setError(error, sentenceOf(problem));
    } finally {
      running = false;
    }
  });
  return form;
}

/**
 * @param {string} id
 * @param {number} longest
 */
function field(id, longest) {
  return h("input", { type: "text", id, name: id, required: true, maxlength: longest, autocomplete: "off" });
}
