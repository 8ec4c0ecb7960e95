/** What the curtain over the picture says. */

import { t } from "../i18n.js";

/** @typedef {import("../../protocol/shapes").AgentView} AgentView */

const CURTAIN_KEYS = {
  verifying: "curtain.verifying",
  consenting: "curtain.consenting",
  ready: "curtain.ready",
  sharing: "curtain.sharing",
  paused: "curtain.paused",
  interrupted: "curtain.interrupted",
};

/**
 * @param {string} state
 * @returns {state is keyof typeof CURTAIN_KEYS} whether the picture's place is on the page
 */
export function pictureNeeded(state) {
  return state in CURTAIN_KEYS;
}

/** @param {AgentView} view */
export function curtainSentence({ state }) {
  return pictureNeeded(state) ? t(CURTAIN_KEYS[state]) : "";
}
