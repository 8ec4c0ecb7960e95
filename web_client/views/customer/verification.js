/** The only screen with a field for a code, shown only in the state `verifying`. The agent never sees what is typed. */

import { h } from "../h.js";
import { t } from "../i18n.js";
import { actionButton, codeForm, errorPlace, notice, screenHeading, setError } from "../parts.js";
import { problemSentence } from "../words.js";
import { Problem } from "../../protocol/api.js";

const CODE = /^[0-9]{6}$/;

/**
 * @param {import("./screen.js").CustomerView} view
 * @param {import("./screen.js").Actions} actions
 * @returns {import("./screen.js").Screen}
 */
export function verificationScreen(view, actions) {
  const attempts = h("p", { class: "quiet", id: "attempts-left" });
  showAttempts(attempts, view.code_attempts_left);
  const node = h(
    "div",
    { class: "screen" },
    screenHeading(t("verify.title")),
    notice("danger", h("p", {}, h("strong", {}, t("verify.warning_question"), " "), t("verify.warning"))),
    h("p", {}, t("verify.lead", { agent: view.agent.name })),
    verificationForm(actions, attempts),
    h("div", { class: "actions" }, actionButton(t("verify.leave"), "button-plain", actions.leave)),
  );
  return { node, update: (newer) => showAttempts(attempts, newer.code_attempts_left) };
}

/**
 * @param {import("./screen.js").Actions} actions
 * @param {HTMLElement} attempts
 */
function verificationForm(actions, attempts) {
  const error = errorPlace();
  const { form, field, button } = codeForm(
    { label: t("verify.label"), hint: t("verify.hint"), error, more: attempts, submit: t("verify.submit") },
    { id: "code", inputmode: "numeric", autocomplete: "one-time-code", maxlength: 7 },
  );
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    button.disabled = true;
    const sentence = await tryCode(field, actions, attempts);
    button.disabled = false;
    setError(error, sentence);
    if (sentence && field.isConnected) field.focus();
  });
  return form;
}

/**
 * The field is emptied whatever comes of it: a code is used once.
 * @param {HTMLInputElement} field
 * @param {import("./screen.js").Actions} actions
 * @param {HTMLElement} attempts
 * @returns {Promise<string>} what to say, "" when the code was right
 */
async function tryCode(field, actions, attempts) {
  const code = field.value.normalize("NFKC").replace(/[\s-]/g, "");
  if (!CODE.test(code)) return t("verify.form");
  field.value = "";
  try {
    const { outcome, attempts_left } = await actions.submitCode(code);
    if (outcome === "verified") return "";
    showAttempts(attempts, attempts_left);
    return t("verify.refused");
  } catch (error) {
    return error instanceof Problem ? problemSentence(error) : t("problem.unknown");
  }
}

/**
 * @param {HTMLElement} place
 * @param {number | null} left
 */
function showAttempts(place, left) {
  place.textContent = left === null ? "" : t("verify.attempts_left", { count: left });
}
