/** What the customer has agreed to show. */

/**
 * @param {import("./screen.js").CustomerView} view
 * @returns {"tab" | "window" | "screen"} the one surface agreed to
 */
export function agreedSurface(view) {
  const scopes = view.consent?.scopes ?? [];
  if (scopes.includes("screen")) return "screen";
  return scopes.includes("window") ? "window" : "tab";
}
