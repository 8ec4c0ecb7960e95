/** Before anything is claimed: what will happen, the Continue button, the field for a spoken join code. */

import { h } from "../h.js";
import { t } from "../i18n.js";
import { actionButton, codeForm, errorPlace, notice, screenHeading, setError } from "../parts.js";
import { foldCharacters, foldJoinCode, JOIN_CODE_LENGTH } from "../../protocol/join_code.js";
import { problemSentence } from "../words.js";
import { Problem } from "../../protocol/api.js";

/**
 * The link was opened; nothing is claimed until the person goes on, because mail scanners open links too.
 * @param {() => Promise<void>} claim
 * @param {object} browser
 * @param {HTMLElement | null} browser.limits what it cannot do
 * @param {boolean} browser.ableToShow
 */
export function continueScreen(claim, { limits, ableToShow }) {
  const error = errorPlace();
  const label = ableToShow ? t("join.continue") : t("limits.continue");
  const button = actionButton(label, "button-main", () => withProblem(error, claim));
  return h(
    "div",
    { class: "screen" },
    screenHeading(t("join.title")),
    h("p", { class: "lead" }, t("join.lead")),
    h(
      "ul",
      { class: "plain-list" },
      h("li", {}, t("join.point_see")),
      h("li", {}, t("join.point_control")),
      h("li", {}, t("join.point_never")),
    ),
    limits,
    error,
    h("div", { class: "actions" }, button),
    h("p", { class: "quiet" }, t("join.not_expected")),
  );
}

/**
 * @param {(code: string) => Promise<void>} claim gets the folded code
 * @param {HTMLElement | null} limits what this browser cannot do
 */
export function joinCodeScreen(claim, limits) {
  return h(
    "div",
    { class: "screen" },
    screenHeading(t("join.code_title")),
    h("p", { class: "lead" }, t("join.code_lead")),
    limits,
    joinCodeForm(claim),
    h("p", { class: "quiet" }, t("join.not_expected")),
  );
}

/**
 * A typing error is found here by the check character, and costs no try.
 * @param {(code: string) => Promise<void>} claim
 */
export function joinCodeForm(claim) {
  const error = errorPlace();
  const { form, field, button } = codeForm(
    { label: t("join.code_label"), hint: t("join.code_hint"), error, submit: t("join.continue") },
    {
      id: "join-code",
      autocomplete: "off",
      autocapitalize: "characters",
      spellcheck: "false",
      maxlength: 24,
      placeholder: "XXXX-XXXX-XXXX-X",
    },
  );
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const code = foldJoinCode(field.value);
    setError(error, code ? "" : typedCodeError(field.value));
    if (!code) return field.focus();
    button.disabled = true;
    await withProblem(error, () => claim(code));
    button.disabled = false;
  });
  return form;
}

/** @param {string} typed */
function typedCodeError(typed) {
  const long = foldCharacters(typed)?.length === JOIN_CODE_LENGTH;
  return t(long ? "join.code_mistyped" : "join.code_length");
}

/** The browser cannot keep a key, so it can take no part at all. */
export function unableScreen() {
  return h(
    "div",
    { class: "screen" },
    screenHeading(t("unable.title")),
    h("p", { class: "lead" }, t("unable.keys")),
    notice("info", h("p", {}, t("unable.safe"))),
    h("p", {}, t("unable.next")),
  );
}

/**
 * @param {HTMLElement} place
 * @param {() => Promise<void>} work
 */
async function withProblem(place, work) {
  setError(place, "");
  try {
    await work();
  } catch (error) {
    setError(place, error instanceof Problem ? problemSentence(error) : t("problem.unknown"));
  }
}
