/**
 * The enrolment's screens around its two steps: before, after, and where a link opens nothing.
 *
 * @typedef {object} EnrolmentActions each resolves to what to say on the screen, "" once another screen is shown
 * @property {(password: string) => Promise<string>} choosePassword
 * @property {() => Promise<string>} newSecret
 * @property {(code: string) => Promise<string>} confirm
 * @property {() => Promise<string>} makeRecoveryCodes
 * @property {() => void} recoveryCodesKept
 * @property {(label: string) => Promise<string>} addPasskey
 */

import { h } from "../h.js";
import { t } from "../i18n.js";
import { actionButton, errorPlace, notice, screenHeading, setError } from "../parts.js";
import { passkeyForm } from "../passkey_add.js";
import { passkeysKnown } from "../../protocol/passkey.js";

/** Why a link opens nothing, and what to do then. @type {Record<string, [string, string]>} */
export const CLOSED_KEYS = {
  enrolment_unknown: ["enrol.unknown_title", "enrol.unknown_next"],
  enrolment_used: ["enrol.used_title", "enrol.used_next"],
  enrolment_withdrawn: ["enrol.withdrawn_title", "enrol.withdrawn_next"],
  enrolment_expired: ["enrol.expired_title", "enrol.expired_next"],
  enrolment_other_browser: ["enrol.other_browser_title", "enrol.other_browser_next"],
  enrolment_staff_browser: ["enrol.staff_browser_title", "enrol.staff_browser_next"],
  enrolment_not_open: ["enrol.not_open_title", "enrol.not_open_next"],
};

/**
 * The link was opened; nothing is claimed until the person goes on, because mail scanners open links too.
 * @param {() => Promise<string>} claim
 */
export function continueScreen(claim) {
  const error = errorPlace();
  const goOn = actionButton(t("enrol.continue"), "button-main", async () => {
    setError(error, "");
    setError(error, await claim());
  });
  return h(
    "div",
    { class: "screen" },
    screenHeading(t("enrol.title")),
    h("p", { class: "lead" }, t("enrol.lead")),
    h(
      "ul",
      { class: "plain-list" },
      h("li", {}, t("enrol.point_phone")),
      h("li", {}, t("enrol.point_time")),
      h("li", {}, t("enrol.point_once")),
    ),
    error,
    h("div", { class: "actions" }, goOn),
    h("p", { class: "quiet" }, t("enrol.not_expected")),
  );
}

/**
 * @param {Pick<import("../../protocol/shapes").Enrolment, "kind" | "door" | "passkey">} enrolment
 * @param {EnrolmentActions} actions
 */
export function doneScreen({ kind, door, passkey }, actions) {
  const isStaff = kind === "staff";
  return h(
    "div",
    { class: "screen" },
    screenHeading(t("enrol.done_title")),
    notice("good", h("p", {}, t(isStaff ? "enrol.done_staff" : "enrol.done_customer"))),
    h("p", {}, t("enrol.done_used")),
    passkey && passkeysKnown() ? passkeyToo(actions) : null,
    isStaff ? signInLink(door) : null,
    neverAsk(),
  );
}

/**
 * @param {string} code of a problem, a name in CLOSED_KEYS
 */
export function closedScreen(code) {
  const [title, next] = CLOSED_KEYS[code] ?? ["enrol.unknown_title", "enrol.unknown_next"];
  return h(
    "div",
    { class: "screen" },
    screenHeading(t(title)),
    h("p", { class: "lead" }, t(next)),
    notice("info", h("p", {}, t("enrol.nothing_changed"))),
  );
}

/**
 * @param {string} sentence
 * @param {() => Promise<void>} again
 */
export function failedScreen(sentence, again) {
  return h(
    "div",
    { class: "screen" },
    screenHeading(t("enrol.failed_title")),
    h("p", { class: "lead" }, sentence),
    h("div", { class: "actions" }, actionButton(t("failure.again"), "button-main", again)),
  );
}

/** In place of the app. @param {EnrolmentActions} actions */
export function passkeyInstead(actions) {
  if (!passkeysKnown()) return null;
  return h(
    "section",
    { "aria-labelledby": "passkey-instead" },
    h("h2", { id: "passkey-instead" }, t("enrol.passkey_instead")),
    h("p", {}, t("passkey.what")),
    passkeyForm(actions.addPasskey, "button-plain"),
  );
}

/** @param {EnrolmentActions} actions */
function passkeyToo(actions) {
  return h(
    "section",
    { "aria-labelledby": "passkey-too" },
    h("h2", { id: "passkey-too" }, t("enrol.passkey_too")),
    h("p", {}, t("passkey.what")),
    passkeyForm(actions.addPasskey, "button-plain"),
  );
}

export function neverAsk() {
  return notice("danger", h("p", {}, h("strong", {}, t("enrol.never_title"), " "), t("enrol.never")));
}

/** @param {"agent" | "security" | null} door */
function signInLink(door) {
  const address = door === "security" ? "/security/sign-in" : "/agent/sign-in";
  return h("p", { class: "actions" }, h("a", { class: "button button-main", href: address }, t("enrol.sign_in")));
}
