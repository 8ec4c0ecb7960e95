/** The customer's one page: from the link or the spoken code to the end of the session. */

import { get, Problem } from "../protocol/api.js";
import { byId } from "../views/h.js";
import { t } from "../views/i18n.js";
import { canShow, canTakePart, missingCapabilities } from "../media/capability.js";
import { continueScreen, joinCodeScreen, unableScreen } from "../views/customer/gate.js";
import { limitsNotice } from "../views/customer/limits.js";
import { showScreen, showStep } from "../views/customer/screen.js";
import { claimInvitation } from "./claim.js";
import { Assistance } from "./assistance.js";
import { keepTokenOverLanguages, takeToken } from "./link_token.js";

const MISSING = missingCapabilities();
const ABLE_TO_SHOW = canShow(MISSING);

let inSession = false;

/** @param {{ token: string } | { code: string }} invitation */
async function claimAndEnter(invitation) {
  await claimInvitation(invitation);
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

/** @returns {Promise<boolean>} whether this browser already holds an unfinished session */
async function hasSession() {
  try {
    const view = await get("/customer/session");
    return view.state !== "ended";
  } catch (error) {
    if (error instanceof Problem && error.status >= 400 && error.status < 500) return false;
    throw error;
  }
}

async function main() {
  const token = takeToken();
  followNewLinks();
  const limits = ABLE_TO_SHOW ? null : limitsNotice(MISSING);
  showStep("");
  if (!canTakePart(MISSING)) {
    showScreen(unableScreen());
  } else if (token) {
    keepTokenOverLanguages(token);
    showScreen(continueScreen(() => claimAndEnter({ token }), limits));
  } else if (await hasSession()) {
    await enter();
  } else {
    showScreen(joinCodeScreen((code) => claimAndEnter({ code }), limits));
  }
}

main().catch(() => {
  byId("screen", HTMLElement).textContent = t("problem.offline");
});
