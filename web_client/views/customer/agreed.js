/** What the customer has agreed to show, and what is shown. */

import { t } from "../i18n.js";
import { SURFACE_KEYS } from "../words.js";

/**
 * @param {import("./screen.js").CustomerView} view
 * @returns {"tab" | "window" | "screen"} the one surface agreed to
 */
export function agreedSurface(view) {
  const scopes = view.consent?.scopes ?? [];
  if (scopes.includes("screen")) return "screen";
  return scopes.includes("window") ? "window" : "tab";
}

/**
 * @param {import("./screen.js").CustomerView} view
 * @returns {string} in the customer's words; a browser that does not say what it captures was asked by them alone
 */
export function shownWord(view) {
  const shown = view.surface_shown ?? agreedSurface(view);
  return t(shown === "unknown" ? "surface.picked" : SURFACE_KEYS[shown]);
}
