/**
 * Who the other end is, as this page and whoever sits before it found: by the click that accepted a badge, and by words.
 * Kept in this browser, so that a page which is loaded anew can still encrypt for the same other end and nobody else. It
 * is of a session, whatever the server says of who is in it: only another click changes it. The secret cannot be taken out
 * of the browser, nor read by a script.
 *
 * @typedef {object} Introduced
 * @property {string} badge the document of the agent's badge
 * @property {string} transcript of the words compared, base64url; "" where only the badge was accepted
 * @property {CryptoKey | null} secret that the words vouched for
 * @property {string} device the other page's device key, canonical JWK; "" where this browser could not check the badge
 * @property {number} atMs
 */

import { answered, inStore } from "./browser_store.js";

const PLACE = { database: "tachiai introduced", store: "introduced" };
const KEPT_MS = 86_400_000; // no session lives as long
/** Where the browser keeps nothing, it is known as long as this page lives. @type {Map<string, Introduced>} */
const here = new Map();

/**
 * @param {"customer" | "agent"} party this page's
 * @param {{ session: string }} view
 */
const keyOf = (party, { session }) => `${party} ${session}`;

/**
 * @param {"customer" | "agent"} party
 * @param {{ session: string }} view
 * @param {Omit<Introduced, "atMs">} found
 */
export async function keepIntroduced(party, view, found) {
  const kept = { ...found, atMs: Date.now() };
  here.set(keyOf(party, view), kept);
  await inStore(PLACE, "readwrite", async (store) => {
    await answered(store.put(kept, keyOf(party, view)));
    for (const key of await answered(store.getAllKeys())) {
      const one = await answered(store.get(key));
      if (!(Date.now() - one.atMs < KEPT_MS)) await answered(store.delete(key));
    }
  }).catch(() => null);
}

/**
 * @param {"customer" | "agent"} party
 * @param {{ session: string }} view
 * @returns {Promise<Introduced | null>} null where this page found nothing in this session, or does not know any more
 */
export async function introduced(party, view) {
  const key = keyOf(party, view);
  const read = () => inStore(PLACE, "readonly", (store) => answered(store.get(key)));
  return here.get(key) ?? (await read().catch(() => null)) ?? null;
}

/** @param {"customer" | "agent"} party @param {{ session: string }} view */
export async function forgetIntroduced(party, view) {
  here.delete(keyOf(party, view));
  await inStore(PLACE, "readwrite", (store) => answered(store.delete(keyOf(party, view)))).catch(() => null);
}
