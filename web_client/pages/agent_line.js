/** Who waits: asked for every few seconds while somebody looks. Accepting leads to the session's page. */

import { get, post, Problem } from "../protocol/api.js";
import { whileVisible } from "../protocol/page_visible.js";
import { announce } from "../views/announce.js";
import { byId, fill } from "../views/h.js";
import { languageName, t } from "../views/i18n.js";
import { sentenceOf } from "../views/failure.js";
import { actionButton, errorPlace, setError } from "../views/parts.js";
import { pill, table } from "../views/table.js";
import { agoElement, countdownElement } from "../views/times.js";
import { topicWord } from "../views/words.js";

/**
 * @typedef {object} WaitingRow
 * @property {string} session
 * @property {string} customer_label
 * @property {string} topic
 * @property {string} language
 * @property {number} since_ms
 * @property {number} until_ms
 * @property {boolean} here
 * @property {string} handed_by
 * @property {boolean} for_you
 */

const ASKED_EVERY_MS = 3_000;
const HEADINGS = ["case.customer", "line.topic", "line.language", "line.since", "line.until", "case.act"];

const error = errorPlace();
let shown = "";
let count = 0;

/** @param {WaitingRow[]} rows */
function show(rows) {
  const now = JSON.stringify(rows);
  if (now === shown) return;
  shown = now;
  const focused = document.activeElement instanceof HTMLElement ? document.activeElement.dataset.session : undefined;
  const headings = HEADINGS.map((key) => t(key));
  fill(byId("line", HTMLElement), error, table(t("line.title"), headings, rows.map(lineRow), t("line.nobody")));
  byId("line-count", HTMLElement).textContent = String(rows.length);
  if (rows.length > count) announce(t("line.came", { count: rows.length }));
  count = rows.length;
  for (const button of document.querySelectorAll("button[data-session]"))
    if (button instanceof HTMLElement && focused && button.dataset.session === focused) button.focus();
}

/**
 * @param {WaitingRow} row
 * @returns {import("../views/h.js").Child[]}
 */
function lineRow(row) {
  const from = { agent: row.handed_by };
  return [
    row.customer_label,
    row.handed_by ? pill(t(row.for_you ? "hand.to_you" : "hand.from", from), "live") : topicWord(row.topic),
    row.language ? languageName(row.language) : "–",
    agoElement(row.since_ms),
    countdownElement(row.until_ms),
    row.here ? acceptButton(row.session) : pill(t("line.not_here"), "plain"),
  ];
}

/** @param {string} session */
function acceptButton(session) {
  const button = actionButton(t("line.accept"), "button-small", async () => {
    setError(error, "");
    try {
      await post(`/waiting/${session}/accept`);
      location.assign(`/agent/sessions/${session}`);
    } catch (problem) {
      setError(error, sentenceOf(problem));
      shown = "";
      await ask();
    }
  });
  button.dataset.session = session;
  return button;
}

async function ask() {
  try {
    show(await get("/waiting"));
  } catch (problem) {
    if (problem instanceof Problem && problem.status === 401) location.reload();
    else setError(error, sentenceOf(problem));
  }
}

export function followLine() {
  byId("line", HTMLElement).append(error);
  whileVisible(ask, ASKED_EVERY_MS);
}
