/**
 * The gate's side of a test, written as the answer to an offer of a data channel. The gate answers connectivity checks of it and
 * speaks nothing else, so there is no channel in the end: that checks are answered is what is to be known.
 *
 * @typedef {import("./connection_test.js").GateFacts} GateFacts
 */

const NO_FINGERPRINT = Array(32).fill("00").join(":");
const LOWEST_PREFERENCE = 65_535;

/**
 * @param {string} offer this browser's
 * @param {GateFacts} gate
 */
export function trialAnswer(offer, { addresses, port, ufrag, password }) {
  const mid = /^a=mid:(\S{1,16})/m.exec(offer)?.[1] ?? "0";
  return [
    "v=0",
    "o=- 1 1 IN IP4 0.0.0.0",
    "s=-",
    "t=0 0",
    "a=ice-lite",
    `a=group:BUNDLE ${mid}`,
    `m=application ${port} UDP/DTLS/SCTP webrtc-datachannel`,
    `c=IN ${family(addresses[0] ?? "")} ${addresses[0]}`,
    `a=mid:${mid}`,
    "a=sctp-port:5000",
    `a=ice-ufrag:${ufrag}`,
    `a=ice-pwd:${password}`,
    `a=fingerprint:sha-256 ${NO_FINGERPRINT}`,
    "a=setup:active", // the other side would begin a handshake, and never does
    ...addresses.map(
      (address, index) =>
        `a=candidate:${index + 1} 1 udp ${priority(index)} ${address} ${port} typ host`,
    ),
    "a=end-of-candidates",
    "",
  ].join("\r\n");
}

/**
 * Of a host candidate, by the operator's order (RFC 8445 clause 5.1.2).
 * @param {number} index
 */
function priority(index) {
  return 126 * 2 ** 24 + (LOWEST_PREFERENCE - index) * 256 + 255;
}

/** @param {string} address */
function family(address) {
  return address.includes(":") ? "IP6" : "IP4";
}
