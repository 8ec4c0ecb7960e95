/** One's own passkeys, for staff. */

import { h } from "../h.js";
import { t } from "../i18n.js";
import { actionButton } from "../parts.js";
import { pill, table } from "../table.js";
import { agoElement, dateTimeElement } from "../times.js";

/**
 * @typedef {object} OwnPasskey
 * @property {string} id
 * @property {string} label
 * @property {"good" | "disabled"} state
 * @property {boolean} backed_up
 * @property {number} created_at_ms
 * @property {number | null} last_used_ms
 */

const HEADINGS = [
  "account.passkey_label",
  "account.passkey_state",
  "account.passkey_added",
  "account.passkey_used",
  "account.act",
];

/**
 * @param {OwnPasskey[]} passkeys
 * @param {(passkey: OwnPasskey) => unknown} remove
 */
export function passkeyTable(passkeys, remove) {
  const headings = HEADINGS.map((key) => t(key));
  const rows = passkeys.map((one) => row(one, remove));
  return table(t("account.passkeys"), headings, rows, t("account.no_passkeys"));
}

/**
 * @param {OwnPasskey} passkey
 * @param {(passkey: OwnPasskey) => unknown} remove
 * @returns {import("../h.js").Child[]}
 */
function row(passkey, remove) {
  const button = actionButton(t("account.passkey_remove"), "button-small", () => remove(passkey));
  button.append(h("span", { class: "visually-hidden" }, ` (${passkey.label})`));
  return [
    passkey.label,
    passkey.state === "good"
      ? pill(t("account.passkey_good"), "good")
      : pill(t("account.passkey_disabled"), "bad"),
    dateTimeElement(passkey.created_at_ms),
    passkey.last_used_ms === null ? t("account.passkey_never") : agoElement(passkey.last_used_ms),
    button,
  ];
}
