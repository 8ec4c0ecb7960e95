/** Whether this browser can do what a share needs. Asked before an invitation is claimed, so that none is wasted. */

/**
 * @returns {string[]} what is missing: `capture`, `connection`, `crypto`, `storage`; empty when all is there
 */
export function missingCapabilities() {
  const missing = [];
  if (typeof navigator.mediaDevices?.getDisplayMedia !== "function") missing.push("capture");
  if (typeof globalThis.RTCPeerConnection !== "function") missing.push("connection");
  if (!globalThis.crypto?.subtle) missing.push("crypto");
  if (!globalThis.indexedDB) missing.push("storage");
  return missing;
}
