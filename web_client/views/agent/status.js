/** Where the session stands, for the agent: the customer's steps, the verification's outcome, consent, the way out. */

import { h } from "../h.js";
import { t } from "../i18n.js";
import { endedAt, facts, honestLine, notice } from "../parts.js";
import { pill } from "../table.js";
import { countdownElement } from "../times.js";
import { levelWord, methodWord, STAFF_END_KEYS, STATE_KEYS, SURFACE_KEYS } from "../words.js";
import { verificationCard } from "./assurance.js";

/** @typedef {import("../../protocol/shapes").AgentView} AgentView */

const STEPS = [
  ["invited", "steps.invited"],
  ["introducing", "steps.introducing"],
  ["verifying", "steps.verifying"],
  ["consenting", "steps.consenting"],
  ["ready", "steps.ready"],
  ["sharing", "steps.sharing"],
];
const STEPS_ALONE = STEPS.slice(0, 3);
/** @type {Record<string, string>} */
const STEP_OF = { joined: "introducing", waiting: "invited", paused: "sharing" };

/** @param {AgentView} view */
export function customerProgress(view) {
  if (view.state === "ended" || view.state === "interrupted") return null;
  const current = STEP_OF[view.state] ?? view.state;
  const steps = view.purpose === "verify" ? STEPS_ALONE : STEPS;
  const done = view.purpose === "verify" && view.verification && !view.asked;
  const position = done ? steps.length : steps.findIndex(([state]) => state === current);
  return h(
    "ol",
    { class: "steps steps-console", "aria-label": t("steps.label") },
    steps.map(([, key], index) =>
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
    [t("session.state"), statePill(view)],
    [t("case.customer"), view.customer_label || t("side.label_hidden")],
    [t("side.presence"), t(present ? "side.present" : "side.absent")],
  ]);
}

/** @param {AgentView} view */
function statePill({ state, purpose, verification, asked, introduction_asked: words, exchange }) {
  if (purpose === "verify" && state === "verifying" && verification && !asked)
    return pill(t("caller.state"), "good");
  if (state === "introducing" && words === "words" && exchange.run > 0) return pill(t("state.comparing"), "plain");
  return pill(t(STATE_KEYS[state]), state === "sharing" ? "live" : "plain");
}

/**
 * @param {AgentView} view
 * @param {import("./assurance.js").Ask} ask for a proof
 */
export function sidePanel(view, ask) {
  const proof = verificationCard(view, ask);
  if (view.purpose === "verify") return [proof];
  return [
    proof,
    h("section", { class: "card" }, h("h2", {}, t("side.consent")), consentFacts(view), honestLine(view)),
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
  if (scope === "chat") return t("consent.chat");
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
    view.purpose === "verify" ? verifiedOrNot(view) : null,
    h(
      "div",
      { class: "actions" },
      h("a", { class: "button button-main", href: "/agent" }, t("session.back")),
    ),
  );
}

/** @param {AgentView} view of a session for a verification alone */
function verifiedOrNot({ verification }) {
  if (!verification) return notice("warning", h("p", {}, t("caller.ended_unverified")));
  const values = { level: levelWord(verification.level), method: methodWord(verification.method) };
  return notice("good", h("p", {}, t("caller.ended_verified", values)));
}
