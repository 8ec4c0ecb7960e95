/** The agent's desk: own cases, own unfinished sessions. */

import { get } from "../protocol/api.js";
import { byId, fill, h } from "../views/h.js";
import { t } from "../views/i18n.js";
import { sentenceOf, showFailure } from "../views/failure.js";
import { actionButton, errorPlace, setError } from "../views/parts.js";
import { pill, table } from "../views/table.js";
import { agoElement, timeElement } from "../views/times.js";
import { STATE_KEYS } from "../views/words.js";
import { contactChoice } from "../views/agent/talking.js";
import { ownCaseForm } from "./own_case.js";
import { overrideForm } from "./override.js";
import { followLine } from "./agent_line.js";
import { followVisits } from "./agent_visits.js";
import { openSession } from "./open_session.js";

/**
 * @typedef {object} CaseRow
 * @property {string} id
 * @property {string} reference
 * @property {string} reason
 * @property {keyof typeof ORIGIN_KEYS} origin
 * @property {string} state
 * @property {boolean} live
 * @property {number} last_activity_ms
 * @property {string | null} customer_label
 * @property {boolean} provisional opened by an agent, and not confirmed yet: of the customer there is only `named`
 * @property {string} named
 *
 * @typedef {object} SessionRow
 * @property {string} session
 * @property {import("../protocol/shapes").SessionState} state
 * @property {string} case_reference
 * @property {number} opened_at_ms
 */

const ORIGIN_KEYS = { customer: "origin.customer", system: "origin.system", agent: "origin.agent" };

const error = errorPlace();
const talking = contactChoice();

async function showCases() {
  /** @type {CaseRow[]} */
  const cases = await get("/cases");
  const headings = [
    "case.reference",
    "case.customer",
    "case.reason",
    "case.origin",
    "case.activity",
    "case.state",
    "case.act",
  ].map((key) => t(key));
  fill(
    byId("cases", HTMLElement),
    error,
    talking.node,
    table(t("home.cases"), headings, cases.map(caseRow), t("home.no_cases")),
  );
}

/**
 * @param {CaseRow} row
 * @returns {import("../views/h.js").Child[]}
 */
function caseRow(row) {
  return [
    row.provisional ? row.reference : h("a", { href: `/agent/cases/${row.id}` }, row.reference),
    row.provisional ? row.named : (row.customer_label ?? "–"),
    row.reason,
    t(ORIGIN_KEYS[row.origin]),
    agoElement(row.last_activity_ms),
    statePill(row),
    row.live
      ? actionButton(t("case.open_session"), "button-small", () => tryToOpen(row.id))
      : h("span", { class: "quiet" }, t("case.not_live_hint")),
  ];
}

/** @param {CaseRow} row */
function statePill({ live, provisional }) {
  if (!live) return pill(t("case.not_live"), "plain");
  return provisional ? pill(t("case.provisional"), "warn") : pill(t("case.live"), "good");
}

/** @param {string} caseId */
async function tryToOpen(caseId) {
  setError(error, "");
  try {
    await openSession(caseId, talking.contact());
  } catch (problem) {
    setError(error, sentenceOf(problem));
  }
}

async function showSessions() {
  /** @type {SessionRow[]} */
  const sessions = await get("/sessions");
  const headings = ["case.reference", "session.state", "session.opened", "session.go"].map((key) => t(key));
  fill(
    byId("sessions", HTMLElement),
    table(t("home.sessions"), headings, sessions.map(sessionRow), t("home.no_sessions")),
  );
}

/**
 * @param {SessionRow} row
 * @returns {import("../views/h.js").Child[]}
 */
function sessionRow(row) {
  return [
    row.case_reference,
    pill(t(STATE_KEYS[row.state]), row.state === "sharing" ? "live" : "plain"),
    timeElement(row.opened_at_ms),
    h("a", { class: "button button-small", href: `/agent/sessions/${row.session}` }, t("session.return")),
  ];
}

async function main() {
  try {
    await Promise.all([showCases(), showSessions()]);
  } catch (problem) {
    showFailure("cases", problem, main);
  }
}

document.getElementById("override")?.append(overrideForm());
byId("own-case", HTMLElement).append(ownCaseForm(showCases));
void main();
followLine();
followVisits();
