/** Blocks that one officer wants lifted and another decides about. */

import { h } from "../h.js";
import { t } from "../i18n.js";
import { actionButton, facts } from "../parts.js";
import { dateTimeElement } from "../times.js";
import { roleWord } from "../words.js";

/**
 * @typedef {import("./resets.js").Person} Person
 * @typedef {object} BlockLift
 * @property {string} id
 * @property {Person} subject
 * @property {string} team
 * @property {number} blocked_until_ms
 * @property {Person} requested_by
 * @property {string} reason
 * @property {number} requested_at_ms
 * @property {number} expires_at_ms
 * @property {string | null} mine why the viewer cannot approve
 */

/** @type {Record<string, string>} */
const MINE_KEYS = { own: "lifts.own", twice: "lifts.twice", team: "lifts.team", tied: "approvals.tied" };

/**
 * @param {BlockLift[]} lifts
 * @param {(lift: BlockLift) => unknown} approve
 * @param {(lift: BlockLift) => unknown} refuse
 */
export function liftList(lifts, approve, refuse) {
  if (lifts.length === 0) return h("p", { class: "empty" }, t("lifts.none"));
  return h(
    "ul",
    { class: "flags" },
    lifts.map((lift) => liftItem(lift, approve, refuse)),
  );
}

/**
 * @param {BlockLift} lift
 * @param {(lift: BlockLift) => unknown} approve
 * @param {(lift: BlockLift) => unknown} refuse
 */
function liftItem(lift, approve, refuse) {
  const heading = `lift-${lift.id}`;
  return h(
    "li",
    { class: "flag", "aria-labelledby": heading },
    h("h3", { id: heading, class: "flag-sentence" }, `${personText(lift.subject)}, ${lift.team}`),
    facts([
      [t("approvals.requested_by"), personText(lift.requested_by)],
      [t("approvals.requested"), dateTimeElement(lift.requested_at_ms)],
      [t("staff.lift_reason"), lift.reason],
      [t("approvals.until"), dateTimeElement(lift.expires_at_ms)],
    ]),
    h("p", {}, t(MINE_KEYS[lift.mine ?? ""] ?? "lifts.check")),
    h(
      "div",
      { class: "actions" },
      lift.mine ? null : actionButton(t("staff.unblock"), "button-main", () => approve(lift)),
      lift.mine === "own" ? null : actionButton(t("approvals.refuse"), "button-plain", () => refuse(lift)),
    ),
  );
}

/** @param {Person} person */
function personText({ name, number, role }) {
  return `${name} (${number}, ${roleWord(role)})`;
}
