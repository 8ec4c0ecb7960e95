/** Codes of the customer's own: ten new recovery codes, on the screen once, and an app whose clock went off. */

import { fill, h } from "../h.js";
import { t } from "../i18n.js";
import { announce } from "../announce.js";
import { showScreen } from "../customer/screen.js";
import { recoveryCodesScreen as codesScreen } from "../enrolment/recovery.js";
import { actionButton, errorPlace, notice, screenHeading, setError, submitButton } from "../parts.js";
import { backToFactors, inSession, nothingToStop } from "./actions.js";
import { isProved, proofCard } from "./proof.js";

/** @typedef {import("./actions.js").MeActions} MeActions */
/** @typedef {import("../../protocol/shapes").Me} Me */

/**
 * @param {Me} me
 * @param {MeActions} actions
 * @returns {Promise<import("./actions.js").MeScreen>}
 */
export async function recoveryCodesScreen(me, actions) {
  const way = await theWay(me, actions, t("me.prove_for_recovery"), () => making(actions));
  const node = h(
    "div",
    { class: "screen" },
    screenHeading(t("me.recovery_title")),
    h("p", { class: "lead" }, t("recovery.lead")),
    h(
      "ul",
      { class: "plain-list" },
      h("li", {}, t("recovery.point_once")),
      h("li", {}, t("recovery.point_keep")),
      h("li", {}, t("recovery.point_alone")),
    ),
    notice("warning", h("p", {}, t("me.recovery_void"))),
    way,
    backToFactors(),
  );
  return { node, stop: nothingToStop };
}

/**
 * @param {Me} me
 * @param {MeActions} actions
 * @returns {Promise<import("./actions.js").MeScreen>}
 */
export async function appClockScreen(me, actions) {
  const way = await theWay(me, actions, t("me.prove_for_clock"), () => twoCodes(actions));
  const node = h(
    "div",
    { class: "screen" },
    screenHeading(t("me.app_clock_title")),
    h("p", { class: "lead" }, t("me.app_clock_lead")),
    way,
    isProved(me) ? null : h("p", { class: "hint" }, t("me.no_passkey_clock")),
    backToFactors(),
  );
  return { node, stop: nothingToStop };
}

/**
 * What leads on from here: nothing in a session, a passkey first, else `next`.
 * @param {Me} me
 * @param {MeActions} actions
 * @param {string} why a passkey is asked for
 * @param {() => HTMLElement} next
 */
async function theWay(me, actions, why, next) {
  if (await inSession(actions)) return notice("danger", h("p", {}, t("problem.codes_in_session")));
  return isProved(me) ? next() : proofCard(why, actions);
}

/** @param {MeActions} actions */
function making(actions) {
  const error = errorPlace();
  const make = actionButton(t("me.recovery_make"), "button-main", async () => {
    setError(error, "");
    const sentence = await actions.tried(async () => {
      const codes = await actions.factors.makeRecoveryCodes();
      showScreen(codesScreen(codes, kept));
    });
    setError(error, sentence);
  });
  return h("div", {}, error, h("div", { class: "actions" }, make));
}

/** The list leaves the screen with the address that asked for it. */
const kept = {
  recoveryCodesKept: () => {
    location.hash = "#factors";
  },
};

/** @param {MeActions} actions */
function twoCodes(actions) {
  const error = errorPlace();
  error.id = "app-clock-error";
  const first = codeField("app-clock-first");
  const second = codeField("app-clock-second");
  const button = submitButton(t("me.app_clock_submit"));
  const form = h(
    "form",
    { class: "stack", novalidate: true },
    h("label", { for: first.id }, t("me.app_clock_first")),
    h("p", { class: "hint", id: "app-clock-first-hint" }, t("me.code_hint")),
    first,
    h("label", { for: second.id }, t("me.app_clock_second")),
    h("p", { class: "hint", id: "app-clock-second-hint" }, t("me.app_clock_second_hint")),
    second,
    error,
    h("div", { class: "actions" }, button),
  );
  const warning = notice(
    "danger",
    h("p", {}, h("strong", {}, t("verify.warning_question"), " "), t("verify.warning")),
  );
  const place = h("div", {}, warning, form);
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    setError(error, "");
    button.disabled = true;
    const [one, next] = [first, second].map(({ value }) => value.replace(/\s/g, ""));
    let found = false;
    const sentence = await actions.tried(async () => {
      found = await actions.factors.resynchronise(one ?? "", next ?? "");
    });
    button.disabled = false;
    first.value = second.value = "";
    if (found) showFound(place);
    else setError(error, sentence || t("me.app_clock_refused"));
  });
  return place;
}

/** @param {HTMLElement} place */
function showFound(place) {
  fill(place, notice("good", h("p", {}, t("me.app_clock_found"))));
  announce(t("me.app_clock_found"));
}

/** @param {string} id */
function codeField(id) {
  return h("input", {
    id,
    type: "text",
    name: id,
    class: "code-field",
    required: true,
    inputmode: "numeric",
    autocomplete: "one-time-code",
    maxlength: 7,
    "aria-describedby": `${id}-hint app-clock-error`,
  });
}
