/** How often each detector was right, as officers judged its flags, and what is left of the budget of false alerts. */

import { h } from "../h.js";
import { t } from "../i18n.js";
import { table } from "../table.js";

/**
 * @typedef {{ detector: string, raised: number, confirmed: number, dismissed: number, low: number, high: number }}
 *   Detector
 * @typedef {{ detectors: Detector[], weeks: number, agents: number, spent: number, budget: number }} Standing
 */

const HEADINGS = ["standing.detector", "standing.raised", "standing.judged", "standing.confirmed", "standing.share"];

/** @param {Standing} standing */
export function standingTable({ detectors, weeks, agents, spent, budget }) {
  const values = { weeks: number(weeks, 1), agents, spent: number(spent, 4), budget: number(budget, 2) };
  return h(
    "div",
    {},
    table(
      t("standing.title"),
      HEADINGS.map((key) => t(key)),
      detectors.map(row),
      t("standing.none"),
    ),
    detectors.length === 0 ? null : h("p", { class: "quiet" }, t("standing.budget", values)),
  );
}

/**
 * @param {Detector} detector
 * @returns {import("../h.js").Child[]}
 */
function row({ detector, raised, confirmed, dismissed, low, high }) {
  const judged = confirmed + dismissed;
  const values = { share: percent(judged ? confirmed / judged : 0), low: percent(low), high: percent(high) };
  return [
    h("code", {}, detector),
    h("span", { class: "number" }, String(raised)),
    h("span", { class: "number" }, String(judged)),
    h("span", { class: "number" }, String(confirmed)),
    judged === 0 ? h("span", { class: "quiet" }, t("standing.unjudged")) : t("standing.interval", values),
  ];
}

/** @param {number} share */
function percent(share) {
  return `${Math.round(share * 100)} %`;
}

/**
 * @param {number} value
 * @param {number} digits
 */
function number(value, digits) {
  return value.toLocaleString(document.documentElement.lang, { maximumFractionDigits: digits });
}
