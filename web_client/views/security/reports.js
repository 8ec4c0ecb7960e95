/** The reports that are kept, each with its result and its files. */

import { h } from "../h.js";
import { t } from "../i18n.js";
import { pill, table } from "../table.js";
import { dateTimeElement } from "../times.js";

/**
 * @typedef {object} Report
 * @property {string} name
 * @property {number | null} to_ms null where the report cannot be read, as the rest
 * @property {number | null} entry
 * @property {number | null} entries
 * @property {number | null} exit_code
 * @property {number | null} to_mend
 */

const PLACE = "/api/v1/security/reports";

/** @param {Report[]} reports the newest first */
export function reportTable(reports) {
  const headings = [t("reports.when"), t("reports.result"), t("reports.entries"), t("reports.entry"), t("reports.files")];
  return table(t("reports.title"), headings, reports.map(reportRow), t("reports.none"));
}

/** @param {Report} report */
function reportRow({ name, to_ms: at, entry, entries, exit_code: code, to_mend: toMend }) {
  const when = at === null ? name : dateTimeElement(at);
  return [when, result(code, toMend), number(entries), number(entry), files(name)];
}

/**
 * @param {number | null} code
 * @param {number | null} toMend
 */
function result(code, toMend) {
  if (code === null) return pill(t("reports.unreadable"), "bad");
  if (code > 1) return pill(t("reports.failed", { code }), "bad");
  return code === 0 ? pill(t("reports.good"), "good") : pill(t("reports.mend", { count: toMend ?? 0 }), "warn");
}

/** @param {number | null} value */
function number(value) {
  return value === null ? "–" : String(value);
}

/** @param {string} name */
function files(name) {
  const page = h("a", { href: `${PLACE}/${name}`, download: `${name}.html` }, t("reports.page"));
  const document = h("a", { href: `${PLACE}/${name}/document`, download: `${name}.json` }, t("reports.document"));
  return h("span", {}, page, " · ", document);
}
