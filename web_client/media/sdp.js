/** The little that has to be changed in session descriptions, read line by line, never guessed. */

const BITRATES = "x-google-min-bitrate=300;x-google-start-bitrate=2500;x-google-max-bitrate=6000";

/** Those that the gate passes on (session/media/negotiation.py). */
const EXTENSIONS = new Set([
  "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01",
  "urn:ietf:params:rtp-hdrext:sdes:mid",
  "http://www.webrtc.org/experiments/rtp-hdrext/video-content-type",
]);

/**
 * No other extensions of packets' headers: they lie outside of the encryption, and one turns a picture, another changes
 * its colours.
 * @param {string} sdp the gate's offer
 * @returns {string}
 */
export function withKnownExtensions(sdp) {
  const known = (/** @type {string} */ line) => !line.startsWith("a=extmap:") || EXTENSIONS.has(line.split(" ")[1] ?? "");
  return sdp.split(/\r?\n/).filter(known).join("\r\n");
}

/**
 * Ask Chromium's bandwidth estimate to begin high enough for text to be readable from the first second. Other
 * browsers ignore the parameter.
 * @param {string} sdp the gate's answer
 * @returns {string}
 */
export function withStartBitrate(sdp) {
  const lines = sdp.split("\r\n");
  const payload = payloadTypeOf(lines, "VP8");
  if (payload === null) return sdp;
  const at = lines.findIndex((line) => line.startsWith(`a=fmtp:${payload} `));
  if (at >= 0) lines[at] = `${lines[at]};${BITRATES}`;
  else lines.splice(rtpmapIndex(lines, payload) + 1, 0, `a=fmtp:${payload} ${BITRATES}`);
  return lines.join("\r\n");
}

/**
 * @param {string[]} lines
 * @param {string} codec
 * @returns {string | null}
 */
function payloadTypeOf(lines, codec) {
  for (const line of lines) {
    const found = /^a=rtpmap:(\d+) ([A-Za-z0-9]+)\//.exec(line);
    if (found && found[2] === codec) return found[1] ?? null;
  }
  return null;
}

/**
 * @param {string[]} lines
 * @param {string} payload
 */
function rtpmapIndex(lines, payload) {
  return lines.findIndex((line) => line.startsWith(`a=rtpmap:${payload} `));
}
