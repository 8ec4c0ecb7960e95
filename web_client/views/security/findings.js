/** The checklist's findings. Their words come from the server, in the page's language; here is only how they look. */

import { h } from "../h.js";
import { t } from "../i18n.js";
import { notice } from "../parts.js";
import { pill } from "../table.js";

/**
 * @typedef {object} Finding
 * @property {string} id
 * @property {string} state
 * @property {keyof typeof SEVERITY_KEYS} severity
 * @property {string} title
 * @property {string} now
 * @property {string | null} mend
 */

const SEVERITY_KEYS = {
  danger: "checklist.danger",
  weak: "checklist.weak",
  advice: "checklist.advice",
  ok: "checklist.ok",
};
/** @type {Record<keyof typeof SEVERITY_KEYS, "plain" | "good" | "bad" | "warn">} */
const SEVERITY_KINDS = { danger: "bad", weak: "warn", advice: "plain", ok: "good" };

/** @param {Finding[]} findings */
export function toMend(findings) {
  return findings.filter(({ severity }) => severity === "danger" || severity === "weak").length;
}

/**
 * In one sentence.
 * @param {Finding[]} findings
 */
export function standing(findings) {
  const count = toMend(findings);
  const advice = findings.filter(({ severity }) => severity === "advice").length;
  return count === 0 ? t("checklist.none_to_mend", { count: advice }) : t("checklist.to_mend", { count });
}

/** @param {Finding[]} findings the gravest first */
export function findingList(findings) {
  const open = findings.filter(({ severity }) => severity !== "ok");
  const done = findings.filter(({ severity }) => severity === "ok");
  return [
    notice(toMend(findings) === 0 ? "good" : "warning", h("p", {}, standing(findings))),
    h("ul", { class: "findings" }, open.map(findingItem)),
    h(
      "details",
      {},
      h("summary", {}, t("checklist.done", { count: done.length })),
      h("ul", { class: "findings" }, done.map(findingItem)),
    ),
  ];
}

/** @param {Finding} finding */
function findingItem({ id, severity, title, now, mend }) {
  return h(
    "li",
    { class: `finding finding-${severity}`, "data-finding": id },
    h("div", { class: "finding-head" }, h("h2", {}, title), pill(t(SEVERITY_KEYS[severity]), SEVERITY_KINDS[severity])),
    h("p", {}, withCode(now)),
    mend === null ? null : h("p", {}, h("strong", {}, t("checklist.mend"), ": "), withCode(mend)),
  );
}

/**
 * What stands between backticks is to be typed or looked for as it is.
 * @param {string} text
 */
function withCode(text) {
  return text.split("`").map((part, index) => (index % 2 === 1 ? h("code", {}, part) : part));
}
