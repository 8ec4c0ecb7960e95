/** What this browser can do here. Asked before an invitation is claimed, so that none is wasted. */

import { encryptionRequired } from "./encryption_policy.js";
import { canTransform } from "./frame_transform.js";
import { capturesUnnamed } from "./surface.js";

/** @typedef {"capture" | "surface" | "connection" | "encryption" | "crypto" | "storage"} Capability */

/** @type {Set<Capability>} */
const FOR_SHOWING = new Set(["capture", "connection", "encryption"]);

/**
 * `surface`: the browser says whether a tab, a window or the screen is captured. Where it does not (Firefox), whatever
 * is shown counts as the whole screen, and needs what that needs.
 * @returns {Capability[]} what is missing; empty when all is there
 */
export function missingCapabilities() {
  /** @type {Capability[]} */
  const missing = [];
  if (typeof navigator.mediaDevices?.getDisplayMedia !== "function") missing.push("capture");
  else if (capturesUnnamed()) missing.push("surface");
  if (typeof globalThis.RTCPeerConnection !== "function") missing.push("connection");
  if (encryptionRequired() && !canTransform()) missing.push("encryption");
  if (!globalThis.crypto?.subtle) missing.push("crypto");
  if (!globalThis.indexedDB) missing.push("storage");
  return missing;
}

/**
 * Without a key of its own a page can take no part in a session.
 * @param {Capability[]} missing
 */
export function canTakePart(missing) {
  return missing.every((one) => FOR_SHOWING.has(one) || one === "surface");
}

/**
 * @param {Capability[]} missing
 */
export function canShow(missing) {
  return !missing.some((one) => FOR_SHOWING.has(one));
}
