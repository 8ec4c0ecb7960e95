/** Resets that wait for approvals, each with what the viewer may do about it. */

import { h } from "../h.js";
import { t } from "../i18n.js";
import { actionButton, facts } from "../parts.js";
import { dateTimeElement } from "../times.js";
import { roleWord } from "../words.js";

/**
 * @typedef {{ name: string, number: string, role: string }} Person
 * @typedef {object} Reset
 * @property {string} id
 * @property {Person} subject
 * @property {string} requested_by
 * @property {number} requested_at_ms
 * @property {number} expires_at_ms
 * @property {Person | null} first
 * @property {string | null} mine why the viewer cannot approve
 */

/**
 * @param {Reset[]} resets
 * @param {(reset: Reset) => unknown} approve
 * @param {(reset: Reset) => unknown} refuse
 */
export function resetList(resets, approve, refuse) {
  if (resets.length === 0) return h("p", { class: "empty" }, t("approvals.none"));
  return h(
    "ul",
    { class: "flags" },
    resets.map((reset) => resetItem(reset, approve, refuse)),
  );
}

/**
 * @param {Reset} reset
 * @param {(reset: Reset) => unknown} approve
 * @param {(reset: Reset) => unknown} refuse
 */
function resetItem(reset, approve, refuse) {
  const heading = `reset-${reset.id}`;
  return h(
    "li",
    { class: "flag", "aria-labelledby": heading },
    h("h2", { id: heading, class: "flag-sentence" }, personText(reset.subject)),
    facts([
      [t("approvals.requested_by"), reset.requested_by],
      [t("approvals.requested"), dateTimeElement(reset.requested_at_ms)],
      [t("approvals.until"), dateTimeElement(reset.expires_at_ms)],
      [t("approvals.first"), reset.first ? personText(reset.first) : t("approvals.no_first")],
    ]),
    h("p", {}, sentenceFor(reset.mine)),
    h(
      "div",
      { class: "actions" },
      reset.mine ? null : actionButton(t("approvals.approve"), "button-main", () => approve(reset)),
      actionButton(t("approvals.refuse"), "button-plain", () => refuse(reset)),
    ),
  );
}

/** @param {Person} person */
function personText({ name, number, role }) {
  return `${name} (${number}, ${roleWord(role)})`;
}

/** @param {string | null} mine */
function sentenceFor(mine) {
  if (mine === "own") return t("approvals.own");
  if (mine === "twice") return t("approvals.twice");
  if (mine === "tied") return t("approvals.tied");
  return t("approvals.check");
}
