/** What the customer proved, how, how long that counts, and asking for more. What was typed is never sent here. */

import { serverNow } from "../clock.js";
import { h } from "../h.js";
import { t } from "../i18n.js";
import { actionButton, facts, levelElement, notice } from "../parts.js";
import { agoElement, countdownElement } from "../times.js";
import { levelWord, methodWord } from "../words.js";

/**
 * @typedef {import("../../protocol/shapes").AgentView} AgentView
 * @typedef {(level: "V1" | "V2") => unknown} Ask
 */

const ASKABLE = new Set(["verifying", "consenting", "ready", "sharing", "paused"]);

/**
 * @param {AgentView} view
 * @param {Ask} ask
 */
export function verificationCard(view, ask) {
  return h(
    "section",
    { class: "card" },
    h("h2", {}, t("side.verification")),
    proofFacts(view),
    view.state === "ended" ? null : standing(view),
    ASKABLE.has(view.state) && !view.asked ? askButtons(view, ask) : null,
  );
}

/** @param {AgentView} view */
function proofFacts({ verification, state }) {
  if (!verification) return h("p", { class: "quiet" }, t("side.not_verified"));
  const over = state === "ended" || verification.until_ms <= serverNow();
  return facts([
    [t("side.method"), methodWord(verification.method)],
    [t("side.level"), levelElement(verification.level)],
    [t("side.verified"), agoElement(verification.at_ms)],
    [t("side.counts_for"), over ? t("side.counts_no_more") : countdownElement(verification.until_ms)],
  ]);
}

/** @param {AgentView} view */
function standing({ asked, talk_only: talkOnly }) {
  if (asked) return notice("info", h("p", {}, t("side.asked", { level: levelWord(asked.level) })));
  if (talkOnly) return notice("warning", h("p", {}, t("side.talk_only")));
  return null;
}

/**
 * @param {AgentView} view
 * @param {Ask} ask
 */
function askButtons({ state, verification }, ask) {
  const shown = state === "ready" || state === "sharing" || state === "paused";
  return h(
    "div",
    { class: "stack" },
    h("p", { class: "hint" }, t(shown ? "side.ask_ends_share" : "side.ask_hint")),
    h(
      "div",
      { class: "actions" },
      verification ? actionButton(t("side.ask_fresh"), "button-small", () => ask("V1")) : null,
      actionButton(t("side.ask_passkey"), "button-small", () => ask("V2")),
    ),
  );
}
