/**
 * The ways from this browser to the gate: straight by UDP, and through the TURN server where there is one.
 *
 * @typedef {import("../protocol/shapes").RelayFacts} RelayFacts
 */

/**
 * The browser tries all of them at once and keeps the best. The gate needs to be told none of this browser's
 * candidates: it answers whoever proves the password. So nothing waits for a slow TURN server.
 * @param {RelayFacts | null} relay of the newest view
 * @returns {RTCIceServer[]}
 */
export function iceServers(relay) {
  if (!relay) return [];
  const { urls, username, credential } = relay;
  return [{ urls, username, credential }];
}
