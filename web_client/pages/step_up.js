/**
 * Some acts ask for a proof that it is still the person who signed in. The server says so by the problem
 * `step_up_required`, or `passkey_required` where their passkey alone will do; then a small dialog asks for a passkey, the next code or the
 * organisation's own sign-in, and the act is tried once more.
 */

import { get, Problem, post } from "../protocol/api.js";
import { PasskeyFailure, passkeysKnown, usePasskey } from "../protocol/passkey.js";
import { PROOFS, PROVED } from "../protocol/proof_channel.js";
import { sentenceOf } from "../views/failure.js";
import { t } from "../views/i18n.js";
import { stepUpDialog } from "../views/step_up.js";

const PASSKEY = "passkey_required";
const ASKING = new Set(["step_up_required", PASSKEY]);
/** @typedef {{ passkey: boolean, code: boolean, provider: string | null }} Ways */

/** @type {Ways} */
const ONLY_PASSKEY = { passkey: true, code: false, provider: null };
/** @type {Ways} what staff have, where it cannot be told */
const USUAL = { passkey: true, code: true, provider: null };

/**
 * @template Result
 * @param {"agent" | "security"} door
 * @param {() => Promise<Result>} act
 * @returns {Promise<Result>} throws what `act` throws; `step_up_required` where the dialog was left
 */
export async function withStepUp(door, act) {
  try {
    return await act();
  } catch (problem) {
    if (!(problem instanceof Problem && ASKING.has(problem.code))) throw problem;
    const ways = problem.code === PASSKEY ? ONLY_PASSKEY : await proofWays(door).catch(() => USUAL);
    if (!(await proved(door, ways))) throw problem;
    return act();
  }
}

/**
 * @param {"agent" | "security"} door
 * @param {Ways} ways
 * @returns {Promise<boolean>} false where the dialog was left
 */
export function proved(door, { passkey, code, provider }) {
  return stepUpDialog({
    passkey: passkey && passkeysKnown() ? () => told(() => provedByPasskey(door)) : null,
    code: code ? (typed) => told(() => provedByCode(door, typed)) : null,
    provider: provider === null ? null : { name: provider, address: "/agent/confirm", proved: provedInAnotherTab },
  });
}

/**
 * @param {string} door
 * @returns {Promise<Ways>} what this person has that proves it
 */
export function proofWays(door) {
  return get(`/staff/me/confirmations?door=${door}`);
}

/**
 * @param {() => void} then
 * @returns {() => void} stops listening
 */
function provedInAnotherTab(then) {
  const channel = new BroadcastChannel(PROOFS);
  channel.addEventListener("message", ({ data }) => {
    if (data === PROVED) then();
  });
  return () => channel.close();
}

/**
 * @param {string} door
 * @param {string} code
 */
async function provedByCode(door, code) {
  await post(`/staff/me/confirmations?door=${door}`, { code });
}

/** @param {string} door */
async function provedByPasskey(door) {
  const way = "/staff/me/confirmations/passkey";
  const passkey = await usePasskey(await post(`${way}-options?door=${door}`));
  await post(`${way}?door=${door}`, { passkey });
}

/**
 * @param {() => Promise<void>} proof
 * @returns {Promise<string>} "" if it was right, else a sentence
 */
async function told(proof) {
  try {
    await proof();
    return "";
  } catch (problem) {
    if (problem instanceof Problem && problem.status === 401) location.reload();
    return problem instanceof PasskeyFailure ? t(`problem.passkey_${problem.reason}`) : sentenceOf(problem);
  }
}
