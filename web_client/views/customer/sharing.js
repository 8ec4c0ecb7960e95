/** Ready, sharing, paused and interrupted: what is shown, for how long, and the way out. */

import { encryptionLine } from "../encryption.js";
import { h } from "../h.js";
import { t } from "../i18n.js";
import {
  actionButton,
  agentBadge,
  errorPlace,
  honestLine,
  notice,
  screenHeading,
  setError,
} from "../parts.js";
import { capturesUnnamed } from "../../media/surface.js";
import { agreedSurface, shownWord } from "./agreed.js";
import { longerScreen, waysOn } from "./longer.js";
import { keepReceipts } from "./receipts.js";
import { countdownElement } from "../times.js";

/**
 * @typedef {import("./screen.js").CustomerView} CustomerView
 * @typedef {import("./screen.js").Actions} Actions
 * @typedef {import("./screen.js").Screen} Screen
 */

/** @type {Record<import("../../protocol/shapes").PauseCause, string>} */
const WHY_KEYS = { customer: "", muted: "paused.muted", surface: "paused.surface" };
const PICK_KEYS = { tab: "ready.pick_tab", window: "ready.pick_window", screen: "ready.pick_screen" };

/**
 * @param {CustomerView} view
 * @param {Actions} actions `choose` throws a sentence-bearing Error when nothing usable was chosen
 * @returns {Screen}
 */
export function readyScreen(view, actions) {
  const error = errorPlace();
  const choose = actionButton(t("ready.choose"), "button-main", async () => {
    setError(error, "");
    try {
      await actions.choose();
    } catch (problem) {
      setError(error, problem instanceof Error ? problem.message : t("problem.unknown"));
    }
  });
  const waiting = h("p", { class: "quiet", role: "status" });
  const update = (/** @type {CustomerView} */ newer) => {
    waiting.textContent = newer.agent_present ? "" : t("ready.agent_away");
  };
  update(view);
  const node = h(
    "div",
    { class: "screen" },
    screenHeading(t("ready.title")),
    h("p", { class: "lead" }, t(capturesUnnamed() ? "ready.pick_unnamed" : PICK_KEYS[agreedSurface(view)])),
    notice("danger", h("p", {}, h("strong", {}, t("ready.never"))), h("p", {}, t("ready.close_private"))),
    error,
    waiting,
    h("div", { class: "actions" }, choose, actionButton(t("ready.leave"), "button-plain", actions.leave)),
    keepReceipts(actions.receipts, ({ kind }) => kind === "consent"),
    encryptionLine("customer"),
    honestLine(view),
  );
  return { node, update };
}

/**
 * Its buttons to pause and to stop are in the bar above, which never scrolls away.
 * @param {CustomerView} view
 * @param {Actions} actions
 * @returns {Screen}
 */
export function sharingScreen(view, actions) {
  if (view.proposal) return longerScreen(view, actions, () => sharingScreen({ ...view, proposal: null }, actions).node);
  const node = h(
    "div",
    { class: "screen" },
    screenHeading(t("sharing.title", { agent: view.agent.name })),
    h("p", { class: "lead" }, t("sharing.lead", { surface: shownWord(view) })),
    notice("danger", h("p", {}, h("strong", {}, t("ready.never"))), h("p", {}, t("sharing.cannot_tell"))),
    h("h2", {}, t("sharing.how_to_stop")),
    h(
      "ul",
      { class: "plain-list" },
      h("li", {}, t("sharing.stop_here")),
      h("li", {}, t("sharing.stop_escape")),
      h("li", {}, t("sharing.stop_browser")),
    ),
    agentBadge(view),
    waysOn(actions),
    honestLine(view),
  );
  return { node };
}

/**
 * @param {CustomerView} view
 * @param {Actions} actions
 * @returns {Screen}
 */
export function pausedScreen(view, actions) {
  if (view.proposal) return longerScreen(view, actions, () => pausedScreen({ ...view, proposal: null }, actions).node);
  const error = errorPlace();
  const resume = () => setError(error, actions.resume());
  const why = WHY_KEYS[actions.pausedBy()];
  const node = h(
    "div",
    { class: "screen" },
    screenHeading(t("paused.title")),
    why ? notice("warning", h("p", {}, t(why))) : null,
    h("p", { class: "lead" }, t("paused.lead", { agent: view.agent.name })),
    error,
    h(
      "div",
      { class: "actions" },
      actionButton(t("paused.resume"), "button-main", resume),
      actionButton(t("sharing.stop"), "button-danger", actions.stop),
    ),
    waysOn(actions),
    honestLine(view),
  );
  return { node };
}

/**
 * @param {CustomerView} view
 * @param {Actions} actions
 * @returns {Screen}
 */
export function interruptedScreen(view, actions) {
  const node = h(
    "div",
    { class: "screen" },
    screenHeading(t("interrupted.title")),
    h("p", { class: "lead" }, t(view.agent_present ? "interrupted.own_line" : "interrupted.agent_line")),
    notice("info", h("p", {}, t("interrupted.safe"))),
    h("div", { class: "actions" }, actionButton(t("sharing.stop"), "button-danger", actions.stop)),
  );
  return { node };
}

/**
 * The bar that cannot be missed and never scrolls away.
 * @param {CustomerView} view
 * @param {Actions} actions
 */
export function shareBar(view, actions) {
  const sharing = view.state === "sharing";
  const surface = shownWord(view);
  const sentence = sharing
    ? t("bar.sharing", { surface, agent: view.agent.name, number: view.agent.number })
    : t("bar.paused");
  return h(
    "section",
    { class: `share-bar ${sharing ? "share-bar-live" : "share-bar-paused"}`, "aria-label": t("bar.label") },
    h("span", { class: "share-bar-mark", "aria-hidden": "true" }),
    h("p", { class: "share-bar-text" }, h("strong", {}, sentence)),
    h(
      "p",
      { class: "share-bar-time" },
      t("bar.time_left"),
      " ",
      view.consent ? countdownElement(view.consent.until_ms) : "",
    ),
    h(
      "div",
      { class: "share-bar-actions" },
      sharing ? actionButton(t("bar.pause"), "button-bar", actions.pause) : null,
      actionButton(t("bar.stop"), "button-stop", actions.stop),
    ),
    encryptionLine("customer"),
  );
}
