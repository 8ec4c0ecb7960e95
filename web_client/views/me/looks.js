/** Every look at the customer's record: who, when, why, what, and the proof of it to keep. */

import { h } from "../h.js";
import { dateAndTime, t } from "../i18n.js";
import { facts } from "../parts.js";
import { accessWord } from "../receipt/access.js";
import { historyScreen, saveButton } from "./history_screen.js";

/** @type {Record<string, string>} */
const WHAT_KEYS = {
  opened: "access.opened",
  approved: "access.approved",
  overridden: "access.overridden",
  refused: "access.refused",
  session: "access.session",
  evidence: "access.evidence",
  changed: "access.changed",
  added: "access.added",
};
/** @type {Record<string, string>} */
const KIND_KEYS = {
  agent: "access.agent",
  officer: "access.officer",
  operator: "access.operator",
  key: "access.key",
};

/**
 * @param {import("../../protocol/shapes").Me} _me
 * @param {import("./actions.js").MeActions} actions
 * @returns {Promise<import("./actions.js").MeScreen>}
 */
export function looksScreen(_me, { history }) {
  return historyScreen(history, {
    title: t("me.looks_title"),
    lead: t("me.looks_lead"),
    none: t("me.looks_none"),
    after: t("me.looks_doubt"),
    rows: (page, error) => page.accesses.map((access) => look(access, history, error)),
  });
}

/**
 * @param {import("../../protocol/shapes").Access} access
 * @param {import("./actions.js").OwnHistory} history
 * @param {HTMLElement} error
 */
function look(access, history, error) {
  const time = h("time", { datetime: new Date(access.at_ms).toISOString() }, dateAndTime(access.at_ms));
  return h(
    "li",
    { class: "card look" },
    h("p", { class: "look-what" }, whatWord(access)),
    facts([
      [t("me.who"), whoWord(access.who)],
      [t("me.when"), time],
      [t("me.why"), access.case_reference ? t("me.why_case", { reference: access.case_reference }) : t("me.why_none")],
    ]),
    proofOf(access, history, error),
  );
}

/** @param {import("../../protocol/shapes").Access} access */
function whatWord(access) {
  const key = WHAT_KEYS[access.what];
  return key ? t(key) : accessWord(access);
}

/** @param {import("../../protocol/shapes").Access["who"]} who */
function whoWord({ kind, name, number, team }) {
  const word = t(KIND_KEYS[kind] ?? "access.agent");
  return name ? `${name} (${number}), ${team}` : word;
}

/**
 * @param {import("../../protocol/shapes").Access} access
 * @param {import("./actions.js").OwnHistory} history
 * @param {HTMLElement} error
 */
function proofOf({ index, proof }, history, error) {
  if (!proof) return h("p", { class: "hint" }, t("me.no_proof"));
  return h(
    "div",
    { class: "actions" },
    saveButton(t("me.save_proof"), `access-${index}.tachiai-receipt`, () => history.file(index), error),
  );
}
