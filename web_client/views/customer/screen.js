/**
 * The customer's page shows one screen at a time; each shows one state and offers one main action.
 *
 * @typedef {import("../../protocol/shapes").CustomerView} CustomerView
 *
 * @typedef {object} Screen
 * @property {HTMLElement} node
 * @property {(view: CustomerView) => void} [update] a newer view of the same state
 *
 * @typedef {object} ConsentChoice
 * @property {import("../../protocol/shapes").Surface} surface
 * @property {string[]} extras what was ticked besides
 * @property {number} durationMs
 *
 * @typedef {object} Actions what a screen can ask for; all resolve when the server has answered
 * @property {ReturnType<import("../../pages/customer_introduction.js").CustomerIntroduction["forScreens"]>} introduction
 * @property {() => void} acceptBadge
 * @property {() => void} leave
 * @property {() => void} prolong the customer goes on waiting in line
 * @property {(code: string) => Promise<{ outcome: string, attempts_left: number | null }>} submitCode
 * @property {(code: string) => Promise<{ outcome: string, attempts_left: number | null, recovery_codes_left: number | null }>} submitRecoveryCode
 * @property {(action?: Uint8Array) => Promise<{ outcome: string, attempts_left: number | null }>} usePasskey `action`: hash
 *   of the one action that the screen shows
 * @property {() => Promise<import("./action.js").AskedAction>} askedAction the one change that is to be confirmed
 * @property {() => void} declineProof the customer does not, or cannot, prove what is asked for
 * @property {(choice: ConsentChoice) => Promise<void>} agree
 * @property {() => void} decline
 * @property {() => Promise<void>} choose opens the browser's picker
 * @property {() => void} pause
 * @property {() => import("../../protocol/shapes").PauseCause} pausedBy
 * @property {() => string} resume the sentence that says why not, while more is captured than was agreed to
 * @property {() => void} stop
 * @property {() => void} longer asks for the question about more time
 * @property {() => void} somethingElse what is shown ends, and is agreed to anew
 * @property {(node: HTMLElement) => void} showAgain leaves a question unanswered
 * @property {import("./receipts.js").ReceiptSource} receipts
 */

import { byId, fill } from "../h.js";
import { announce } from "../announce.js";

/** @type {Record<string, string>} */
const STEP_OF_STATE = {
  joined: "who",
  introducing: "who",
  verifying: "prove",
  consenting: "agree",
  ready: "show",
  sharing: "show",
  paused: "show",
};

/**
 * Put a screen on the page, move the focus to its heading and say its title.
 * @param {HTMLElement} node
 */
export function showScreen(node) {
  fill(byId("screen", HTMLElement), node);
  const heading = node.querySelector("h1");
  if (!(heading instanceof HTMLElement)) return;
  heading.focus({ preventScroll: true });
  window.scrollTo({ top: 0 });
  announce(heading.textContent ?? "");
}

/** @param {string} state */
export function showStep(state) {
  const current = STEP_OF_STATE[state];
  const list = byId("steps", HTMLElement);
  list.hidden = current === undefined;
  let done = true;
  for (const item of list.querySelectorAll("li")) {
    const isCurrent = item.dataset.step === current;
    if (isCurrent) done = false;
    item.classList.toggle("step-done", done);
    if (isCurrent) item.setAttribute("aria-current", "step");
    else item.removeAttribute("aria-current");
  }
}
