/** Whether the picture is encrypted from browser to browser, and with whom: said on both pages, all the time. */

import { announce } from "./announce.js";
import { h } from "./h.js";
import { t } from "./i18n.js";

/** @typedef {import("../media/sealed_way.js").EncryptionState} EncryptionState */
/** @typedef {"customer" | "agent"} Party whose page this is */

/** @type {Record<EncryptionState, Record<Party, string>>} */
const KEYS = {
  none: { customer: "", agent: "" },
  pending: { customer: "encryption.pending_customer", agent: "encryption.pending_agent" },
  compared: { customer: "encryption.compared_customer", agent: "encryption.compared_agent" },
  badge: { customer: "encryption.badge_customer", agent: "encryption.badge_agent" },
  off: { customer: "encryption.off", agent: "encryption.off" },
  unable: { customer: "encryption.unable", agent: "encryption.unable" },
  lost: { customer: "encryption.lost_customer", agent: "encryption.lost_agent" },
  unchecked: { customer: "encryption.unchecked", agent: "encryption.unchecked" },
  distrusted: { customer: "encryption.distrusted_customer", agent: "encryption.distrusted_agent" },
  unsigned: { customer: "encryption.unsigned", agent: "encryption.unsigned" },
  unloaded: { customer: "encryption.unloaded", agent: "encryption.unloaded" },
  device: { customer: "encryption.device", agent: "encryption.device" },
  garbled: { customer: "", agent: "encryption.garbled" },
  refused: { customer: "encryption.refused_customer", agent: "encryption.refused_agent" },
};
const GOOD = new Set(["compared", "badge"]);
const WAITING = new Set(["none", "pending"]);

/** @type {EncryptionState} */
let current = "none";

/**
 * @param {EncryptionState} state of this page's connection
 * @param {Party} party
 */
export function showEncryption(state, party) {
  const changed = state !== current;
  current = state;
  for (const line of document.querySelectorAll(".encryption-line"))
    if (line instanceof HTMLElement) fillLine(line, party);
  if (changed && !WAITING.has(state)) announce(t(KEYS[state][party]));
}

/**
 * A line that goes on saying how it is, as long as it stands on the page.
 * @param {Party} party
 */
export function encryptionLine(party) {
  const line = h("p", { class: "encryption-line" });
  fillLine(line, party);
  return line;
}

/**
 * @param {HTMLElement} line
 * @param {Party} party
 */
function fillLine(line, party) {
  const key = KEYS[current][party];
  line.textContent = key ? t(key) : "";
  line.hidden = !key;
  line.dataset.state = GOOD.has(current) ? "good" : WAITING.has(current) ? "waiting" : "bad";
}
