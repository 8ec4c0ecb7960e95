/**
 * How often this browser has begun to compare words in a session. Kept here, not at the server: a relay that feigns
 * lost connections must not get more tries by saying that there was none yet.
 */

import { answered, inStore } from "./browser_store.js";

const PLACE = { database: "tachiai introductions", store: "runs" };
export const RUNS_ALLOWED = 2;

/**
 * @param {string} session
 * @param {"customer" | "agent"} party
 * @param {string} [agent] on a customer's page: the number of the agent it is about, for another one counts anew
 * @returns {Promise<number>} runs begun so far
 */
export async function runsBegun(session, party, agent = "") {
  const key = keyOf(session, party, agent);
  return Number((await inStore(PLACE, "readonly", (runs) => answered(runs.get(key)))) ?? 0);
}

/**
 * Count the next run, durably, before anything of it is sent.
 * @param {string} session
 * @param {"customer" | "agent"} party
 * @param {string} [agent] as above
 * @returns {Promise<number>} its number, from 1
 */
export async function beginRun(session, party, agent = "") {
  const key = keyOf(session, party, agent);
  return await inStore(PLACE, "readwrite", async (runs) => {
    const next = Number((await answered(runs.get(key))) ?? 0) + 1;
    await answered(runs.put(next, key));
    return next;
  });
}

/**
 * @param {string} session
 * @param {string} party
 * @param {string} agent
 */
const keyOf = (session, party, agent) => `${party} ${session} ${agent}`.trimEnd();
