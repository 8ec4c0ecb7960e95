/** Says changes of state to people who listen to the page, once each, through the page's live region. */

import { byId } from "./h.js";

let last = "";

/** @param {string} sentence */
export function announce(sentence) {
  if (sentence === last) return;
  last = sentence;
  byId("live-region", HTMLElement).textContent = sentence;
}
