/** What the agent does for the customer to know whom they talk to: show a badge, say two words, type one. */

import { PasskeyFailure } from "../../protocol/passkey.js";
import { h } from "../h.js";
import { language, t } from "../i18n.js";
import { spokenWords, wordForm } from "../introduction/words.js";
import { sentenceOf } from "../failure.js";
import { actionButton, errorPlace, notice, setError } from "../parts.js";

/**
 * @typedef {import("../../protocol/shapes").AgentView} AgentView
 * @typedef {import("../../pages/agent_introduction.js").AgentProgress} AgentProgress
 *
 * @typedef {object} AgentActions
 * @property {AgentProgress} progress
 * @property {() => Promise<void>} start
 * @property {() => Promise<void>} confirmBadge
 * @property {(typed: string) => "right" | "unknown" | "wrong"} compare
 */

/**
 * Where the introduction stands; two views at one place show one panel.
 * @param {AgentView} view
 * @param {AgentProgress} progress
 */
export function introductionPlace({ introduction, introduction_asked: asked, exchange }, progress) {
  if (progress.badgeProblem) return "no_badge";
  if (progress.passkeyNeeded) return "confirm";
  if (introduction === "none" || asked !== "words") return "badge";
  if (progress.settled) return exchange.customer_matched ? "hear" : "say";
  if (progress.running) return "wait";
  return exchange.open ? "begin" : `ready ${exchange.run}`;
}

/**
 * @param {AgentView} view
 * @param {AgentActions} actions
 */
export function introductionPanel(view, actions) {
  const place = introductionPlace(view, actions.progress).split(" ")[0] ?? "";
  const parts = { no_badge: noBadge, confirm, badge, say, hear, wait, begin, ready };
  return h(
    "section",
    { class: "card introduction", "aria-labelledby": "introduction-title" },
    h("h2", { id: "introduction-title" }, t("intro.title")),
    parts[/** @type {keyof typeof parts} */ (place)](view, actions),
  );
}

/**
 * @param {AgentView} _view
 * @param {AgentActions} actions
 */
function noBadge(_view, { progress }) {
  return notice("danger", h("p", {}, t("intro.no_badge"), " ", sentenceOf(progress.badgeProblem)));
}

/**
 * What is asked and why, before the browser's own window comes.
 * @param {AgentView} view
 * @param {AgentActions} actions
 */
function confirm({ case_reference: reference }, { confirmBadge }) {
  const error = errorPlace();
  const ask = async () => {
    setError(error, "");
    try {
      await confirmBadge();
    } catch (problem) {
      const own = problem instanceof PasskeyFailure ? t(`problem.passkey_${problem.reason}`) : null;
      setError(error, own ?? sentenceOf(problem));
    }
  };
  return [
    h("p", { class: "lead" }, t("intro.confirm", { reference })),
    h("p", { class: "quiet" }, t("intro.confirm_why")),
    error,
    h("div", { class: "actions" }, actionButton(t("intro.confirm_button"), "button-main", ask)),
  ];
}

function badge() {
  return h("p", { class: "lead" }, t("intro.badge"));
}

/** @param {AgentView} view */
function ready({ exchange }) {
  return [
    h("p", { class: "lead" }, t(exchange.run === 0 ? "intro.ready" : "intro.again")),
    h("p", { class: "quiet" }, t("intro.why")),
  ];
}

/**
 * @param {AgentView} view
 * @param {AgentActions} actions
 */
function begin({ exchange }, { start }) {
  return [
    h("p", { class: "lead" }, t("intro.begin")),
    exchange.run > 1 ? notice("warning", h("p", {}, t("intro.second_run"))) : null,
    h("div", { class: "actions" }, actionButton(t("intro.start"), "button-main", start)),
  ];
}

function wait() {
  return h("p", { class: "lead", role: "status" }, t("intro.wait"));
}

/**
 * @param {AgentView} _view
 * @param {AgentActions} actions
 */
function say(_view, { progress }) {
  const { settled, list } = progress;
  const words = settled ? settled.agentWords.map((index) => list[index] ?? "") : [];
  return [
    h("p", { class: "lead" }, t("intro.say")),
    spokenWords(words, settled?.language ?? language),
    h("p", { class: "quiet" }, t("intro.say_hint")),
  ];
}

/**
 * @param {AgentView} _view
 * @param {AgentActions} actions
 */
function hear(_view, { progress, compare }) {
  return [
    h("p", { class: "lead" }, t("intro.hear")),
    wordForm(
      [t("intro.hear_label")],
      progress.list,
      progress.settled?.language ?? language,
      ([typed = ""]) => compare(typed),
      () => progress.triesLeft,
    ),
  ];
}
