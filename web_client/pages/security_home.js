/** Live oversight: every session now, the flags with their reasons, the log's health; any session can be ended. */

import { get, post } from "../protocol/api.js";
import { LiveConnection } from "../protocol/socket.js";
import { announce } from "../views/announce.js";
import { setServerTime } from "../views/clock.js";
import { confirmed } from "../views/confirm.js";
import { saying, sentenceOf } from "../views/failure.js";
import { byId, fill, h } from "../views/h.js";
import { t } from "../views/i18n.js";
import { actionButton, errorPlace, levelElement, notice } from "../views/parts.js";
import { entriesAddress } from "../views/security/entries.js";
import { standingTable } from "../views/security/flag_standing.js";
import { flagList } from "../views/security/flags.js";
import { reasonGiven } from "../views/security/reason_dialog.js";
import { pill, table } from "../views/table.js";
import { countdownElement, timeElement } from "../views/times.js";
import { STATE_KEYS } from "../views/words.js";
import { fileThis } from "./file_this.js";
import { messageTo } from "./message_to.js";

/**
 * @typedef {import("../protocol/shapes").OfficerView} OfficerView
 * @typedef {import("../protocol/shapes").LiveSession} LiveSession
 */

const GIVE_UP_AFTER_MS = 300_000;
const HEADINGS = [
  "case.reference",
  "officer.agent",
  "session.state",
  "officer.picture",
  "officer.level",
  "bar.time_left",
  "session.opened",
  "case.act",
];

const error = errorPlace();
byId("sessions-error", HTMLElement).append(error);
const flagError = errorPlace();
byId("flags-error", HTMLElement).append(flagError);
let flagsShown = -1;
let flagsAsTold = "";

const connection = new LiveConnection({
  ticket: async () => (await post("/socket-tickets", { purpose: "oversight" })).ticket,
  onMessage: (message) => {
    if (message.type === "welcome" || message.type === "state")
      show(/** @type {OfficerView} */ (message.view));
    if (message.type === "bye" && message.reason === "signed_out") location.assign("/security/sign-in?signed-out");
    if (message.type === "bye" && message.reason === "must_prove") location.assign("/security/prove");
  },
  onLink: linkChanged,
  giveUpAfterMs: GIVE_UP_AFTER_MS,
});

/** @param {OfficerView} view */
function show(view) {
  setServerTime(view.server_now_ms);
  showSessions(view.sessions);
  showFlags(view.flags);
  if (flagsShown >= 0 && view.flags.length > flagsShown) announce(t("officer.new_flag"));
  flagsShown = view.flags.length;
  showLogHealth(view.log);
}

/**
 * Drawn anew only where something has changed, so that nobody loses their place.
 * @param {import("../protocol/shapes").FlagView[]} flags
 */
function showFlags(flags) {
  const told = JSON.stringify(flags);
  if (told === flagsAsTold) return;
  flagsAsTold = told;
  const focused = document.activeElement instanceof HTMLElement ? document.activeElement.dataset.flag : undefined;
  const acts = {
    judge,
    write: (/** @type {{ id: string, name: string }} */ person) => saying(flagError, () => messageTo(person)),
    file: (/** @type {{ id: string }} */ { id }) => saying(flagError, () => fileThis("flag", id)),
  };
  fill(byId("flags", HTMLElement), flagList(flags, acts));
  for (const button of focused ? document.querySelectorAll("button[data-flag]") : []) {
    if (button instanceof HTMLElement && button.dataset.flag === focused) button.focus();
  }
  void showStanding();
}

async function showStanding() {
  const place = byId("standing", HTMLElement);
  try {
    fill(place, standingTable(await get("/security/flag-standing")));
  } catch (problem) {
    fill(place, notice("danger", h("p", {}, sentenceOf(problem))));
  }
}

/**
 * @param {import("../protocol/shapes").FlagView} flag
 * @param {import("../protocol/shapes").Verdict} verdict
 */
