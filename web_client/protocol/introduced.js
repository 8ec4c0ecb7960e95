/**
 * What this page's own comparison of words left: whom it was with, and the secret that both pages share. Kept in this
 * browser, so that a page which is loaded anew can still encrypt for the same other end and nobody else. The secret
 * cannot be taken out of the browser, nor read by a script.
 *
 * @typedef {object} Introduced
 * @property {string} transcript base64url
 * @property {CryptoKey} secret
 * @property {string} device the other page's device key, canonical JWK
 * @property {number} atMs
 */

const DATABASE = "tachiai introduced";
const STORE = "introduced";
const KEPT_MS = 86_400_000; // no session lives as long
/** Where the browser keeps nothing, it is known as long as this page lives. @type {Map<string, Introduced>} */
const here = new Map();

/**
 * @param {"customer" | "agent"} party this page's
 * @param {{ session: string, agent: { number: string } }} view
 */
const keyOf = (party, { session, agent }) => `${party} ${session} ${agent.number}`;

/**
 * @param {"customer" | "agent"} party
 * @param {{ session: string, agent: { number: string } }} view
 * @param {Omit<Introduced, "atMs">} found
 */
export async function keepIntroduced(party, view, found) {
  const kept = { ...found, atMs: Date.now() };
  here.set(keyOf(party, view), kept);
  await inStore("readwrite", async (store) => {
    await answered(store.put(kept, keyOf(party, view)));
    for (const key of await answered(store.getAllKeys())) {
      const one = await answered(store.get(key));
      if (!(Date.now() - one.atMs < KEPT_MS)) await answered(store.delete(key));
    }
  }).catch(() => null);
}

/**
 * @param {"customer" | "agent"} party
 * @param {{ session: string, agent: { number: string }, exchange: { transcript: string } }} view
 * @returns {Promise<Introduced | null>} null where this page compared no words with this other end, or where the
 *   server tells of another comparison than this page's
 */
export async function introduced(party, view) {
  const key = keyOf(party, view);
  const found = here.get(key) ?? (await inStore("readonly", (store) => answered(store.get(key))).catch(() => null));
  return found && found.transcript === view.exchange.transcript ? found : null;
}

/** @param {"customer" | "agent"} party @param {{ session: string, agent: { number: string } }} view */
export async function forgetIntroduced(party, view) {
  here.delete(keyOf(party, view));
  await inStore("readwrite", (store) => answered(store.delete(keyOf(party, view)))).catch(() => null);
}

/**
 * @template T
 * @param {IDBTransactionMode} mode
 * @param {(store: IDBObjectStore) => Promise<T>} work
 * @returns {Promise<T>}
 */
async function inStore(mode, work) {
  const request = indexedDB.open(DATABASE, 1);
  request.onupgradeneeded = () => request.result.createObjectStore(STORE);
  const database = await answered(request);
  try {
    return await work(database.transaction(STORE, mode).objectStore(STORE));
  } finally {
    database.close();
  }
}

/**
 * @template T
 * @param {IDBRequest<T>} request
 * @returns {Promise<T>}
 */
function answered(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}
