/**
 * How often this browser has begun to compare words in a session. Kept here, not at the server: a relay that feigns
 * lost connections must not get more tries by saying that there was none yet.
 */

const DATABASE = "tachiai introductions";
const STORE = "runs";
export const RUNS_ALLOWED = 2;

/**
 * @param {string} session
 * @param {"customer" | "agent"} party
 * @param {string} [agent] on a customer's page: the number of the agent it is about, for another one counts anew
 * @returns {Promise<number>} runs begun so far
 */
export async function runsBegun(session, party, agent = "") {
  const database = await openDatabase();
  try {
    return Number((await answered(store(database, "readonly").get(keyOf(session, party, agent)))) ?? 0);
  } finally {
    database.close();
  }
}

/**
 * Count the next run, durably, before anything of it is sent.
 * @param {string} session
 * @param {"customer" | "agent"} party
 * @param {string} [agent] as above
 * @returns {Promise<number>} its number, from 1
 */
export async function beginRun(session, party, agent = "") {
  const database = await openDatabase();
  try {
    const runs = store(database, "readwrite");
    const key = keyOf(session, party, agent);
    const next = Number((await answered(runs.get(key))) ?? 0) + 1;
    await answered(runs.put(next, key));
    return next;
  } finally {
    database.close();
  }
}

/**
 * @param {string} session
 * @param {string} party
 * @param {string} agent
 */
const keyOf = (session, party, agent) => `${party} ${session} ${agent}`.trimEnd();

/**
 * @param {IDBDatabase} database
 * @param {IDBTransactionMode} mode
 */
const store = (database, mode) =>
  database.transaction(STORE, mode, { durability: "strict" }).objectStore(STORE);

/** @returns {Promise<IDBDatabase>} */
function openDatabase() {
  const request = indexedDB.open(DATABASE, 1);
  request.onupgradeneeded = () => request.result.createObjectStore(STORE);
  return answered(request);
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
