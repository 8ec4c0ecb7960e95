/** The server's time as this page knows it, from the last view; steady between views whatever the local clock does. */

let offsetMs = Date.now() - performance.now();

/** @param {number} serverNowMs UTC milliseconds, from a view that has just come */
export function setServerTime(serverNowMs) {
  offsetMs = serverNowMs - performance.now();
}

/** @returns {number} UTC milliseconds */
export function serverNow() {
  return performance.now() + offsetMs;
}

/**
 * Calls now and then every half second, until stopped.
 * @param {() => void} look
 * @returns {() => void} stop
 */
export function everyHalfSecond(look) {
  look();
  const timer = window.setInterval(look, 500);
  return () => window.clearInterval(timer);
}
