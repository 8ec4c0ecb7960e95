/** Case files: the list, and one with all that belongs to it. */

import { h } from "../h.js";
import { t } from "../i18n.js";
import { facts } from "../parts.js";
import { pill, table } from "../table.js";
import { dateTimeElement } from "../times.js";
import { entriesAddress } from "./entries.js";
import { flagSentence } from "./flags.js";

/**
 * @typedef {"confirmed" | "dismissed" | "inconclusive"} Finding
 * @typedef {{ name: string, number: string }} Officer "" of somebody no longer known
 * @typedef {object} CaseFileRow
 * @property {string} id
 * @property {string} title
 * @property {Officer} opened_by
 * @property {number} opened_at_ms
 * @property {number} items
 * @property {{ finding: Finding, reason: string, officer: Officer, at_ms: number } | null} closing
 * @typedef {object} CaseFileItem
 * @property {"flag" | "entry" | "session" | "note"} kind
 * @property {string} named
 * @property {number} index of the entry that records the addition
 * @property {Officer} officer
 * @property {number} at_ms
 * @property {import("../../protocol/shapes").FlagView | null} flag
 * @property {string | null} text
 * @property {string | null} event
 * @property {number | null} event_at_ms
 * @typedef {CaseFileRow & { contents: CaseFileItem[] }} CaseFile
 */

/** @type {Record<Finding, ["files.confirmed" | "files.dismissed" | "files.inconclusive", "bad" | "good" | "plain"]>} */
const FINDINGS = {
  confirmed: ["files.confirmed", "bad"],
  dismissed: ["files.dismissed", "good"],
  inconclusive: ["files.inconclusive", "plain"],
};
const KINDS = { flag: "files.flag", entry: "files.entry", session: "files.session", note: "files.note" };

/** @param {CaseFileRow[]} files */
export function fileTable(files) {
  const headings = ["files.name", "files.state", "files.opened", "files.opened_by", "files.items"];
  return table(
    t("files.title"),
    headings.map((key) => t(key)),
    files.map((file) => [
      h("a", { href: `/security/files/${file.id}` }, file.title),
      state(file),
      dateTimeElement(file.opened_at_ms),
      officerText(file.opened_by),
      String(file.items),
    ]),
    t("files.none"),
  );
}

/** @param {CaseFile} file */
export function fileView(file) {
  const { closing } = file;
  return [
    h("h1", {}, file.title),
    facts([
      [t("files.state"), state(file)],
      [t("files.opened"), dateTimeElement(file.opened_at_ms)],
      [t("files.opened_by"), officerText(file.opened_by)],
      ...(closing === null ? [] : closingFacts(closing)),
    ]),
    h("h2", {}, t("files.contents")),
    file.contents.length === 0
      ? h("p", { class: "empty" }, t("files.empty"))
      : h("ol", { class: "flags" }, file.contents.map(itemElement)),
  ];
}

/**
 * @param {NonNullable<CaseFileRow["closing"]>} closing
 * @returns {[string, import("../h.js").Child][]}
 */
function closingFacts(closing) {
  return [
    [t("files.closed_at"), dateTimeElement(closing.at_ms)],
    [t("files.closed_by"), officerText(closing.officer)],
    [t("files.reason"), closing.reason],
  ];
}

/** @param {CaseFileItem} item */
function itemElement(item) {
  return h(
    "li",
    { class: "flag" },
    h("p", { class: "flag-sentence" }, t(KINDS[item.kind], { named: item.named })),
    details(item),
    h(
      "p",
      { class: "quiet" },
      t("files.added_by", { officer: officerText(item.officer), index: item.index }),
      " ",
      dateTimeElement(item.at_ms),
    ),
  );
}

/** @param {CaseFileItem} item */
function details(item) {
  if (item.kind === "session") return h("a", { class: "lone-link", href: entriesAddress(item.named) }, t("flags.entries"));
  if (item.kind === "note") return h("p", { class: "note-text", dir: "auto" }, item.text ?? t("log.sealed"));
  if (item.kind === "entry")
    return h("p", {}, item.event ? h("code", {}, item.event) : t("log.sealed"), " ", item.event_at_ms !== null && dateTimeElement(item.event_at_ms));
  return item.flag ? flagDetails(item.flag) : null;
}

/** @param {import("../../protocol/shapes").FlagView} flag */
function flagDetails(flag) {
  const who = flag.agent ? `${flag.agent.name} (${flag.agent.number}, ${flag.agent.team})` : flag.target;
  const verdict = flag.verdict && [
    pill(...verdictPill(flag.verdict.verdict)),
    " ",
    t("flags.judged", flag.verdict),
  ];
  return [h("p", {}, flagSentence(flag)), h("p", {}, who, " ", dateTimeElement(flag.at_ms)), verdict && h("p", {}, verdict)];
}

/**
 * @param {import("../../protocol/shapes").Verdict} verdict
 * @returns {[string, "bad" | "good"]}
 */
function verdictPill(verdict) {
  return verdict === "confirmed" ? [t("flags.confirmed"), "bad"] : [t("flags.dismissed"), "good"];
}

/** @param {CaseFileRow} file */
function state({ closing }) {
  if (closing === null) return pill(t("files.is_open"), "warn");
  const [key, kind] = FINDINGS[closing.finding];
  return pill(t(key), kind);
}

/** @param {Officer} officer */
function officerText({ name, number }) {
  return name ? `${name} (${number})` : t("files.nobody");
}
