/** A code that somebody reads out. */

import { h } from "./h.js";

/**
 * Large and in groups for the eye; letter by letter for the ear.
 * @param {string} code grouped by hyphens
 */
export function spokenCode(code) {
  const groups = code.split("-").map((group) => h("span", { class: "spoken-group" }, group));
  return [
    h("p", { class: "spoken-code", "aria-hidden": "true" }, groups),
    h("p", { class: "visually-hidden" }, [...code.replaceAll("-", "")].join(" ")),
  ];
}
