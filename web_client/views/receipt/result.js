/**
 * What a receipt says, or why it does not hold, in words that help somebody who has never heard of a log.
 *
 * @typedef {import("../../receipts/checking.js").Checked} Checked
 * @typedef {import("../../receipts/statement.js").ConsentStatement} ConsentStatement
 * @typedef {import("../../receipts/statement.js").EndStatement} EndStatement
 * @typedef {import("../../receipts/statement.js").AccessStatement} AccessStatement
 */

import { BrowserUnable, ReceiptRefused } from "../../receipts/refused.js";
import { h } from "../h.js";
import { dateAndTime, t } from "../i18n.js";
import { facts, notice } from "../parts.js";
import { accessWord } from "./access.js";
import { CUSTOMER_END_KEYS } from "../words.js";

const LATEST_MS = 253_402_300_799_999; // the end of the year 9999: beyond it no calendar helps
/** @type {Record<string, string>} */
const SCOPE_KEYS = {
  tab: "consent.tab",
  window: "consent.window",
  screen: "consent.screen",
  chat: "consent.chat",
  pointer: "consent.pointer",
};
const TITLE_KEYS = {
  consent: "receipt.consent_title",
  withdrawal: "receipt.withdrawal_title",
  end: "receipt.end_title",
  access: "receipt.access_title",
};
/** @type {Record<string, string>} */
const BAD_KEYS = { form: "receipt.bad_form", proof: "receipt.bad_form", signature: "receipt.bad_signature" };

/**
 * @param {Checked} checked
 * @param {boolean} served whether the key came with the page
 */
export function goodResult(checked, served) {
  const { kind, origin, statement, wording, secondUnchecked } = checked;
  return h(
    "section",
    { class: "receipt-result" },
    heading(t("receipt.good")),
    notice("good", h("p", {}, t("receipt.good_lead", { origin }))),
    h("h3", {}, t(TITLE_KEYS[kind])),
    factsOf(statement, checked),
    kind === "consent" ? words(statement, wording) : null,
    h("h3", {}, t("receipt.proves_title")),
    list(t("receipt.proves_log", { origin }), kind === "consent" ? t("receipt.proves_device") : null),
    h("h3", {}, t("receipt.proves_not_title")),
    list(
      t(served ? "receipt.not_compared_served" : "receipt.not_compared_given"),
      secondUnchecked ? t("receipt.second_unchecked") : null,
      t("receipt.not_witnessed"),
      t("receipt.not_time"),
    ),
    h("p", { class: "quiet" }, t("receipt.keep")),
  );
}

/** @param {unknown} error */
export function badResult(error) {
  if (error instanceof BrowserUnable)
    return h(
      "section",
      { class: "receipt-result" },
      heading(t("receipt.unable_title")),
      notice("warning", h("p", {}, t("receipt.unable"))),
    );
  const reason = error instanceof ReceiptRefused ? error.reason : "form";
  return h(
    "section",
    { class: "receipt-result" },
    heading(t("receipt.bad")),
    notice("danger", h("p", {}, t(BAD_KEYS[reason] ?? "receipt.bad_changed"))),
    h("h3", {}, t("receipt.bad_next_title")),
    list(t("receipt.bad_next_again"), t("receipt.bad_next_ask"), t("receipt.bad_next_keep")),
    h("p", { class: "quiet" }, t("receipt.bad_step", { step: reason })),
  );
}

/** @param {string} text */
function heading(text) {
  return h("h2", { tabindex: -1, class: "screen-heading" }, text);
}

/** @param {...(string | null)} sentences */
function list(...sentences) {
  return h(
    "ul",
    { class: "plain-list" },
    sentences.filter((sentence) => sentence !== null).map((sentence) => h("li", {}, sentence)),
  );
}

/**
 * @param {import("../../receipts/statement.js").Statement} statement
 * @param {Checked} checked
 */
function factsOf(statement, checked) {
  if (statement.kind === "consent") return consentFacts(statement, checked);
  return statement.kind === "access" ? accessFacts(statement, checked) : endFacts(statement, checked);
}

