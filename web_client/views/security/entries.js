/** Log entries as rows: the closed event name is shown as it is, since it is what exports and searches use. */

import { h } from "../h.js";
import { t } from "../i18n.js";
import { actionButton } from "../parts.js";
import { pill, table } from "../table.js";
import { dateTimeElement } from "../times.js";
import { staffText } from "./acting_staff.js";
import { ACTOR_KEYS, OUTCOME_KEYS } from "./entry_words.js";
import { addressOf } from "./log_filters.js";

/**
 * @typedef {import("./acting_staff.js").ActingStaff} ActingStaff
 * @typedef {{ id: string, reference: string }} NamedCase
 */

/**
 * Where no key here opens an entry, its name, time, outcome and actor are null; its place in the log remains.
 * @typedef {object} LogEntry
 * @property {number} index
 * @property {number | null} at_ms
 * @property {string | null} name
 * @property {keyof typeof OUTCOME_KEYS | null} outcome
 * @property {{ kind: keyof typeof ACTOR_KEYS, id: string } | null} actor
 * @property {string | null} case
 * @property {string | null} session
 * @property {string | null} customer
 * @property {number | null} intent the entry that this one closes
 * @property {Record<string, string | number | boolean>} facts
 * @property {Record<string, Record<string, string | number | boolean>>} personal
 * @property {string[]} erased sections that no key opens any more: org, subject/0, ...
 * @property {string[]} sealed sections that only an auditor's key opens
 */

/** @type {Record<keyof typeof OUTCOME_KEYS, "plain" | "good" | "bad" | "warn">} */
const OUTCOME_KINDS = { intent: "plain", done: "good", failed: "bad", refused: "warn", unknown: "bad" };
const HEADINGS = ["log.index", "log.time", "log.event", "log.outcome", "log.actor", "log.about", "log.facts"];

/**
 * All that can be searched in an entry, in lower case.
 * @param {LogEntry} entry
 */
export function entryText(entry) {
  return JSON.stringify([
    entry.name,
    entry.outcome,
    entry.actor,
    entry.case,
    entry.session,
    entry.customer,
    entry.facts,
    entry.personal,
  ]).toLowerCase();
}

/**
 * The log's page with the entries of one session alone.
 * @param {string} session
 */
export function entriesAddress(session) {
  return addressOf({ session });
}

/**
 * @param {LogEntry[]} entries
 * @param {ActingStaff[]} staff those who acted in them
 * @param {NamedCase[]} cases those that they are about
 * @param {string} nothing said instead of an empty table
 * @param {(kind: "entry" | "session", named: string) => unknown} file puts one into a case file
 */
export function entryTable(entries, staff, cases, nothing, file) {
  return table(
    t("log.title"),
    HEADINGS.map((key) => t(key)),
    entries.map((entry) => entryRow(entry, staff, cases, file)),
    nothing,
  );
}

/**
 * @param {LogEntry} entry
 * @param {ActingStaff[]} staff
 * @param {NamedCase[]} cases
 * @param {(kind: "entry" | "session", named: string) => unknown} file
 * @returns {import("../h.js").Child[]}
 */
function entryRow(entry, staff, cases, file) {
  return [
    h("span", { class: "number", id: `entry-${entry.index}` }, String(entry.index)),
    entry.at_ms === null ? "–" : dateTimeElement(entry.at_ms),
    entry.name === null ? h("span", { class: "quiet" }, whyClosed(entry)) : h("code", {}, entry.name),
    outcome(entry),
    entry.actor === null ? "–" : [t(ACTOR_KEYS[entry.actor.kind]), actor(entry.actor.id, staff)],
    [
      entry.case && caseName(entry.case, cases),
      entry.session && sessionLink(entry.session),
      entry.customer && identifier(entry.customer),
    ],
    entry.name === null ? "" : [details(entry, file), ...closedSections(entry)],
  ];
}

/** @param {LogEntry} entry */
function whyClosed({ sealed }) {
  return sealed.includes("org") ? t("log.auditor_only") : t("log.sealed");
}

/** What is missing about persons, where the organisation's own section opens. @param {LogEntry} entry */
function closedSections({ erased, sealed }) {
  return [
    erased.length === 0 ? null : h("p", { class: "quiet" }, t("log.section_erased")),
    sealed.length === 0 ? null : h("p", { class: "quiet" }, t("log.section_sealed")),
  ];
}

/** @param {LogEntry} entry */
function outcome({ outcome: known, intent }) {
  if (known === null) return "–";
  const closes = intent === null ? null : h("span", { class: "closes" }, t("log.closes", { index: intent }));
  return h("span", { class: "outcome" }, pill(t(OUTCOME_KEYS[known]), OUTCOME_KINDS[known]), closes);
}

/**
 * @param {string} id
 * @param {ActingStaff[]} staff
 */
function actor(id, staff) {
  const known = staff.find((one) => one.id === id);
  if (known) return h("span", { class: "acting", title: id }, staffText(known));
  return id ? identifier(id) : null;
}

/**
 * As everybody calls it; the name that exports use is on hover.
 * @param {string} id
 * @param {NamedCase[]} cases
 */
function caseName(id, cases) {
  const known = cases.find((one) => one.id === id);
  return known ? h("span", { class: "acting", title: id }, t("log.case", { reference: known.reference })) : identifier(id);
}

/** @param {string} id */
function identifier(id) {
  return h("span", { class: "identifier", title: id }, id);
}

/** @param {string} session */
function sessionLink(session) {
  const words = t("log.entries_of_session", { session });
  return h("a", { class: "identifier", href: entriesAddress(session), title: words }, session);
}

/**
 * @param {LogEntry} entry
 * @param {(kind: "entry" | "session", named: string) => unknown} file
 */
function details(entry, file) {
  const { facts, personal } = entry;
  const personalFacts = Object.values(personal).flatMap((section) => Object.entries(section));
  const all = [...Object.entries(facts), ...personalFacts];
  const links = sameLinks(entry);
  const { index, session } = entry;
  return h(
    "details",
    {},
    h("summary", {}, all.length > 0 ? t("log.details", { count: all.length }) : t("log.more")),
    h(
      "dl",
      { class: "facts-small" },
      all.map(([name, value]) => h("div", {}, h("dt", {}, name), h("dd", {}, String(value)))),
    ),
    links.length > 0 ? h("ul", { class: "same-links", "aria-label": t("log.same") }, links) : null,
    h(
      "div",
      { class: "actions" },
      fileButton("files.add_entry", index, () => file("entry", String(index))),
      session ? fileButton("files.add_session", index, () => file("session", session)) : null,
    ),
  );
}

/**
 * @param {string} key
 * @param {number} index
 * @param {() => unknown} file
 */
function fileButton(key, index, file) {
  const button = actionButton(t(key), "button-small button-plain", file);
  button.append(h("span", { class: "visually-hidden" }, ` (${t("flags.entry", { index })})`));
  return button;
}

/**
 * The way to all entries that have something in common with this one.
 * @param {LogEntry} entry
 */
function sameLinks({ actor: by, case: inCase, customer, name }) {
  /** @type {[string, import("./log_filters.js").Filters][]} */
  const ways = [];
  if (by?.id) ways.push([t("log.same_actor"), { actor: by.id }]);
  if (inCase) ways.push([t("log.same_case"), { case: inCase }]);
  if (customer) ways.push([t("log.same_customer"), { customer }]);
  if (name) ways.push([t("log.same_event"), { event: name }]);
  return ways.map(([text, filters]) => h("li", {}, h("a", { href: addressOf(filters) }, text)));
}
