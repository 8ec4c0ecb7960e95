/** Waiting without having signed in: the ticket, then the signing in, and how it ended. */

import { h } from "../h.js";
import { t } from "../i18n.js";
import { actionButton, facts, notice, screenHeading } from "../parts.js";
import { spokenCode } from "../spoken_code.js";
import { countdownElement } from "../times.js";

/**
 * As server/http/visit_shapes.py has it.
 * @typedef {object} Visit
 * @property {"waiting" | "accepted" | "met" | "ended"} state
 * @property {number} server_now_ms
 * @property {number} until_ms
 * @property {number | null} place
 * @property {number | null} expected_ms
 * @property {string | null} code
 * @property {{ name: string, number: string, team: string } | null} agent
 * @property {string | null} end
 */

/** @type {Record<string, [string, string]>} */
const ENDS = {
  left: ["wait_end.left", "wait_end.left_next"],
  lost: ["wait_end.lost", "wait_end.lost_next"],
  agent: ["wait_end.agent", "wait_end.agent_next"],
  mismatch: ["wait_end.mismatch", "wait_end.mismatch_next"],
};
/** @type {[string, string]} */
const EXPIRED = ["wait_end.expired", "wait_end.expired_next"];

/**
 * Never called a code on the page: nobody of ours asks for codes, and this opens nothing.
 * @param {Visit} visit
 * @param {() => Promise<void>} leave
 */
export function visitTicketScreen(visit, leave) {
  const agent = visit.agent?.name ?? "";
  return h(
    "div",
    { class: "screen" },
    screenHeading(t("visit.ready_title", { agent })),
    h("p", { class: "lead" }, t("wait.ticket_lead", { agent })),
    h(
      "section",
      { class: "card ticket", "aria-label": t("wait.ticket") },
      h("p", { class: "place-label" }, t("wait.ticket")),
      spokenCode(visit.code ?? ""),
      h("p", { class: "quiet" }, t("wait.ticket_valid"), " ", countdownElement(visit.until_ms)),
    ),
    notice("warning", h("p", {}, t("wait.ticket_only"))),
    h("p", {}, t("wait.ticket_who")),
    agentFacts(visit),
    h("div", { class: "actions" }, actionButton(t("wait.leave_agent"), "button-plain", leave)),
  );
}

/**
 * @param {Visit} visit
 * @param {import("../../protocol/shapes").Me | null} me who is signed in here, if anybody is
 * @param {HTMLElement} error
 * @param {{ goOn: () => Promise<void>, leave: () => Promise<void> }} actions
 */
export function visitMetScreen(visit, me, error, actions) {
  const agent = visit.agent?.name ?? "";
  return h(
    "div",
    { class: "screen" },
    screenHeading(t("visit.met_title")),
    h("p", { class: "lead" }, t("visit.met_lead", { agent })),
    me ? h("p", { class: "own-name" }, t("visit.met_signed_in", { name: me.name, agent })) : null,
    facts([[t("visit.time_left"), countdownElement(visit.until_ms)]]),
    error,
    h(
      "div",
      { class: "actions" },
      me
        ? actionButton(t("visit.go_on", { agent }), "button-main", actions.goOn)
        : h("a", { class: "button button-main", href: "/me", target: "_blank" }, t("visit.met_open")),
      actionButton(t("wait.leave_agent"), "button-plain", actions.leave),
    ),
    notice("warning", h("p", {}, t("visit.met_cannot", { agent }))),
    agentFacts(visit),
  );
}

/**
 * @param {Visit} visit
 * @param {() => Promise<void>} again
 */
export function visitEndedScreen(visit, again) {
  const [title, next] = ENDS[visit.end ?? ""] ?? EXPIRED;
  return h(
    "div",
    { class: "screen" },
    screenHeading(t(title)),
    h("p", { class: "lead" }, t(next)),
    h("div", { class: "actions" }, actionButton(t("wait.again"), "button-main", again)),
  );
}

/** @param {Visit} visit */
function agentFacts({ agent }) {
  if (!agent) return null;
  return h(
    "section",
    { class: "badge", "aria-label": t("badge.label") },
    h("div", { class: "badge-initial", "aria-hidden": "true" }, [...agent.name][0] ?? ""),
    h("div", { class: "badge-who" }, h("p", { class: "badge-name" }, agent.name)),
    facts([
      [t("badge.number"), agent.number],
      [t("badge.team"), agent.team],
    ]),
  );
}