/**
 * @param {AccessStatement} statement
 * @param {Checked} checked
 */
function accessFacts(statement, checked) {
  const { atMs, agentName, agentNumber, agentTeam, caseReference } = statement;
  return knownFacts([
    [t("receipt.looked"), accessWord(statement)],
    [t("receipt.at"), moment(atMs)],
    [t("receipt.who"), `${agentName} (${agentNumber}), ${agentTeam}`],
    [t("receipt.case"), caseReference],
    place(checked),
  ]);
}

/**
 * @param {ConsentStatement} statement
 * @param {Checked} checked
 */
function consentFacts({ consent, fromMs, untilMs }, checked) {
  const { agent, organisation, scopes, duration_ms: durationMs, page_time_ms: pageTimeMs } = consent;
  return knownFacts([
    [t("receipt.what"), scopes.map(scopeWord).join(", ")],
    [t("receipt.with"), `${agent.name} (${agent.number}), ${organisation}`],
    [t("receipt.from"), moment(fromMs ?? pageTimeMs)],
    [t("receipt.until"), untilMs === null ? null : moment(untilMs)],
    [t("receipt.how_long"), t("consent.minutes", { count: Math.round(durationMs / 60_000) })],
    ...common(consent.session, checked),
  ]);
}

/**
 * @param {EndStatement} statement
 * @param {Checked} checked
 */
function endFacts({ session, cause, atMs, agentName, agentNumber, organisation, fromMs, untilMs }, checked) {
  const who = [agentName && `${agentName} (${agentNumber ?? "?"})`, organisation].filter(Boolean).join(", ");
  const agreed = fromMs === null || untilMs === null ? null : [moment(fromMs), h("br"), moment(untilMs)];
  return knownFacts([
    [t("receipt.ended"), moment(atMs)],
    [t("receipt.why"), causeWord(cause)],
    [t("receipt.with"), who || null],
    [t("receipt.agreed"), agreed ?? t("receipt.nothing_agreed")],
    ...common(session, checked),
  ]);
}

/**
 * @param {string} session
 * @param {Checked} checked
 * @returns {[string, import("../h.js").Child][]}
 */
function common(session, checked) {
  return [[t("receipt.session"), h("code", {}, session)], place(checked)];
}

/**
 * @param {Checked} checked
 * @returns {[string, import("../h.js").Child]}
 */
function place({ index, size, origin }) {
  return [t("receipt.place"), t("receipt.place_text", { index, size, origin })];
}

/** @param {[string, import("../h.js").Child][]} pairs */
function knownFacts(pairs) {
  return facts(pairs.filter(([, description]) => description !== null));
}

/** @param {string} scope */
function scopeWord(scope) {
  const key = Object.hasOwn(SCOPE_KEYS, scope) ? SCOPE_KEYS[scope] : undefined;
  return key ? t(key) : scope;
}

/**
 * @param {import("../../receipts/statement.js").Statement} statement
 * @param {string | null} wording
 */
function words(statement, wording) {
  if (statement.kind !== "consent") return null;
  const { language, sha256 } = statement.consent.wording;
  if (wording === null) return h("p", { class: "quiet" }, t("receipt.no_words", { hash: sha256 }));
  return [
    h("h3", {}, t("receipt.words")),
    h("blockquote", { class: "consent-wording", lang: language }, wording),
  ];
}

/** @param {string} cause */
function causeWord(cause) {
  if (cause === "asked_again") return t("receipt.asked_again");
  const title = Object.entries(CUSTOMER_END_KEYS).find(([name]) => name === cause)?.[1][0];
  return title ? t(title) : cause;
}

/**
 * In the reader's zone, and in UTC for whoever compares.
 * @param {number} atMs
 */
function moment(atMs) {
  if (atMs > LATEST_MS) return String(atMs);
  const utc = new Date(atMs).toISOString();
  return h(
    "span",
    { class: "receipt-moment" },
    h("time", { datetime: utc }, dateAndTime(atMs)),
    h("span", { class: "quiet" }, ` (${utc.slice(0, 19).replace("T", " ")} UTC)`),
  );
}
