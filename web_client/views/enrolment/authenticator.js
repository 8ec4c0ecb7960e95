/** The authenticator app gets its key, and proves by a code that it has it. The key is on the screen once. */

import { h } from "../h.js";
import { t } from "../i18n.js";
import { announce } from "../announce.js";
import { actionButton, codeForm, errorPlace, screenHeading, setError } from "../parts.js";
import { qrElement } from "../qr.js";
import { neverAsk, passkeyInstead } from "./screens.js";

/**
 * @typedef {import("../../protocol/shapes").Enrolment} Enrolment
 * @typedef {import("./screens.js").EnrolmentActions} EnrolmentActions
 */

const CODE = /^[0-9]{6}$/;
const GROUP = /.{1,4}/g;

/**
 * @param {Enrolment} enrolment
 * @param {import("../../protocol/shapes").EnrolmentSecret} secret
 * @param {EnrolmentActions} actions
 */
export function authenticatorScreen(enrolment, secret, actions) {
  return h(
    "div",
    { class: "screen" },
    stepLine(enrolment),
    screenHeading(t("enrol.app_title")),
    h("p", { class: "lead" }, t("enrol.app_lead")),
    neverAsk(),
    h("h2", {}, t("enrol.add_title")),
    h(
      "div",
      { class: "enrol-on-phone" },
      h("p", {}, h("a", { class: "button button-plain", href: secret.uri }, t("enrol.open_app"))),
      h("p", { class: "hint" }, t("enrol.open_app_hint")),
    ),
    h("p", {}, t("enrol.add_scan")),
    h("div", { class: "enrol-qr" }, qrElement(secret.qr_svg, t("enrol.qr_label"))),
    byHand(secret.key),
    h("h2", {}, t("enrol.code_title")),
    codeEntry(actions),
    passkeyInstead(actions),
  );
}

/**
 * After a reload: the key was shown, and is not shown again.
 * @param {Enrolment} enrolment
 * @param {EnrolmentActions} actions
 */
export function codeScreen(enrolment, actions) {
  const error = errorPlace();
  const anew = actionButton(t("enrol.new_key"), "button-plain", async () => {
    setError(error, await actions.newSecret());
  });
  return h(
    "div",
    { class: "screen" },
    stepLine(enrolment),
    screenHeading(t("enrol.resume_title")),
    h("p", { class: "lead" }, t("enrol.resume_lead")),
    neverAsk(),
    codeEntry(actions),
    h("h2", {}, t("enrol.resume_not_added")),
    h("p", {}, t("enrol.new_key_lead")),
    error,
    h("div", { class: "actions" }, anew),
    passkeyInstead(actions),
  );
}

/** @param {Enrolment} enrolment */
function stepLine({ kind }) {
  return kind === "staff" ? h("p", { class: "quiet" }, t("enrol.step_2_of_2")) : null;
}

/** @param {string} key base32 */
function byHand(key) {
  const groups = key.match(GROUP) ?? [];
  const copy = actionButton(t("enrol.copy_key"), "button-plain", async () => {
    try {
      await navigator.clipboard.writeText(key);
      announce(t("enrol.copied"));
    } catch {
      announce(t("enrol.copy_by_hand"));
    }
  });
  return h(
    "details",
    { class: "enrol-by-hand" },
    h("summary", {}, t("enrol.cannot_scan")),
    h("p", {}, t("enrol.by_hand")),
    h("p", { class: "enrol-key", id: "enrol-key" }, groups.map((group) => h("span", {}, `${group} `))),
    h("div", { class: "actions" }, copy),
  );
}

/** @param {EnrolmentActions} actions */
function codeEntry(actions) {
  const error = errorPlace();
  const { form, field, button } = codeForm(
    { label: t("enrol.code_label"), hint: t("enrol.code_hint"), error, submit: t("enrol.finish") },
    { id: "enrol-code", inputmode: "numeric", autocomplete: "one-time-code", maxlength: 7 },
  );
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    setError(error, "");
    button.disabled = true;
    const sentence = await tryCode(field, actions);
    button.disabled = false;
    setError(error, sentence);
    if (sentence && field.isConnected) field.focus();
  });
  return form;
}

/**
 * @param {HTMLInputElement} field emptied when its code was sent: it may not fit a second time
 * @param {EnrolmentActions} actions
 */
async function tryCode(field, actions) {
  const code = field.value.normalize("NFKC").replace(/[\s-]/g, "");
  if (!CODE.test(code)) return t("enrol.code_form");
  field.value = "";
  return actions.confirm(code);
}
