/** Where the session stands, for the agent: the customer's steps, the verification's outcome, consent, the way out. */

import { h } from "../h.js";
import { t } from "../i18n.js";
import { endedAt, facts, honestLine, levelElement } from "../parts.js";
import { pill } from "../table.js";
import { agoElement, countdownElement, timeElement } from "../times.js";
import { methodWord, STAFF_END_KEYS, STATE_KEYS, SURFACE_KEYS } from "../words.js";

/** @typedef {import("../../protocol/shapes").AgentView} AgentView */

const STEPS = [
  ["invited", "steps.invited"],
  ["introducing", "steps.introducing"],
  ["verifying", "steps.verifying"],
  ["consenting", "steps.consenting"],
  ["ready", "steps.ready"],
  ["sharing", "steps.sharing"],
];
/** @type {Record<string, string>} */
const STEP_OF = { joined: "introducing", waiting: "invited", paused: "sharing" };

/** @param {AgentView} view */
export function customerProgress(view) {
  if (view.state === "ended" || view.state === "interrupted") return null;
  const current = STEP_OF[view.state] ?? view.state;
  const position = STEPS.findIndex(([state]) => state === current);
  return h(
    "ol",
    { class: "steps steps-console", "aria-label": t("steps.label") },
    STEPS.map(([, key], index) =>
      h(
        "li",
        { class: index < position ? "step-done" : "", "aria-current": index === position ? "step" : null },
        t(key ?? ""),
      ),
    ),
  );
}

/**
 * Above the picture, and with it in full screen: time left first, then the state and the customer.
 * @param {AgentView} view
 */
export function sessionFacts(view) {
  const { state } = view;
  const present = view.customer_present && state !== "ended";
  return facts([
    ...timeLeft(view),
    [t("session.state"), pill(t(STATE_KEYS[state]), state === "sharing" ? "live" : "plain")],
    [t("case.customer"), view.customer_label ?? t("side.label_hidden")],
    [t("side.presence"), t(present ? "side.present" : "side.absent")],
  ]);
}

/** @param {AgentView} view */
export function sidePanel(view) {
  return [
    h("section", { class: "card" }, h("h2", {}, t("side.verification")), verificationFacts(view)),
    h("section", { class: "card" }, h("h2", {}, t("side.consent")), consentFacts(view), honestLine()),
  ];
}

/**
 * First of all that an agent looks for while a share runs.
 * @param {AgentView} view
 * @returns {[string, HTMLElement][]}
 */
function timeLeft({ consent, state }) {
  return consent && state !== "ended" ? [[t("bar.time_left"), countdownElement(consent.until_ms)]] : [];
}

/**
 * The outcome only: what was typed is never sent here.
 * @param {AgentView} view
 */
function verificationFacts({ verification }) {
  if (!verification) return h("p", { class: "quiet" }, t("side.not_verified"));
  return facts([
    [t("side.method"), methodWord(verification.method)],
    [t("side.level"), levelElement(verification.level)],
    [t("side.verified"), agoElement(verification.at_ms)],
    [t("side.fresh_until"), timeElement(verification.until_ms)],
  ]);
}

/** @param {AgentView} view */
function consentFacts({ consent, surface_shown: surface }) {
  if (!consent) return h("p", { class: "quiet" }, t("side.no_consent"));
  return facts([
    [t("side.agreed"), consent.scopes.map(surfaceWord).join(", ")],
    [t("side.shown"), surface ? surfaceWord(surface) : "–"],
  ]);
}

/** @param {string} scope */
function surfaceWord(scope) {
  const key = SURFACE_KEYS[/** @type {keyof typeof SURFACE_KEYS} */ (scope)];
  return key ? t(key) : scope;
}

/** @param {AgentView} view */
export function endPanel(view) {
  const { end } = view;
  return h(
    "section",
    { class: "card ended-card" },
    h("h2", {}, t("session.ended_title")),
    end ? h("p", { class: "lead" }, t(STAFF_END_KEYS[end.cause])) : null,
    end ? endedAt(end) : null,
    h(
      "div",
      { class: "actions" },
      h("a", { class: "button button-main", href: "/agent" }, t("session.back")),
    ),
  );
}
