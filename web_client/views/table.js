/**
 * A table for consoles: a caption for screen readers, a header, rows of cells. The roles are written out, because a
 * browser takes a table whose parts are laid out as blocks, as on narrow screens, for no table.
 */

import { h } from "./h.js";

/**
 * @param {string} caption
 * @param {string[]} headings
 * @param {import("./h.js").Child[][]} rows
 * @param {string} [empty] said instead of an empty table
 * @returns {HTMLElement}
 */
export function table(caption, headings, rows, empty = "") {
  if (rows.length === 0 && empty) return h("p", { class: "empty" }, empty);
  const head = headings.map((heading) => h("th", { scope: "col", role: "columnheader" }, heading));
  const body = rows.map((cells) => rowElement(cells, headings));
  return h(
    "div",
    { class: "table-frame", tabindex: 0, role: "group", "aria-label": caption },
    h(
      "table",
      { role: "table" },
      h("caption", { class: "visually-hidden" }, caption),
      h("thead", { role: "rowgroup" }, h("tr", { role: "row" }, head)),
      h("tbody", { role: "rowgroup" }, body),
    ),
  );
}

/**
 * @param {import("./h.js").Child[]} cells
 * @param {string[]} headings
 */
function rowElement(cells, headings) {
  const elements = cells.map((cell, index) => cellElement(cell, headings[index] ?? ""));
  return h("tr", { role: "row" }, elements);
}

/**
 * @param {import("./h.js").Child} cell
 * @param {string} heading shown beside the cell on narrow screens
 */
function cellElement(cell, heading) {
  return h("td", { role: "cell", "data-heading": heading }, cell);
}

/**
 * @param {string} text
 * @param {"good" | "warn" | "bad" | "live" | "plain"} kind
 */
export function pill(text, kind) {
  return h("span", { class: `pill pill-${kind}` }, text);
}
