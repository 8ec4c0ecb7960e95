/** Which screen shows which state. */

import { introductionScreen, introductionStage } from "./introduction.js";
import { verificationScreen } from "./verification.js";
import { consentScreen } from "./consent.js";
import { interruptedScreen, pausedScreen, readyScreen, sharingScreen } from "./sharing.js";
import { endedScreen } from "./ended.js";
import { waitingScreen } from "./waiting.js";

/**
 * @typedef {import("./screen.js").Screen} Screen
 * @typedef {(view: import("./screen.js").CustomerView, actions: import("./screen.js").Actions) => Screen} MakeScreen
 */

/** @type {Record<import("../../protocol/shapes").SessionState, MakeScreen>} */
const SCREENS = {
  invited: introductionScreen,
  waiting: waitingScreen,
  joined: introductionScreen,
  introducing: introductionScreen,
  verifying: verificationScreen,
  consenting: consentScreen,
  ready: readyScreen,
  sharing: sharingScreen,
  paused: pausedScreen,
  interrupted: interruptedScreen,
  ended: endedScreen,
};

/**
 * @param {import("./screen.js").CustomerView} view
 * @param {import("./screen.js").Actions} actions
 * @returns {Screen}
 */
export function screenFor(view, actions) {
  return SCREENS[view.state](view, actions);
}

/**
 * Two views with the same name show the same screen; the newer only updates it.
 * @param {import("./screen.js").CustomerView} view
 * @param {import("../../pages/customer_introduction.js").Progress} progress
 */
export function screenName(view, progress) {
  const state = view.state === "joined" ? "introducing" : view.state;
  if (state === "introducing") return `${state} ${introductionStage(view, progress)}`;
  if (state === "waiting") return `${state} ${view.waiting?.code ?? ""}`;
  if (state === "interrupted") return `${state} ${view.agent_present}`;
  if (state === "verifying") return `${state} ${proofName(view)}`;
  return `${state} ${view.proposal?.nonce ?? ""}`;
}

/**
 * What the page asks for in `verifying`: another question is another screen.
 * @param {import("./screen.js").CustomerView} view
 */
function proofName({ asked, talk_only, methods, verification, fields_from_ms }) {
  const question = asked ? `${asked.level} ${asked.action} ${asked.at_ms}` : "";
  return `${question} ${talk_only} ${methods.length} ${verification?.at_ms ?? ""} ${fields_from_ms}`;
}