async function judge(flag, verdict) {
  const reason = await reasonGiven({
    id: "judge",
    title: t(verdict === "confirmed" ? "flags.confirm_title" : "flags.dismiss_title"),
    label: t("flags.judge_reason"),
    hint: t("flags.judge_hint"),
    missing: t("flags.judge_reason_missing"),
    yes: t(verdict === "confirmed" ? "flags.confirm" : "flags.dismiss"),
  });
  if (reason === null) return;
  await saying(flagError, async () => {
    await post(`/security/flags/${flag.id}/verdict`, { verdict, reason });
    announce(t("flags.judged_now"));
  });
}

/**
 * The table is drawn anew at each change; whoever has the focus on a button keeps it.
 * @param {LiveSession[]} sessions
 */
function showSessions(sessions) {
  const focused =
    document.activeElement instanceof HTMLElement ? document.activeElement.dataset.session : undefined;
  const headings = HEADINGS.map((key) => t(key));
  fill(
    byId("sessions", HTMLElement),
    table(t("officer.sessions"), headings, sessions.map(sessionRow), t("officer.no_sessions")),
  );
  byId("session-count", HTMLElement).textContent = String(sessions.length);
  if (!focused) return;
  for (const button of document.querySelectorAll("button[data-session]")) {
    if (button instanceof HTMLElement && button.dataset.session === focused) button.focus();
  }
}

/**
 * @param {LiveSession} row
 * @returns {import("../views/h.js").Child[]}
 */
function sessionRow(row) {
  const end = actionButton(t("officer.end_now"), "button-small button-danger", () => endNow(row));
  end.dataset.session = row.session;
  return [
    [row.case_reference, h("a", { class: "in-log", href: entriesAddress(row.session) }, t("officer.in_log"))],
    row.agent.number
      ? `${row.agent.name} (${row.agent.number}, ${row.agent.team})`
      : h("span", { class: "quiet" }, t("officer.nobody_yet")),
    t(STATE_KEYS[row.state]),
    row.media_may_flow ? pill(t("officer.picture_flows"), "live") : pill(t("officer.no_picture"), "plain"),
    row.level ? levelElement(row.level) : "–",
    row.consent_until_ms ? countdownElement(row.consent_until_ms) : "–",
    timeElement(row.opened_at_ms),
    h("div", { class: "actions" }, end, writeButton(row)),
  ];
}

/** @param {LiveSession} row */
function writeButton({ session, agent, agent_id: id }) {
  if (!agent.number) return null;
  const made = actionButton(t("message.write"), "button-small button-plain", () => saying(error, () => messageTo({ id, name: agent.name })));
  made.append(h("span", { class: "visually-hidden" }, ` (${agent.name})`));
  made.dataset.session = `${session}/write`;
  return made;
}

/** @param {LiveSession} row */
async function endNow(row) {
  const text = t("officer.end_text", { agent: row.agent.name || t("officer.nobody_yet"), reference: row.case_reference });
  if (!(await confirmed({ title: t("officer.end_title"), text, yes: t("officer.end_now") }))) return;
  await saying(error, async () => {
    await post(`/security/sessions/${row.session}/end`);
    announce(t("officer.ended"));
  });
}

/** @param {{ healthy: boolean, size: number }} log */
function showLogHealth({ healthy, size }) {
  const place = byId("log-health", HTMLElement);
  if (healthy)
    fill(place, pill(t("officer.log_healthy"), "good"), " ", t("officer.log_size", { count: size }));
  else fill(place, notice("danger", h("p", {}, t("officer.log_unhealthy"))));
}

/** @param {import("../protocol/socket.js").Link} link */
function linkChanged(link) {
  byId("link-state", HTMLElement).hidden = link === "open" || link === "connecting";
  if (link === "lost") announce(t("officer.link_lost"));
}

connection.start();
