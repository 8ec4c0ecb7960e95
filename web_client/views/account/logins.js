/** The live sign-ins of one person, for that person. */

import { h } from "../h.js";
import { t } from "../i18n.js";
import { actionButton } from "../parts.js";
import { pill, table } from "../table.js";
import { agoElement, dateTimeElement } from "../times.js";

/**
 * @typedef {object} OwnLogin
 * @property {string} id
 * @property {string} door
 * @property {"password" | "passkey" | "provider" | "provider_and_code"} means
 * @property {string} browser
 * @property {number} started_at_ms
 * @property {number} last_seen_ms
 * @property {boolean} this
 */

const DOOR_KEYS = /** @type {Record<string, string>} */ ({
  agent: "account.door_agent",
  security: "account.door_security",
});
const HEADINGS = [
  "account.browser",
  "account.door",
  "account.means",
  "account.since",
  "account.seen",
  "account.act",
];
const MEANS_KEYS = {
  password: "account.by_password",
  passkey: "account.by_passkey",
  provider: "account.by_provider",
  provider_and_code: "account.by_provider_and_code",
};

/**
 * @param {OwnLogin[]} logins
 * @param {(login: OwnLogin) => unknown} end
 */
export function loginTable(logins, end) {
  const headings = HEADINGS.map((key) => t(key));
  return table(
    t("account.logins"),
    headings,
    logins.map((login) => row(login, end)),
  );
}


/**
 * @param {OwnLogin} login
 * @param {(login: OwnLogin) => unknown} end
 * @returns {import("../h.js").Child[]}
 */
function row(login, end) {
  const browser = login.browser || t("account.browser_unknown");
  return [
    browser,
    t(DOOR_KEYS[login.door] ?? login.door),
    t(MEANS_KEYS[login.means]),
    dateTimeElement(login.started_at_ms),
    agoElement(login.last_seen_ms),
    login.this
      ? pill(t("account.this"), "good")
      : endButton(login, browser, end),
  ];
}

/**
 * @param {OwnLogin} login
 * @param {string} browser
 * @param {(login: OwnLogin) => unknown} end
 */
function endButton(login, browser, end) {
  const button = actionButton(t("account.end"), "button-small", () => end(login));
  button.append(h("span", { class: "visually-hidden" }, ` (${browser})`));
  return button;
}
