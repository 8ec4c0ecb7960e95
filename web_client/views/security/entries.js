/** Log entries as rows: the closed event name is shown as it is, since it is what exports and searches use. */

import { h } from "../h.js";
import { t } from "../i18n.js";
import { pill, table } from "../table.js";
import { dateTimeElement } from "../times.js";

/**
 * Where no key opens an entry any more, its name, time, outcome and actor are null; its place in the log remains.
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
 */

const OUTCOME_KEYS = {
  intent: "outcome.intent",
  done: "outcome.done",
  failed: "outcome.failed",
  refused: "outcome.refused",
  unknown: "outcome.unknown",
};
/** @type {Record<keyof typeof OUTCOME_KEYS, "plain" | "good" | "bad" | "warn">} */
const OUTCOME_KINDS = { intent: "plain", done: "good", failed: "bad", refused: "warn", unknown: "bad" };
const ACTOR_KEYS = {
  customer: "actor.customer",
  agent: "actor.agent",
  officer: "actor.officer",
  operator: "actor.operator",
  key: "actor.key",
  system: "actor.system",
};
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
  return `/security/log#${session}`;
}

/** @param {LogEntry[]} entries */
export function entryTable(entries) {
  return table(
    t("log.title"),
    HEADINGS.map((key) => t(key)),
    entries.map(entryRow),
    t("log.nothing"),
  );
}

/**
 * @param {LogEntry} entry
 * @returns {import("../h.js").Child[]}
 */
function entryRow(entry) {
  return [
    h("span", { class: "number", id: `entry-${entry.index}` }, String(entry.index)),
    entry.at_ms === null ? "–" : dateTimeElement(entry.at_ms),
    entry.name === null ? h("span", { class: "quiet" }, t("log.sealed")) : h("code", {}, entry.name),
    outcome(entry),
    entry.actor === null
      ? "–"
      : [t(ACTOR_KEYS[entry.actor.kind]), entry.actor.id ? identifier(entry.actor.id) : null],
    [
      entry.case && identifier(entry.case),
      entry.session && sessionLink(entry.session),
      entry.customer && identifier(entry.customer),
    ],
    details(entry),
  ];
}

/** @param {LogEntry} entry */
function outcome({ outcome: known, intent }) {
  if (known === null) return "–";
  const closes = intent === null ? null : h("span", { class: "closes" }, t("log.closes", { index: intent }));
  return h("span", { class: "outcome" }, pill(t(OUTCOME_KEYS[known]), OUTCOME_KINDS[known]), closes);
}

/** @param {string | null} id */
function identifier(id) {
  return h("span", { class: "identifier", title: id ?? "" }, id ?? "");
}

/** @param {string} session */
function sessionLink(session) {
  const words = t("log.entries_of_session", { session });
  return h("a", { class: "identifier", href: entriesAddress(session), title: words }, session);
}

/** @param {LogEntry} entry */
function details({ facts, personal }) {
  const personalFacts = Object.values(personal).flatMap((section) => Object.entries(section));
  const all = [...Object.entries(facts), ...personalFacts];
  if (all.length === 0) return "";
  return h(
    "details",
    {},
    h("summary", {}, t("log.details", { count: all.length })),
    h(
      "dl",
      { class: "facts-small" },
      all.map(([name, value]) => h("div", {}, h("dt", {}, name), h("dd", {}, String(value)))),
    ),
  );
}
