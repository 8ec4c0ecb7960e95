/** Which screen shows which state. */

import { introductionScreen } from "./introduction.js";
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
