/** How the agent is in touch with the customer: it decides whether words are compared. */

import { h } from "../h.js";
import { t } from "../i18n.js";

/** @typedef {"voice" | "text"} Contact */

/** @returns {{ node: HTMLElement, contact: () => Contact }} a voice until something else is chosen */
export function contactChoice() {
  const choice = h(
    "select",
    { id: "talking", class: "contact-choice" },
    h("option", { value: "voice" }, t("home.contact_voice")),
    h("option", { value: "text" }, t("home.contact_text")),
  );
  const node = h("p", { class: "talking" }, h("label", { for: "talking" }, t("home.contact")), " ", choice);
  return { node, contact: () => (choice.value === "text" ? "text" : "voice") };
}
