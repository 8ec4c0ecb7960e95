/** Erasures that wait for two officers and for their day, and the receipts of those that were carried out. */

import { h } from "../h.js";
import { t } from "../i18n.js";
import { actionButton, facts, notice } from "../parts.js";
import { table } from "../table.js";
import { dateTimeElement } from "../times.js";
import { roleWord } from "../words.js";
import { addressOf } from "./log_filters.js";

/**
 * @typedef {import("./resets.js").Person} Person
 * @typedef {object} Erasure
 * @property {string} id
 * @property {Person} subject
 * @property {string} level
 * @property {string} proof
 * @property {string} requested_by
 * @property {number} requested_at_ms
 * @property {number} due_at_ms
 * @property {Person[]} approved_by
 * @property {string | null} hindered_by what is in the way now
 * @property {number} kept_until_ms
 * @property {string | null} mine why the viewer cannot approve
 */
/**
 * @typedef {object} Receipt
 * @property {string} id
 * @property {string} customer
 * @property {number} done_at_ms
 * @property {number} entry
 * @property {number} keys_destroyed
 * @property {number} rows_blanked
 */

/**
 * @param {Erasure[]} erasures
 * @param {(erasure: Erasure) => unknown} approve
 * @param {(erasure: Erasure) => unknown} refuse
 */
export function erasureList(erasures, approve, refuse) {
  if (erasures.length === 0) return h("p", { class: "empty" }, t("erasures.none"));
  return h(
    "ul",
    { class: "flags" },
    erasures.map((erasure) => erasureItem(erasure, approve, refuse)),
  );
}

/**
 * @param {Erasure} erasure
 * @param {(erasure: Erasure) => unknown} approve
 * @param {(erasure: Erasure) => unknown} refuse
 */
function erasureItem(erasure, approve, refuse) {
  const heading = `erasure-${erasure.id}`;
  const approvable = !erasure.mine && !erasure.hindered_by;
  return h(
    "li",
    { class: "flag", "aria-labelledby": heading },
    h("h3", { id: heading, class: "flag-sentence" }, personText(erasure.subject)),
    facts([
      [t("approvals.requested_by"), erasure.requested_by],
      [t("approvals.requested"), dateTimeElement(erasure.requested_at_ms)],
      [t("erasures.proof"), `${erasure.level}: ${erasure.proof}`],
      [t("erasures.due"), dateTimeElement(erasure.due_at_ms)],
      [t("erasures.approved_by"), erasure.approved_by.map(personText).join(", ") || t("approvals.no_first")],
    ]),
    erasure.hindered_by ? hindranceNotice(erasure) : h("p", {}, sentenceFor(erasure)),
    h(
      "div",
      { class: "actions" },
      approvable ? actionButton(t("approvals.approve"), "button-main", () => approve(erasure)) : null,
      actionButton(t("approvals.refuse"), "button-plain", () => refuse(erasure)),
    ),
  );
}

/** @param {Erasure} erasure */
function hindranceNotice(erasure) {
  const sentence = h("p", {}, t(`problem.erasure_${erasure.hindered_by}`));
  const until =
    erasure.hindered_by === "retention"
      ? h("p", {}, t("erasures.kept_until"), " ", dateTimeElement(erasure.kept_until_ms))
      : null;
  return notice("info", sentence, until);
}

/** @param {Erasure} erasure */
function sentenceFor({ mine, approved_by: approved }) {
  if (approved.length > 1) return t("erasures.approved");
  if (mine === "tied") return t("approvals.tied");
  return mine === "twice" ? t("approvals.twice") : t("erasures.check");
}

/** @param {Receipt[]} receipts */
export function receiptTable(receipts) {
  const headings = [
    t("erasures.pseudonym"),
    t("erasures.done_at"),
    t("erasures.entry"),
    t("erasures.keys"),
    t("erasures.rows"),
  ];
  const rows = receipts.map((receipt) => [
    h("a", { href: addressOf({ customer: receipt.customer }) }, h("code", {}, receipt.customer)),
    dateTimeElement(receipt.done_at_ms),
    String(receipt.entry),
    String(receipt.keys_destroyed),
    String(receipt.rows_blanked),
  ]);
  return table(t("erasures.done_title"), headings, rows, t("erasures.none_done"));
}

/** @param {Person} person */
function personText({ name, number, role }) {
  return `${name} (${number}, ${roleWord(role)})`;
}
