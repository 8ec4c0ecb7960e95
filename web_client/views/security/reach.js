/** How far a search came: how many match, how far back was looked, and how far the index has come. */

import { h } from "../h.js";
import { t } from "../i18n.js";

/**
 * @typedef {{ count: number, exact: boolean }} Matches
 * @typedef {{ upto: number, complete: boolean, closed: number }} LogIndex
 */

/** @param {Matches | null} matches */
export function matchesText(matches) {
  if (matches === null) return "";
  return t(matches.exact ? "log.matches" : "log.matches_at_most", { count: matches.count });
}

/**
 * @param {LogIndex} index
 * @param {number} size
 */
export function indexState({ upto, complete, closed }, size) {
  return h(
    "details",
    { class: "index-state" },
    h("summary", {}, t(complete ? "log.index_complete" : "log.index_behind")),
    h("p", {}, t(complete ? "log.index_complete_means" : "log.index_behind_means", { upto, size })),
    closed > 0 ? h("p", {}, t("log.index_closed", { count: closed })) : null,
  );
}
