/** Whether one is linked to the organisation's own sign-in, and what to do about it. */

import { h } from "../h.js";
import { t } from "../i18n.js";
import { actionButton, facts } from "../parts.js";
import { agoElement, dateTimeElement } from "../times.js";

/**
 * @typedef {object} OwnIdentity
 * @property {string | null} provider what it is called; "" for no name of its own, null where there is none
 * @property {number | null} linked_at_ms
 * @property {number | null} last_used_ms
 */

/** @param {string} provider */
export function providerWord(provider) {
  return provider || t("account.provider");
}

/**
 * @param {OwnIdentity} own
 * @param {{ link: () => unknown, unlink: () => unknown }} acts
 */
export function identityPart({ provider, linked_at_ms: since, last_used_ms: used }, acts) {
  const word = providerWord(provider ?? "");
  if (since === null)
    return [
      h("p", {}, t("account.not_linked", { provider: word })),
      h("div", { class: "actions" }, actionButton(t("account.link"), "button-plain", acts.link)),
    ];
  return [
    facts([
      [t("account.linked_to"), word],
      [t("account.since"), dateTimeElement(since)],
      [t("account.passkey_used"), used === null ? t("account.passkey_never") : agoElement(used)],
    ]),
    h("div", { class: "actions" }, actionButton(t("account.unlink"), "button-plain", acts.unlink)),
  ];
}
