/** Gives content to the reader as a file. */

import { h } from "./h.js";

/**
 * @param {Blob} content
 * @param {string} name
 */
export function saveFile(content, name) {
  const address = URL.createObjectURL(content);
  h("a", { href: address, download: name }).click();
  // The browser reads it after the click; what it has begun to read it keeps.
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}
