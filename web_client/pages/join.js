/** The customer's one page: from the link or the spoken code to the end of the session. */

import { get, Problem } from "../protocol/api.js";
import { byId } from "../views/h.js";
import { t } from "../views/i18n.js";
import { missingCapabilities } from "../media/capability.js";
import { continueScreen, joinCodeScreen, unableScreen } from "../views/customer/gate.js";
import { showScreen, showStep } from "../views/customer/screen.js";
import { claimInvitation } from "./claim.js";
import { Assistance } from "./assistance.js";

let inSession = false;
const TOKEN = /^[A-Za-z0-9_-]{22}$/;

/** The secret part of the link leaves the address bar, the history and every later referrer before anything else. */
function takeToken() {
  const token = location.hash.slice(1);
  if (location.hash) history.replaceState(null, "", location.pathname + location.search);
  return TOKEN.test(token) ? token : null;
}

/**
 * Changing the language loads the page anew; an unclaimed link must survive that.
 * @param {string} token
 */
function keepTokenOverLanguages(token) {
  for (const link of document.querySelectorAll("a[data-language]")) {
    link.addEventListener("click", () => {
      if (link instanceof HTMLAnchorElement) link.hash = token;
    });
  }
}

/** @param {{ token: string } | { code: string }} invitation */
async function claimAndEnter(invitation) {
  await claimInvitation(invitation);
  await enter();
}

async function enter() {
  inSession = true;
  const assistance = new Assistance();
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
  const missing = missingCapabilities();
  showStep("");
  if (missing.length > 0) {
    showScreen(unableScreen(missing));
  } else if (token) {
    keepTokenOverLanguages(token);
    showScreen(continueScreen(() => claimAndEnter({ token })));
  } else if (await hasSession()) {
    await enter();
  } else {
    showScreen(joinCodeScreen((code) => claimAndEnter({ code })));
  }
}

main().catch(() => {
  byId("screen", HTMLElement).textContent = t("problem.offline");
});
