/**
 * What a test of the connection found: a row for each way, and above all of them what it means for a visitor.
 *
 * @typedef {import("../../media/connection_test.js").Outcome} Outcome
 * @typedef {import("../../media/connection_test.js").Way} Way
 */

import { h } from "../h.js";
import { t } from "../i18n.js";
import { notice } from "../parts.js";
import { pill } from "../table.js";

const NAMES = {
  direct: "connection.way_direct",
  udp: "connection.way_udp",
  tcp: "connection.way_tcp",
  tls: "connection.way_tls",
};
const TRANSPORTS = { direct: "UDP", udp: "UDP", tcp: "TCP", tls: "TLS (TCP)" };
const RESULTS = { passed: "connection.passed", failed: "connection.failed", absent: "connection.absent" };
/** @type {Record<Outcome["result"], "good" | "bad" | "plain">} */
const KINDS = { passed: "good", failed: "bad", absent: "plain" };
const HOPS = {
  gate: "connection.hop_gate",
  relay: "connection.hop_relay",
  refused: "connection.hop_refused",
  full: "connection.hop_full",
  behind: "connection.hop_behind",
};

/** @param {Way} way */
export function waitingRow(way) {
  return row(way, pill(t("connection.running"), "plain"));
}

/** @param {Outcome} outcome */
export function outcomeRow({ way, result, hop, to }) {
  const why = hop ? h("p", {}, t(HOPS[hop], { to, transport: TRANSPORTS[way] })) : null;
  const what = result === "absent" ? h("p", { class: "quiet" }, t("connection.absent_why")) : why;
  return row(way, pill(t(RESULTS[result]), KINDS[result]), what);
}

/** @param {Outcome[]} outcomes of all ways */
export function verdictSentence(outcomes) {
  const passed = outcomes.filter(({ result }) => result === "passed");
  if (passed.length === 0) return t("connection.verdict_none");
  return t(passed.some(({ way }) => way === "direct") ? "connection.verdict_direct" : "connection.verdict_relay");
}

/** @param {Outcome[]} outcomes */
export function verdict(outcomes) {
  const good = outcomes.some(({ result }) => result === "passed");
  return notice(good ? "good" : "danger", h("p", {}, verdictSentence(outcomes)));
}

/**
 * @param {Way} way
 * @param {HTMLElement} state
 * @param {import("../h.js").Child[]} what
 */
function row(way, state, ...what) {
  return h(
    "li",
    { class: "card way", "data-way": way },
    h("div", { class: "way-head" }, h("h2", {}, t(NAMES[way])), state),
    what,
  );
}
