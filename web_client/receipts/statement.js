/**
 * What an opened section says, by kind: audit/FORMAT.md, section 14.
 *
 * @typedef {Record<string, string | number | boolean>} Facts
 *
 * @typedef {object} ConsentStatement
 * @property {"consent"} kind
 * @property {import("./consent.js").SignedConsent} consent
 * @property {string} consentSha256
 * @property {number | null} fromMs the log's clock; null in entries from before there were receipts
 * @property {number | null} untilMs
 *
 * @typedef {object} EndStatement
 * @property {"withdrawal" | "end"} kind
 * @property {string} session
 * @property {string} cause
 * @property {number} atMs
 * @property {string | null} agentName
 * @property {string | null} agentNumber
 * @property {string | null} organisation
 * @property {string | null} consentSha256 null where nothing was agreed
 * @property {number | null} fromMs
 * @property {number | null} untilMs
 *
 * @typedef {object} AccessStatement
 * @property {"access"} kind
 * @property {"record" | "field" | "contact"} what
 * @property {number} atMs
 * @property {string} agentName
 * @property {string} agentNumber
 * @property {string} agentTeam
 * @property {string} caseReference
 * @property {string | null} field its name, null unless one was shown
 *
 * @typedef {ConsentStatement | EndStatement | AccessStatement} Statement
 */

import { checkConsent } from "./consent.js";
import { hexOf, sha256, utf8 } from "./octets.js";
import { ReceiptRefused } from "./refused.js";

const LONGEST_TEXT = 4_096;
const CAUSE = /^[a-z][a-z_]{0,39}$/;
const HASH = /^[0-9a-f]{64}$/;
const AGREED = ["consent_sha256", "from_ms", "until_ms"];

/**
 * @param {Facts} facts
 * @param {string} kind what the file claims
 * @param {string | null} wording
 * @returns {Promise<Statement>}
 * @throws {ReceiptRefused}
 */
export async function readStatement(facts, kind, wording) {
  const found = kindOf(facts);
  if (found !== kind || (found !== "consent" && wording !== null)) throw new ReceiptRefused("statement");
  if (found === "consent") return consentOf(facts, wording);
  return found === "access" ? accessOf(facts) : endOf(facts, found);
}

/**
 * @param {Facts} facts
 * @returns {"consent" | "withdrawal" | "end" | "access" | null}
 */
function kindOf(facts) {
  const said = has(facts, "receipt") ? facts.receipt : null;
  if (said === null) return has(facts, "document") ? "consent" : null;
  return said === "withdrawal" || said === "end" || said === "access" ? said : null;
}

/**
 * @param {Facts} facts
 * @param {string | null} wording
 * @returns {Promise<ConsentStatement>}
 */
async function consentOf(facts, wording) {
  const document = text(facts, "document");
  const language = text(facts, "language");
  const parts = { document, signature: text(facts, "signature"), deviceKey: text(facts, "device_key"), wording };
  const fromMs = may(time, facts, "granted_at_ms");
  const untilMs = may(time, facts, "until_ms");
  if ((fromMs === null) !== (untilMs === null)) throw new ReceiptRefused("statement");
  const consent = await checkConsent(parts);
  const asAgreed = fromMs === null || untilMs === null || untilMs - fromMs === consent.duration_ms;
  if (consent.wording.language !== language || !asAgreed) throw new ReceiptRefused("consent_document");
  const consentSha256 = hexOf(await sha256(utf8(document)));
  return { kind: "consent", consent, consentSha256, fromMs, untilMs };
}

/**
 * @param {Facts} facts
 * @param {"withdrawal" | "end"} kind
 * @returns {EndStatement}
 */
function endOf(facts, kind) {
  const agreed = AGREED.filter((name) => has(facts, name)).length;
  const complete = agreed === AGREED.length || (agreed === 0 && kind === "end");
  const cause = text(facts, "cause");
  const consentSha256 = may(text, facts, "consent_sha256");
  if (!complete || !CAUSE.test(cause) || (consentSha256 !== null && !HASH.test(consentSha256)))
    throw new ReceiptRefused("statement");
  return {
    kind,
    session: text(facts, "session"),
    cause,
    atMs: time(facts, "at_ms"),
    agentName: may(text, facts, "agent_name"),
    agentNumber: may(text, facts, "agent_number"),
    organisation: may(text, facts, "organisation"),
    consentSha256,
    fromMs: may(time, facts, "from_ms"),
    untilMs: may(time, facts, "until_ms"),
  };
}

/**
 * @param {Facts} facts
 * @returns {AccessStatement}
 */
function accessOf(facts) {
  const what = text(facts, "what");
  const known = what === "record" || what === "field" || what === "contact";
  if (!known || has(facts, "field") !== (what === "field")) throw new ReceiptRefused("statement");
  return {
    kind: "access",
    what,
    atMs: time(facts, "at_ms"),
    agentName: text(facts, "agent_name"),
    agentNumber: text(facts, "agent_number"),
    agentTeam: text(facts, "agent_team"),
    caseReference: text(facts, "case"),
    field: what === "field" ? text(facts, "field") : null,
  };
}

/**
 * @param {Facts} facts
 * @param {string} name
 */
function has(facts, name) {
  return Object.hasOwn(facts, name);
}

/**
 * @param {Facts} facts
 * @param {string} name
 * @returns {string}
 */
function text(facts, name) {
  const found = has(facts, name) ? facts[name] : null;
  if (typeof found !== "string" || utf8(found).length > LONGEST_TEXT) throw new ReceiptRefused("statement");
  return found;
}

/**
 * @param {Facts} facts
 * @param {string} name
 * @returns {number}
 */
function time(facts, name) {
  const found = has(facts, name) ? facts[name] : null;
  if (typeof found !== "number" || found < 0) throw new ReceiptRefused("statement");
  return found;
}

/**
 * @template Value
 * @param {(facts: Facts, name: string) => Value} read
 * @param {Facts} facts
 * @param {string} name
 * @returns {Value | null}
 */
function may(read, facts, name) {
  return has(facts, name) ? read(facts, name) : null;
}
