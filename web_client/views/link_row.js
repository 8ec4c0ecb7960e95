/** A link that is shown once, with a button that copies it. */

import { announce } from "./announce.js";
import { h } from "./h.js";
import { t } from "./i18n.js";
import { actionButton } from "./parts.js";

/**
 * @param {string} address
 * @param {string} id of the field
 */
export function linkRow(address, id) {
  const field = h("input", { id, type: "text", readonly: true, value: address, class: "link-field" });
  const button = actionButton(t("invite.copy"), "button-small", () => copy(field));
  return h("div", { class: "link-row" }, field, button);
}

/** @param {HTMLInputElement} field */
async function copy(field) {
  try {
    await navigator.clipboard.writeText(field.value);
    announce(t("invite.copied"));
  } catch {
    field.select();
    announce(t("invite.copy_by_hand"));
  }
}
