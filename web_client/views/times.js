/** Times on screen: in the reader's zone, the exact UTC on hover and for machines. */

import { h } from "./h.js";
import { ago, countdown, dateAndTime, timeOfDay } from "./i18n.js";
import { everyHalfSecond, serverNow } from "./clock.js";

/** @param {number} atMs */
export function timeElement(atMs) {
  return stamped(atMs, timeOfDay(atMs));
}

/** @param {number} atMs */
export function dateTimeElement(atMs) {
  return stamped(atMs, dateAndTime(atMs));
}

/** @param {number} atMs */
export function agoElement(atMs) {
  return stamped(atMs, ago(Math.max(0, serverNow() - atMs)));
}

/**
 * Counts down by itself while it is on the page.
 * @param {number} untilMs
 */
export function countdownElement(untilMs) {
  const element = h("span", { class: "countdown", role: "timer", title: new Date(untilMs).toISOString() });
  let seen = false;
  const stop = everyHalfSecond(() => {
    element.textContent = countdown(untilMs - serverNow());
    if (seen && !element.isConnected) stop();
    seen ||= element.isConnected;
  });
  return element;
}

/**
 * @param {number} atMs
 * @param {string} text
 */
function stamped(atMs, text) {
  const utc = new Date(atMs).toISOString();
  return h("time", { datetime: utc, title: utc }, text);
}
