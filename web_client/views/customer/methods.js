/** The fields for codes. The only user is the screen of the state `verifying`; the agent never sees what is typed. */

import { h } from "../h.js";
import { t } from "../i18n.js";
import { announce } from "../announce.js";
import { codeForm, errorPlace, setError } from "../parts.js";
import { problemSentence } from "../words.js";
import { Problem } from "../../protocol/api.js";
import { foldRecoveryCode } from "../../protocol/recovery_code.js";

const CODE = /^[0-9]{6}$/;

/**
 * @param {import("./screen.js").Actions} actions
 * @param {HTMLElement} attempts
 */
export function appCodeForm(actions, attempts) {
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
 * The ways on for somebody whose app is not at hand, or who never had one.
 * @param {import("./screen.js").Actions} actions
 * @param {HTMLElement} attempts
 */
export function withoutApp(actions, attempts) {
  return h(
    "details",
    { class: "other-way" },
    h("summary", {}, t("verify.no_app")),
    h("p", {}, t("verify.recovery_lead")),
    recoveryForm(actions, attempts),
    h(
      "p",
      {},
      h("a", { href: "/without-app", target: "_blank", rel: "noopener" }, t("verify.no_codes_either")),
    ),
  );
}

/**
 * @param {import("./screen.js").Actions} actions
 * @param {HTMLElement} attempts
 */
function recoveryForm(actions, attempts) {
  const error = errorPlace();
  const { form, field, button } = codeForm(
    { label: t("verify.recovery_label"), hint: t("verify.recovery_hint"), error, submit: t("verify.recovery_submit") },
    { id: "recovery-code", autocomplete: "off", autocapitalize: "characters", spellcheck: false, maxlength: 40 },
  );
  field.classList.add("recovery-field");
  button.classList.replace("button-main", "button-plain");
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    button.disabled = true;
    const sentence = await tryRecoveryCode(field, actions, attempts);
    button.disabled = false;
    setError(error, sentence);
    if (sentence && field.isConnected) field.focus();
  });
  return form;
}

/**
 * @param {HTMLInputElement} field emptied unless what was typed is no recovery code at all
 * @param {import("./screen.js").Actions} actions
 * @param {HTMLElement} attempts
 * @returns {Promise<string>} what to say, "" when the code was right
 */
async function tryRecoveryCode(field, actions, attempts) {
  const code = foldRecoveryCode(field.value);
  if (code === null) return t("verify.recovery_form");
  field.value = "";
  try {
    const { outcome, attempts_left, recovery_codes_left } = await actions.submitRecoveryCode(code);
    if (outcome === "verified") {
      announce(t("verify.recovery_left", { count: recovery_codes_left ?? 0 }));
      return "";
    }
    showAttempts(attempts, attempts_left);
    return t("verify.recovery_refused");
  } catch (error) {
    return error instanceof Problem ? problemSentence(error) : t("problem.unknown");
  }
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
export function showAttempts(place, left) {
  place.textContent = left === null ? "" : t("verify.attempts_left", { count: left });
}
