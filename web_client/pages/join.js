/** The customer's one page: from the link or the spoken code to the end of the session. */

import { get, Problem } from "../protocol/api.js";
import { byId } from "../views/h.js";
import { t } from "../views/i18n.js";
import { canShow, canTakePart, missingCapabilities } from "../media/capability.js";
import { continueScreen, joinCodeScreen, unableScreen } from "../views/customer/gate.js";
import { limitsNotice } from "../views/customer/limits.js";
import { keepReceipts } from "../views/customer/receipts.js";
import { showScreen, showStep } from "../views/customer/screen.js";
import { claimInvitation } from "./claim.js";
import { Assistance } from "./assistance.js";
import { dropTokenFromLanguages, keepTokenOverLanguages, takeToken } from "./link_token.js";
import { OWN_RECEIPTS } from "./own_receipts.js";

const MISSING = missingCapabilities();
const ABLE_TO_SHOW = canShow(MISSING);

let inSession = false;

/** @param {{ token: string } | { code: string }} invitation */
async function claimAndEnter(invitation) {
  await claimInvitation(invitation);
  dropTokenFromLanguages(); // from here on the cookie leads back; the used link would be refused
  await enter();
}

async function enter() {
  inSession = true;
  const assistance = new Assistance({ ableToShow: ABLE_TO_SHOW });
  await assistance.start();
}

/** A link opened in a tab that is here already changes the fragment alone: start anew with it, unless a session is on. */
function followNewLinks() {
  window.addEventListener("hashchange", () => {
    if (!inSession && location.hash) location.reload();
    else takeToken();
  });
}

/** @returns {Promise<string | null>} the state of the session that this browser holds, or held last */
async function heldState() {
  try {
    return (await get("/customer/session")).state;
  } catch (error) {
    if (error instanceof Problem && error.status >= 400 && error.status < 500) return null;
    throw error;
  }
}

/** @param {HTMLElement | null} limits @param {string | null} state of the session held last */
function codeScreen(limits, state) {
  const screen = joinCodeScreen((code) => claimAndEnter({ code }), limits);
  // Whoever loads the page anew, or in another language, has not saved their receipts with that.
  if (state === "ended") screen.append(keepReceipts(OWN_RECEIPTS, () => true));
  return screen;
}

async function main() {
  const token = takeToken();
  followNewLinks();
  const limits = limitsNotice(MISSING);
  showStep("");
  if (!canTakePart(MISSING)) {
    showScreen(unableScreen());
  } else if (token) {
    keepTokenOverLanguages(token);
    showScreen(continueScreen(() => claimAndEnter({ token }), { limits, ableToShow: ABLE_TO_SHOW }));
  } else {
    const state = await heldState();
    if (state !== null && state !== "ended") await enter();
    else showScreen(codeScreen(limits, state));
  }
}

main().catch(() => {
  byId("screen", HTMLElement).textContent = t("problem.offline");
});
