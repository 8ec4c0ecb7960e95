/**
 * The consent that this page signs: the canonical document of session/CONSENT.md. What is signed names the hash of
 * the words that were on the screen, so a server that shows one text and proposes another is refused here.
 *
 * @typedef {import("./shapes").Proposal} Proposal
 * @typedef {import("./shapes").Wording} Wording
 * @typedef {import("./shapes").Surface} Surface
 * @typedef {import("./device_key.js").DeviceKey} DeviceKey
 */

import { toHex } from "./base64url.js";

/** The proposal cannot be agreed to as it is; nothing was signed. */
export class ConsentRefused extends Error {}

/**
 * @param {string} text exactly as shown
 * @returns {Promise<string>} hex SHA-256 of its UTF-8 bytes
 */
export async function textHash(text) {
  return toHex(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text)));
}

/**
 * @param {Proposal} proposal
 * @param {string} language the page's
 * @returns {Wording} in the page's language, else the first one
 */
export function wordingFor(proposal, language) {
  const wording = proposal.wordings.find((one) => one.language === language) ?? proposal.wordings[0];
  if (!wording) throw new ConsentRefused("the proposal has no text");
  return wording;
}

/**
 * @param {object} options
 * @param {string} options.transcript hex of what this page itself found the two ends to agree on; "" without words
 * @param {import("./shapes").CustomerView} options.view what the page shows: session, badge, organisation, proposal
 * @param {Wording} options.wording the one on the screen
 * @param {string} options.shownText read back from the screen
 * @param {Surface} options.surface
 * @param {string[]} options.extras what was ticked besides
 * @param {number} options.durationMs
 * @param {DeviceKey} options.deviceKey
 * @param {number} options.pageTimeMs this page's clock at the click
 * @returns {Promise<{ document: string, signature: string }>}
 * @throws {ConsentRefused}
 */
export async function signConsent({
  view,
  transcript,
  wording,
  shownText,
  surface,
  extras,
  durationMs,
  deviceKey,
  pageTimeMs,
}) {
  const { proposal } = view;
  if (!proposal) throw new ConsentRefused("nothing is proposed");
  if ((await textHash(shownText)) !== wording.sha256)
    throw new ConsentRefused("the text shown is not the text proposed");
  mustMatchScreen(proposal, view, deviceKey);
  if (proposal.transcript !== transcript) throw new ConsentRefused("the proposal is for another introduction");
  const offered = proposal.surfaces.includes(surface) && extras.every((one) => proposal.extras.includes(one));
  if (!offered) throw new ConsentRefused("this was not offered");
  if (!proposal.durations_ms.includes(durationMs)) throw new ConsentRefused("this duration was not offered");
  const scopes = [...new Set([surface, ...extras])].sort();
  const document = canonical(consentDocument({ proposal, wording, scopes, durationMs, pageTimeMs }));
  return { document, signature: await deviceKey.sign(document) };
}

/**
 * What is signed must name the session, the agent and the organisation that were on the screen, and this device.
 * @param {Proposal} proposal
 * @param {import("./shapes").CustomerView} view
 * @param {DeviceKey} deviceKey
 */
function mustMatchScreen(proposal, view, deviceKey) {
  if (proposal.session !== view.session) throw new ConsentRefused("the proposal is for another session");
  if (proposal.organisation !== view.organisation)
    throw new ConsentRefused("the proposal is another organisation's");
  const { agent } = proposal;
  const sameAgent = agent.name === view.agent.name && agent.number === view.agent.number;
  if (!sameAgent) throw new ConsentRefused("the proposal names another agent");
  if (proposal.device !== deviceKey.id) throw new ConsentRefused("the proposal is for another device");
}

/**
 * @param {{ proposal: Proposal, wording: Wording, scopes: string[], durationMs: number, pageTimeMs: number }} parts
 */
function consentDocument({ proposal, wording, scopes, durationMs, pageTimeMs }) {
  return {
    v: 1,
    kind: "tachiai-consent",
    session: proposal.session,
    agent: { name: proposal.agent.name, number: proposal.agent.number },
    organisation: proposal.organisation,
    scopes,
    duration_ms: durationMs,
    nonce: proposal.nonce,
    wording: { version: wording.version, language: wording.language, sha256: wording.sha256 },
    transcript: proposal.transcript,
    device: proposal.device,
    page_time_ms: pageTimeMs,
  };
}

/**
 * Canonical JSON: members sorted by name, no white space, strings, integers, lists and objects only.
 * @param {unknown} value
 * @returns {string}
 */
export function canonical(value) {
  if (typeof value === "string") return JSON.stringify(value);
  if (typeof value === "number" && Number.isSafeInteger(value)) return String(value);
  if (Array.isArray(value)) return `[${value.map(canonical).join(",")}]`;
  if (typeof value === "object" && value !== null) return canonicalObject(value);
  throw new ConsentRefused("a consent holds only text, whole numbers, lists and objects");
}

/** @param {object} value */
function canonicalObject(value) {
  const members = Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1));
  return `{${members.map(([name, member]) => `${JSON.stringify(name)}:${canonical(member)}`).join(",")}}`;
}
