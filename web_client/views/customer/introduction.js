/** Who is this? The agent's badge, and where there is a voice the words, before anything is asked of the customer. */

import { RUNS_ALLOWED } from "../../protocol/exchange_runs.js";
import { h } from "../h.js";
import { language, t } from "../i18n.js";
import { spokenWords, wordForm } from "../introduction/words.js";
import { actionButton, agentBadge, honestLine, notice, screenHeading } from "../parts.js";

/**
 * @typedef {import("./screen.js").Screen} Screen
 * @typedef {import("./screen.js").CustomerView} CustomerView
 * @typedef {import("./screen.js").Actions} Actions
 * @typedef {import("../../pages/customer_introduction.js").Progress} Progress
 */

/**
 * Where in the introduction a view stands; two views at one place show one screen.
 * @param {CustomerView} view
 * @param {Progress} progress
 */
export function introductionStage({ introduction, introduction_asked: asked, exchange }, progress) {
  if (introduction === "none" || asked !== "words") return `badge ${progress.badge}`;
  if (progress.settled) return exchange.customer_matched ? "say" : "type";
  return progress.running ? "wait" : `start ${progress.runsBegun}`;
}

/**
 * @param {CustomerView} view
 * @param {Actions} actions
 * @returns {Screen}
 */
export function introductionScreen(view, actions) {
  const stage = introductionStage(view, actions.introduction.progress).split(" ")[0] ?? "";
  const screens = { start: startScreen, wait: waitScreen, type: typeScreen, say: sayScreen };
  const screen = screens[/** @type {keyof typeof screens} */ (stage)] ?? badgeScreen;
  return screen(view, actions);
}

/**
 * @param {CustomerView} view
 * @param {Actions} actions
 * @returns {Screen}
 */
function badgeScreen(view, actions) {
  const { badge } = actions.introduction.progress;
  const bySystem = isSystem(view);
  const node = h(
    "div",
    { class: "screen" },
    screenHeading(t(bySystem ? "badge.system_title" : "badge.title")),
    agentBadge(view),
    bySystem ? notice("info", h("p", {}, t("badge.system"))) : badgeState(badge),
    h("p", {}, t(bySystem ? "badge.system_compare" : "badge.compare")),
    notice("warning", h("p", {}, t("badge.never_ask"))),
    h(
      "div",
      { class: "actions" },
      acceptance(bySystem ? "checked" : badge, actions),
      actionButton(t("badge.leave"), "button-plain", actions.leave),
    ),
    view.purpose === "verify" ? null : honestLine(view), // which speaks of a picture
  );
  return { node };
}

/**
 * Another system of the organisation asks, by which nobody sees anything: no person stands behind it, so that there is
 * no badge to sign. Where something could be shown a badge is asked for, whatever the role that the server tells.
 * @param {CustomerView} view
 */
function isSystem({ agent, purpose }) {
  return agent.role === "system" && purpose === "verify";
}

/**
 * @param {Progress["badge"]} state
 * @param {Actions} actions
 */
function acceptance(state, actions) {
  if (state === "checked" || state === "unable")
    return actionButton(t("badge.accept"), "button-main", actions.acceptBadge);
  if (state !== "unchecked") return null;
  return actionButton(t("badge.check_again"), "button-main", actions.introduction.checkAgain);
}

/** @param {Progress["badge"]} state */
function badgeState(state) {
  if (state === "checked") return notice("good", h("p", {}, t("badge.checked")));
  if (state === "unable") return notice("warning", h("p", {}, t("badge.unable")));
  if (state === "unchecked") return notice("danger", h("p", {}, t("badge.unchecked")));
  return h("p", { class: "quiet", role: "status" }, t(state === "waiting" ? "badge.waiting" : "badge.checking"));
}

/**
 * Before a run: what will happen, and that it is a choice.
 * @param {CustomerView} view
 * @param {Actions} actions
 * @returns {Screen}
 */
function startScreen(view, actions) {
  const { runsBegun } = actions.introduction.progress;
  const left = RUNS_ALLOWED - runsBegun;
  const node = h(
    "div",
    { class: "screen" },
    screenHeading(t("words.title")),
    runsBegun === 0
      ? h("p", { class: "lead" }, t("words.lead", { agent: view.agent.name }))
      : notice("warning", h("p", {}, t(left > 0 ? "words.again" : "words.used_up"))),
    h("p", {}, t("words.why")),
    notice("danger", h("p", {}, t("words.not_recovery"))),
    h(
      "div",
      { class: "actions" },
      left > 0 ? actionButton(t("words.start"), "button-main", actions.introduction.start) : null,
      actionButton(t("badge.leave"), left > 0 ? "button-plain" : "button-main", actions.leave),
    ),
  );
  return { node };
}

/**
 * @param {CustomerView} view
 * @param {Actions} actions
 * @returns {Screen}
 */
function waitScreen(view, actions) {
  const node = h(
    "div",
    { class: "screen" },
    screenHeading(t("words.waiting_title")),
    h("p", { class: "lead", role: "status" }, t("words.waiting", { agent: view.agent.name })),
    h("div", { class: "actions" }, actionButton(t("badge.leave"), "button-plain", actions.leave)),
  );
  return { node };
}

/**
 * @param {CustomerView} view
 * @param {Actions} actions
 * @returns {Screen}
 */
function typeScreen(view, actions) {
  const { introduction } = actions;
  const { progress } = introduction;
  const labels = [t("words.first"), t("words.second")];
  const node = h(
    "div",
    { class: "screen" },
    screenHeading(t("words.type_title", { agent: view.agent.name })),
    h("p", { class: "lead" }, t("words.type")),
    notice("danger", h("p", {}, t("words.not_recovery"))),
    wordForm(
      labels,
      progress.list,
      progress.settled?.language ?? language,
      introduction.compare,
      () => progress.triesLeft,
    ),
    h("div", { class: "actions" }, actionButton(t("badge.leave"), "button-plain", actions.leave)),
  );
  return { node };
}

/**
 * @param {CustomerView} view
 * @param {Actions} actions
 * @returns {Screen}
 */
function sayScreen(view, actions) {
  const { settled, list } = actions.introduction.progress;
  const word = settled ? (list[settled.customerWord] ?? "") : "";
  const node = h(
    "div",
    { class: "screen" },
    screenHeading(t("words.say_title")),
    notice("good", h("p", {}, t("words.matched", { agent: view.agent.name }))),
    h("p", { class: "lead" }, t("words.say", { agent: view.agent.name })),
    spokenWords([word], settled?.language ?? language),
    h("p", { class: "quiet" }, t("words.not_recovery")),
    h("p", { role: "status" }, t("words.say_wait")),
    h("div", { class: "actions" }, actionButton(t("badge.leave"), "button-plain", actions.leave)),
  );
  return { node };
}
