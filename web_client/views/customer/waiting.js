/** In line for an agent; then, once one has accepted, the ticket that the customer reads out to them. */

import { fill, h } from "../h.js";
import { t } from "../i18n.js";
import { announce } from "../announce.js";
import { everyHalfSecond, serverNow } from "../clock.js";
import { actionButton, agentBadge, facts, notice, screenHeading } from "../parts.js";
import { spokenCode } from "../spoken_code.js";
import { countdownElement } from "../times.js";

const PROLONGED_WITHIN_MS = 3 * 60_000; // as session/model.py has it
const MINUTE_MS = 60_000;

/**
 * @param {import("./screen.js").CustomerView} view
 * @param {import("./screen.js").Actions} actions
 * @returns {import("./screen.js").Screen}
 */
export function waitingScreen(view, actions) {
  return view.waiting?.code ? ticketScreen(view, view.waiting, actions) : lineScreen(view, actions);
}

/**
 * @param {import("./screen.js").CustomerView} view
 * @param {import("./screen.js").Actions} actions
 */
function lineScreen(view, actions) {
  const handed = view.waiting ? handedNotice(view.waiting) : null;
  const line = h("div");
  const more = h("div");
  let shown = view.waiting;
  const offerMore = () => {
    const due = shown !== null && shown.until_ms - serverNow() <= PROLONGED_WITHIN_MS;
    if (due && !more.hasChildNodes()) fill(more, prolongNotice(actions));
    if (!due && more.hasChildNodes()) fill(more);
  };
  /** @param {import("./screen.js").CustomerView} newer */
  const update = (newer) => {
    const [before, now] = [shown, newer.waiting];
    shown = now;
    if (now) fill(line, placeFacts(now));
    offerMore();
    if (now?.place && now.place !== before?.place) announce(t("wait.moved", { place: now.place }));
    else if (now && before && now.until_ms > before.until_ms) announce(t("wait.prolonged"));
  };
  update(view);
  const node = h(
    "div",
    { class: "screen" },
    screenHeading(t(handed ? "wait.handed_title" : "wait.title", { colleague: view.waiting?.handed_to ?? "" })),
    handed,
    line,
    more,
    h("p", {}, t("wait.keep_open")),
    handed ? null : h("p", { class: "quiet" }, t("help.nothing_shown")),
    h("div", { class: "actions" }, actionButton(t("wait.leave"), "button-plain", actions.leave)),
  );
  let seen = false;
  const stop = everyHalfSecond(() => {
    offerMore();
    if (seen && !node.isConnected) stop();
    seen ||= node.isConnected;
  });
  return { node, update };
}

/**
 * What a customer who was handed over has to know: nobody sees anything, and whoever comes introduces themselves.
 * @param {import("../../protocol/shapes").WaitingFacts} waiting
 */
function handedNotice({ handed_by: agent, handed_to: colleague }) {
  if (!agent) return null;
  const sentence = colleague ? t("wait.handed_to", { agent, colleague }) : t("wait.handed_back", { agent });
  return notice("info", h("p", {}, h("strong", {}, sentence)), h("p", {}, t("wait.handed_safe")));
}

/** @param {import("../../protocol/shapes").WaitingFacts} waiting */
function placeFacts(waiting) {
  if (waiting.handed_to) return facts([[t("wait.kept_for"), countdownElement(waiting.until_ms)]]);
  const place = waiting.place === null ? "–" : t("wait.place_number", { place: waiting.place });
  return [
    h(
      "div",
      { class: "place-in-line" },
      h("p", { class: "place-label" }, t("wait.place")),
      h("p", { class: "place-number" }, place),
    ),
    facts([
      [t("wait.expected"), expected(waiting.expected_ms)],
      [t("wait.kept_for"), countdownElement(waiting.until_ms)],
    ]),
  ];
}

/** @param {number | null} ms */
function expected(ms) {
  if (ms === null) return t("wait.expected_unknown");
  if (ms < MINUTE_MS) return t("wait.expected_short");
  return t("wait.expected_minutes", { minutes: Math.ceil(ms / MINUTE_MS) });
}

/** @param {import("./screen.js").Actions} actions */
function prolongNotice(actions) {
  return notice(
    "warning",
    h("p", {}, t("wait.prolong_hint")),
    h("div", { class: "actions" }, actionButton(t("wait.prolong"), "button-main", actions.prolong)),
  );
}

/**
 * Never called a code on the page: nobody of ours asks for codes, and this opens nothing.
 * @param {import("./screen.js").CustomerView} view
 * @param {import("../../protocol/shapes").WaitingFacts} waiting
 * @param {import("./screen.js").Actions} actions
 */
function ticketScreen(view, waiting, actions) {
  const agent = view.agent.name;
  const node = h(
    "div",
    { class: "screen" },
    screenHeading(t("wait.accepted_title", { agent })),
    h("p", { class: "lead" }, t("wait.ticket_lead", { agent })),
    h(
      "section",
      { class: "card ticket", "aria-label": t("wait.ticket") },
      h("p", { class: "place-label" }, t("wait.ticket")),
      spokenCode(waiting.code ?? ""),
      h("p", { class: "quiet" }, t("wait.ticket_valid"), " ", countdownElement(waiting.until_ms)),
    ),
    notice("warning", h("p", {}, t("wait.ticket_only"))),
    h("p", {}, t("wait.ticket_who")),
    agentBadge(view),
    h("div", { class: "actions" }, actionButton(t("wait.leave_agent"), "button-plain", actions.leave)),
  );
  return { node };
}
