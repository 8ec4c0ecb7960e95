/** One exact change that the customer is asked to confirm: word for word, with a passkey over exactly these words. */

import { fill, h } from "../h.js";
import { t } from "../i18n.js";
import { actionButton, agentBadge, notice, screenHeading } from "../parts.js";
import { actionKindWord, problemSentence } from "../words.js";
import { actionHash } from "../../protocol/action_hash.js";
import { toBase64url } from "../../protocol/base64url.js";
import { Problem } from "../../protocol/api.js";
import { passkeyChoice } from "./passkey.js";

/**
 * @typedef {import("./screen.js").CustomerView} CustomerView
 * @typedef {import("./screen.js").Actions} Actions
 * @typedef {{ id: string, kind: string, summary: string, expires_at_ms: number, hold_ms: number }} AskedAction
 */

const HOUR_MS = 3_600_000;

/**
 * @param {CustomerView} view
 * @param {Actions} actions
 * @returns {import("./screen.js").Screen}
 */
export function actionScreen(view, actions) {
  const attempts = h("p", { class: "quiet", id: "attempts-left" });
  /** @param {number | null} left */
  const showAttempts = (left) => {
    attempts.textContent = left === null ? "" : t("verify.attempts_left", { count: left });
  };
  const place = h("div", { class: "stack" }, h("p", { class: "quiet" }, t("action.loading")));
  const node = h(
    "div",
    { class: "screen" },
    screenHeading(t("action.title")),
    h("p", { class: "lead" }, t("action.lead", { agent: view.agent.name })),
    place,
    attempts,
    notice("danger", h("p", {}, h("strong", {}, t("action.warning_question"), " "), t("action.warning"))),
    h(
      "div",
      { class: "actions" },
      actionButton(t("action.no"), "button-plain", actions.declineProof),
      actionButton(t("verify.leave"), "button-plain", actions.leave),
    ),
    agentBadge(view),
  );
  void load(place, view, actions, showAttempts);
  return { node };
}

/**
 * @param {HTMLElement} place
 * @param {CustomerView} view
 * @param {Actions} actions
 * @param {(attempts: number | null) => void} showAttempts
 */
async function load(place, view, actions, showAttempts) {
  try {
    const action = await actions.askedAction();
    const hash = await actionHash({ ...action, session: view.session });
    if (toBase64url(hash) !== view.asked?.action) throw new TypeError("another action");
    fill(place, exactly(action), confirmation(actions, hash, showAttempts));
  } catch (error) {
    const sentence = error instanceof Problem ? problemSentence(error) : t("action.unfit");
    fill(place, notice("danger", h("p", {}, sentence)));
  }
}

/** @param {AskedAction} action */
function exactly({ kind, summary, hold_ms: holdMs }) {
  return h(
    "section",
    { class: "card", "aria-labelledby": "action-kind" },
    h("h2", { id: "action-kind" }, actionKindWord(kind)),
    h("p", { class: "lead", id: "action-summary" }, summary),
    h("p", {}, t("action.hold", { hours: Math.round(holdMs / HOUR_MS) })),
  );
}

/**
 * @param {Actions} actions
 * @param {Uint8Array} hash
 * @param {(attempts: number | null) => void} showAttempts
 */
function confirmation(actions, hash, showAttempts) {
  const about = { ...actions, usePasskey: () => actions.usePasskey(hash) };
  return passkeyChoice(about, showAttempts, "button-main") ?? h("p", {}, t("problem.passkey_impossible"));
}
