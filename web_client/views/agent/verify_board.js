/** "Verify this caller": in the place where a picture would be stands how far the customer is, and what came out. */

import { h } from "../h.js";
import { t } from "../i18n.js";
import { actionButton, notice } from "../parts.js";
import { levelWord, methodWord } from "../words.js";

/** @typedef {import("../../protocol/shapes").AgentView} AgentView */

/**
 * @param {AgentView} view of a session for a verification alone, between introduction and end
 * @param {() => unknown} end
 */
export function verifyBoard(view, end) {
  const { verification, asked } = view;
  const proved = verification && !asked;
  return h(
    "section",
    { class: "card", "aria-labelledby": "caller-title" },
    h("h2", { id: "caller-title" }, t(proved ? "caller.verified_title" : "caller.title")),
    proved ? outcome(verification, end) : standing(view),
  );
}

/**
 * Two views with the same name show the same board.
 * @param {AgentView} view
 */
export function verifyBoardName({ verification, asked, talk_only: talkOnly }) {
  return `${verification?.at_ms ?? ""} ${asked?.at_ms ?? ""} ${talkOnly}`;
}

/** @param {AgentView} view */
function standing({ state, talk_only: talkOnly, asked }) {
  if (talkOnly) return notice("warning", h("p", {}, t("side.talk_only")));
  return [
    h("p", { class: "lead" }, t(state === "interrupted" ? "caller.interrupted" : "caller.verifying")),
    asked ? h("p", {}, t("side.asked", { level: levelWord(asked.level) })) : null,
    h("p", { class: "hint" }, t("caller.hint")),
  ];
}

/**
 * @param {NonNullable<AgentView["verification"]>} verification
 * @param {() => unknown} end
 */
function outcome(verification, end) {
  const values = { level: levelWord(verification.level), method: methodWord(verification.method) };
  return [
    notice("good", h("p", {}, h("strong", {}, t("caller.verified")))),
    h("p", {}, t("caller.ended_verified", values)),
    h("p", {}, t("caller.verified_next")),
    h("div", { class: "actions" }, actionButton(t("caller.finish"), "button-main", end)),
  ];
}
