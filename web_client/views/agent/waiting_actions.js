/** Actions that wait for a second agent or for their time, each with what the viewer may do about it. */

import { h } from "../h.js";
import { t } from "../i18n.js";
import { actionButton, facts } from "../parts.js";
import { countdownElement, dateTimeElement } from "../times.js";
import { actionKindWord } from "../words.js";

/**
 * @typedef {object} WaitingAction
 * @property {string} id
 * @property {string} kind
 * @property {string} summary
 * @property {string} state
 * @property {string} case_reference
 * @property {string} proposed_by
 * @property {boolean} own
 * @property {boolean} confirmed
 * @property {number} proposed_at_ms
 * @property {number} expires_at_ms
 * @property {number | null} due_at_ms
 */

/**
 * @param {WaitingAction[]} actions
 * @param {(action: WaitingAction) => unknown} approve
 * @param {(action: WaitingAction) => unknown} cancel
 */
export function waitingList(actions, approve, cancel) {
  if (actions.length === 0) return h("p", { class: "empty" }, t("actions.none"));
  return h(
    "ul",
    { class: "flags" },
    actions.map((action) => waitingItem(action, approve, cancel)),
  );
}

/**
 * @param {WaitingAction} action
 * @param {(action: WaitingAction) => unknown} approve
 * @param {(action: WaitingAction) => unknown} cancel
 */
function waitingItem(action, approve, cancel) {
  const heading = `action-${action.id}`;
  const open = action.state === "proposed";
  return h(
    "li",
    { class: "flag", "aria-labelledby": heading },
    h("h2", { id: heading, class: "flag-sentence" }, actionKindWord(action.kind)),
    h("p", { class: "lead" }, action.summary),
    facts([
      [t("actions.case"), action.case_reference],
      [t("actions.proposed_by"), action.proposed_by],
      [t("actions.proposed"), dateTimeElement(action.proposed_at_ms)],
      open
        ? [t("actions.time_left"), countdownElement(action.expires_at_ms)]
        : [t("actions.due"), action.due_at_ms === null ? "–" : dateTimeElement(action.due_at_ms)],
    ]),
    h("p", {}, sentenceFor(action)),
    h(
      "div",
      { class: "actions" },
      open && action.confirmed && !action.own
        ? actionButton(t("actions.approve"), "button-main", () => approve(action))
        : null,
      open && !action.own
        ? null
        : actionButton(t("actions.cancel"), "button-plain", () => cancel(action)),
    ),
  );
}

/** @param {WaitingAction} action */
function sentenceFor({ state, confirmed, own }) {
  if (state !== "proposed") return t("actions.held");
  if (!confirmed) return t("actions.not_confirmed");
  return t(own ? "actions.own" : "actions.yours");
}
