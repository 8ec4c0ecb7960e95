/**
 * What this browser keeps (IndexedDB): databases of one store each, opened for a piece of work and closed after it.
 *
 * @typedef {object} Place
 * @property {string} database
 * @property {string} store
 */

/**
 * Once this resolves, what was written is on the disk: not when the browser has only taken note of it.
 * @template T
 * @param {Place} place made if it is not there
 * @param {IDBTransactionMode} mode
 * @param {(store: IDBObjectStore) => Promise<T>} work waits for nothing but the store
 * @returns {Promise<T>}
 * @throws {DOMException} the browser keeps nothing, or refuses this; nothing of the work is kept then
 */
export async function inStore({ database: name, store }, mode, work) {
  const request = indexedDB.open(name, 1);
  request.onupgradeneeded = () => request.result.createObjectStore(store);
  const database = await answered(request);
  try {
    const transaction = database.transaction(store, mode, { durability: "strict" });
    const [result] = await Promise.all([work(transaction.objectStore(store)), completed(transaction)]);
    return result;
  } finally {
    database.close();
  }
}

/**
 * @template T
 * @param {IDBRequest<T>} request
 * @returns {Promise<T>}
 */
export function answered(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

/**
 * @param {IDBTransaction} transaction
 * @returns {Promise<void>}
 */
function completed(transaction) {
  return new Promise((resolve, reject) => {
    transaction.oncomplete = () => resolve();
    transaction.onabort = () => reject(transaction.error);
  });
}
