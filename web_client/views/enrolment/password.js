/** Staff choose their password: one field that can be shown instead of typed twice, and rules without riddles. */

import { h } from "../h.js";
import { t } from "../i18n.js";
import { announce } from "../announce.js";
import { errorPlace, screenHeading, setError, submitButton } from "../parts.js";

const SHORTEST = 12;

/**
 * @param {import("../../protocol/shapes").Enrolment} enrolment
 * @param {import("./screens.js").EnrolmentActions} actions
 */
export function passwordScreen(enrolment, actions) {
  return h(
    "div",
    { class: "screen" },
    h("p", { class: "quiet" }, t("enrol.step_1_of_2")),
    screenHeading(t("enrol.password_title")),
    h("p", { class: "lead" }, t("enrol.password_lead", { name: enrolment.name ?? "" })),
    passwordForm(enrolment.username ?? "", actions),
  );
}

/**
 * @param {string} username
 * @param {import("./screens.js").EnrolmentActions} actions
 */
function passwordForm(username, actions) {
  const error = errorPlace();
  error.id = "password-error";
  const field = h("input", {
    id: "password",
    name: "password",
    type: "password",
    autocomplete: "new-password",
    maxlength: 256,
    required: true,
    "aria-describedby": "password-rules password-error",
  });
  const button = submitButton(t("enrol.password_submit"));
  const form = h(
    "form",
    { class: "stack", novalidate: true },
    h("label", { for: "username" }, t("enrol.username")),
    h("input", { id: "username", name: "username", type: "text", autocomplete: "username", readonly: true, value: username }),
    h("label", { for: "password" }, t("enrol.password_label")),
    h(
      "ul",
      { class: "plain-list hint", id: "password-rules" },
      h("li", {}, t("enrol.rule_length")),
      h("li", {}, t("enrol.rule_words")),
      h("li", {}, t("enrol.rule_names")),
    ),
    field,
    h("div", {}, showButton(field)),
    error,
    h("div", { class: "actions" }, button),
  );
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    setError(error, "");
    button.disabled = true;
    const tooShort = [...field.value.normalize("NFKC")].length < SHORTEST;
    const sentence = tooShort ? t("problem.password_too_short") : await actions.choosePassword(field.value);
    button.disabled = false;
    setError(error, sentence);
    if (sentence && field.isConnected) field.focus();
  });
  return form;
}

/** @param {HTMLInputElement} field */
function showButton(field) {
  const button = h("button", { type: "button", class: "button button-plain", "aria-pressed": "false" }, t("enrol.show"));
  button.addEventListener("click", () => {
    const shown = field.type === "text";
    field.type = shown ? "password" : "text";
    button.setAttribute("aria-pressed", String(!shown));
    announce(t(shown ? "enrol.hidden" : "enrol.shown"));
  });
  return button;
}
