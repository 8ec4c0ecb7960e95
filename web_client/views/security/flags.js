/** Flags with their reason in one sentence that a person can check. */

import { h } from "../h.js";
import { hasText, t } from "../i18n.js";
import { actionButton, facts } from "../parts.js";
import { pill } from "../table.js";
import { dateTimeElement } from "../times.js";
import { flagActionWord } from "../words.js";
import { entriesAddress } from "./entries.js";
import { addressOf } from "./log_filters.js";

/** @typedef {import("../../protocol/shapes").FlagView} FlagView */

/** @typedef {(flag: FlagView, verdict: import("../../protocol/shapes").Verdict) => unknown} Judge */
/** @typedef {(person: { id: string, name: string }) => unknown} Write */
/** @typedef {{ judge: Judge, write: Write, file: (flag: FlagView) => unknown }} Acts what an officer may do about a flag */

/** @type {Record<string, "warn" | "plain">} */
const ACTION_KINDS = { flag: "warn", shadow: "plain" };
const PROOFS = /** @type {const} */ ({
  demanded: ["flags.proof_demanded", "warn"],
  proved: ["flags.proof_given", "good"],
  waived: ["flags.proof_waived", "plain"],
});
const VERDICTS = /** @type {const} */ ({ confirmed: ["flags.confirmed", "bad"], dismissed: ["flags.dismissed", "good"] });

/**
 * @param {FlagView[]} flags
 * @param {Acts} acts
 */
export function flagList(flags, acts) {
  if (flags.length === 0) return h("p", { class: "empty" }, t("flags.none"));
  const newestFirst = [...flags].sort((one, other) => other.at_ms - one.at_ms);
  return h("ul", { class: "flags" }, newestFirst.map((flag) => flagItem(flag, acts)));
}

/**
 * @param {FlagView} flag
 * @param {Acts} acts
 */
function flagItem(flag, { judge, write, file }) {
  return h(
    "li",
    { class: "flag" },
    h("p", { class: "flag-sentence" }, flagSentence(flag)),
    facts([
      [t("flags.at"), dateTimeElement(flag.at_ms)],
      ...whoAndWhere(flag),
      [t("flags.act"), pill(flagActionWord(flag.action), ACTION_KINDS[flag.action] ?? "bad")],
    ]),
    proofOf(flag),
    verdictOf(flag),
    flag.session
      ? h("a", { class: "lone-link", href: entriesAddress(flag.session) }, t("flags.entries"))
      : [ownEntries(flag), h("p", { class: "quiet" }, t("flags.entry", { index: flag.id }))],
    toStaff(flag),
    h(
      "div",
      { class: "actions" },
      judgeButton(flag, "confirmed", judge),
      judgeButton(flag, "dismissed", judge),
      fileButton(flag, file),
      writeButton(flag, write),
    ),
  );
}

/** @param {FlagView} flag */
function toStaff({ action, proof }) {
  const demanded = proof?.state === "demanded";
  if (action !== "block" && !demanded) return null;
  const words = t(action === "block" ? "flags.to_staff" : "flags.to_waive");
  return h("a", { class: "lone-link", href: "/security/staff" }, words);
}

/**
 * Whether they have proved again who they are.
 * @param {FlagView} flag
 */
function proofOf({ proof }) {
  if (proof === null) return null;
  const [key, kind] = PROOFS[proof.state];
  const said = proof.state === "waived" ? [t("flags.proof_waived_by", proof), " "] : null;
  return h("p", {}, pill(t(key), kind), " ", said, dateTimeElement(proof.at_ms));
}

/** @param {FlagView} flag */
function verdictOf({ verdict }) {
  if (verdict === null) return null;
  const [key, kind] = VERDICTS[verdict.verdict];
  return h("p", {}, pill(t(key), kind), " ", t("flags.judged", verdict), " ", dateTimeElement(verdict.at_ms));
}

/**
 * None for the verdict that stands.
 * @param {FlagView} flag
 * @param {import("../../protocol/shapes").Verdict} verdict
 * @param {Judge} judge
 */
function judgeButton(flag, verdict, judge) {
  if (flag.state === verdict) return null;
  const key = verdict === "confirmed" ? "flags.confirm" : "flags.dismiss";
  const button = actionButton(t(key), "button-small button-plain", () => judge(flag, verdict));
  button.append(h("span", { class: "visually-hidden" }, ` (${t("flags.entry", { index: flag.id })})`));
  button.dataset.flag = `${flag.id}/${verdict}`;
  return button;
}

/**
 * To the agent whom the flag is about.
 * @param {FlagView} flag
 * @param {Write} write
 */
function writeButton({ id, agent, target }, write) {
  if (!agent || !target.startsWith("sta_")) return null;
  const button = actionButton(t("message.write"), "button-small button-plain", () => write({ id: target, name: agent.name }));
  button.append(h("span", { class: "visually-hidden" }, ` (${t("flags.entry", { index: id })})`));
  button.dataset.flag = `${id}/write`;
  return button;
}

/**
 * @param {FlagView} flag
 * @param {(flag: FlagView) => unknown} file
 */
function fileButton(flag, file) {
  const button = actionButton(t("files.add_to"), "button-small button-plain", () => file(flag));
  button.append(h("span", { class: "visually-hidden" }, ` (${t("flags.entry", { index: flag.id })})`));
  button.dataset.flag = `${flag.id}/file`;
  return button;
}

/**
 * Where the sentence's figures can be counted: what this person did up to the flag.
 * @param {FlagView} flag
 */
function ownEntries({ agent, target, at_ms: at }) {
  if (!agent) return null;
  const address = addressOf({ actor: target, to: String(at) });
  return h("a", { class: "lone-link", href: address }, t("flags.entries_of_agent"));
}

/**
 * @param {FlagView} flag
 * @returns {[string, import("../h.js").Child][]}
 */
function whoAndWhere({ agent, case_reference: reference, target }) {
  if (!agent) return [[t("log.about"), h("span", { class: "identifier" }, target)]];
  const who = /** @type {[string, string]} */ ([t("officer.agent"), `${agent.name} (${agent.number}, ${agent.team})`]);
  return reference ? [who, [t("case.reference"), reference]] : [who];
}

/** @param {FlagView} flag */
export function flagSentence({ sentence_key: key, facts: known, detector }) {
  if (!hasText(key)) return t("flags.unnamed", { detector });
  const values = Object.fromEntries(
    Object.entries(known).map(([name, value]) => [name, typeof value === "boolean" ? String(value) : value]),
  );
  return t(key, values);
}
