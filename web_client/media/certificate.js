/**
 * The certificate that this page's connections are made with: one for the whole session, a reload included, so that the
 * server notices another page in its place. Kept beside the device key; the private half never leaves the browser.
 */

import { kept } from "../protocol/device_key.js";

const NAME = "certificate";
const DAY_MS = 86_400_000;
/** @type {Promise<RTCCertificate> | null} */
let ours = null;

/** @returns {Promise<RTCCertificate>} */
export function ownCertificate() {
  ours ??= kept(NAME, make, (found) => found instanceof RTCCertificate && found.expires > Date.now() + DAY_MS);
  return ours;
}

/** @returns {Promise<string>} "sha-256 AB:CD:…"; "" where the browser does not tell */
export async function ownFingerprint() {
  try {
    const found = (await ownCertificate()).getFingerprints().find((one) => one.algorithm === "sha-256");
    return found?.value ? `sha-256 ${found.value.toUpperCase()}` : "";
  } catch {
    return "";
  }
}

/** @returns {Promise<RTCCertificate>} */
function make() {
  return RTCPeerConnection.generateCertificate(/** @type {EcKeyGenParams} */ ({ name: "ECDSA", namedCurve: "P-256" }));
}
