/** What waits for a second agent, and what is held back: approving and cancelling. */

import { get, post } from "../protocol/api.js";
import { waitingList } from "../views/agent/waiting_actions.js";
import { announce } from "../views/announce.js";
import { confirmed } from "../views/confirm.js";
import { sentenceOf, showFailure } from "../views/failure.js";
import { byId, fill } from "../views/h.js";
import { t } from "../views/i18n.js";
import { errorPlace, setError } from "../views/parts.js";
import { withStepUp } from "./step_up.js";

/** @typedef {import("../views/agent/waiting_actions.js").WaitingAction} WaitingAction */

const error = errorPlace();
byId("actions-error", HTMLElement).append(error);

async function load() {
  try {
    fill(byId("actions", HTMLElement), waitingList(await get("/agent/actions"), approve, cancel));
  } catch (problem) {
    showFailure("actions", problem, load);
  }
}

/** @param {WaitingAction} action */
async function approve(action) {
  const question = { title: t("actions.approve_title"), text: action.summary, yes: t("actions.approve") };
  if (!(await confirmed(question))) return;
  await attempt(
    () => withStepUp("agent", () => post(`/agent/actions/${action.id}/approve`)),
    t("actions.approved"),
  );
}

/** @param {WaitingAction} action */
async function cancel(action) {
  const question = { title: t("actions.cancel_title"), text: action.summary, yes: t("actions.cancel") };
  if (!(await confirmed(question))) return;
  await attempt(() => post(`/agent/actions/${action.id}/cancel`), t("actions.cancelled"));
}

/**
 * @param {() => Promise<unknown>} work
 * @param {string} done what is said then
 */
async function attempt(work, done) {
  setError(error, "");
  try {
    await work();
    announce(done);
  } catch (problem) {
    setError(error, sentenceOf(problem));
  }
  await load();
}

void load();
