/**
 * The customer's own page. It opens by the organisation's one-use token in the fragment, which no server sees, and only
 * after a click: whoever follows a link that somebody sent shall see first what it is.
 */

import { get, post, Problem, remove } from "../protocol/api.js";
import { byId } from "../views/h.js";
import { t } from "../views/i18n.js";
import { showScreen } from "../views/customer/screen.js";
import { arrivalScreen, failedScreen, refusedScreen, signedOutScreen } from "../views/me/arrival.js";
import { appClockScreen, recoveryCodesScreen } from "../views/me/codes.js";
import { dataScreen } from "../views/me/data.js";
import { factorsScreen } from "../views/me/factors.js";
import { homeScreen } from "../views/me/home.js";
import { knownScreen } from "../views/me/known.js";
import { looksScreen } from "../views/me/looks.js";
import { receiptsScreen } from "../views/me/receipts.js";
import { signInsScreen } from "../views/me/sign_ins.js";
import { sentenceOf } from "../views/failure.js";
import { passkeysKnown } from "../protocol/passkey.js";
import { enterByPasskey, OWN_DATA, OWN_FACTORS, sentenceOfFailure } from "./own_factors.js";
import { OWN_HISTORY } from "./own_history.js";

/** @typedef {import("../protocol/shapes").Me} Me */

const TOKEN = /^#t=([A-Za-z0-9_.-]{1,2048})$/;
/** @type {() => void} */
let leaveScreen = () => {};

/** It leaves the address bar and the history before anything else happens. */
function takeToken() {
  const found = TOKEN.exec(location.hash);
  if (location.hash.startsWith("#t=")) history.replaceState(null, "", location.pathname + location.search);
  return found?.[1] ?? null;
}

/** @param {string} token */
async function arrive(token) {
  await wayIn(token, arrive, async () => {
    /** @type {import("../protocol/shapes").Arrival} */
    const arrival = await post("/me/arrivals", { token });
    const replace = arrival.signed_in !== null;
    showScreen(arrivalScreen(arrival, () => enter(token, replace)));
  });
}

/**
 * @param {string} token
 * @param {boolean} replace whoever else is signed in here, as the screen has said
 */
async function enter(token, replace) {
  await wayIn(token, (again) => enter(again, replace), async () => {
    await post("/me/logins", { token, replace });
    await open();
  });
}

/**
 * @param {string} token
 * @param {(token: string) => Promise<void>} again
 * @param {() => Promise<void>} work
 */
async function wayIn(token, again, work) {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    if (error.status === 401 || error.status === 409) showScreen(refusedScreen(error));
    else showScreen(failedScreen(sentenceOf(error), () => again(token)));
  }
}

/** Which screen the fragment names; the browser's own way back works. */
const SCREENS = new Map([
  ["looks", looksScreen],
  ["receipts", receiptsScreen],
  ["sign-ins", signInsScreen],
  ["factors", factorsScreen],
  ["app-clock", appClockScreen],
  ["recovery-codes", recoveryCodesScreen],
  ["data", dataScreen],
]);

async function open() {
  leaveScreen();
  leaveScreen = () => {};
  try {
    const me = await get("/me");
    const make = SCREENS.get(location.hash.slice(1)) ?? homeScreen;
    const { node, stop } = await make(me, actions);
    leaveScreen = stop;
    showScreen(node);
  } catch (error) {
    if (error instanceof Problem && error.signedOut) showSignedOut();
    else if (error instanceof Problem && error.code === "proof_needed") await showKnown();
    else showScreen(failedScreen(sentenceOf(error), open));
  }
}

/** What the settings ask for beyond the hand-off. */
async function showKnown() {
  try {
    showScreen(await knownScreen(actions));
  } catch (error) {
    showScreen(failedScreen(sentenceOf(error), open));
  }
}

function showSignedOut() {
  const enterHere = () =>
    tried(async () => {
      await enterByPasskey();
      await open();
    });
  showScreen(signedOutScreen(passkeysKnown() ? enterHere : null));
}

/**
 * @param {() => Promise<void>} work
 * @returns {Promise<string>} what went wrong, in a sentence; "" if nothing did
 */
async function tried(work) {
  try {
    await work();
    return "";
  } catch (error) {
    if (error instanceof Problem && error.signedOut) {
      leaveScreen();
      showSignedOut();
      return "";
    }
    return sentenceOfFailure(error);
  }
}

/** @type {import("../views/me/actions.js").MeActions} */
const actions = {
  talking: () => get("/me/contact"),
  history: OWN_HISTORY,
  signOut: async () => {
    await remove("/me/logins/current");
    history.replaceState(null, "", location.pathname + location.search);
    leaveScreen();
    showSignedOut();
  },
  signOutElsewhere: async () => (await post("/me/logins/end-others")).ended,
  signedOut: () => {
    leaveScreen();
    showSignedOut();
  },
  factors: OWN_FACTORS,
  data: OWN_DATA,
  tried,
  again: open,
};

function main() {
  const token = takeToken();
  window.addEventListener("hashchange", () => {
    const another = takeToken();
    if (another) void arrive(another);
    else void open();
  });
  if (token) void arrive(token);
  else void open();
}

try {
  main();
} catch {
  byId("screen", HTMLElement).textContent = t("problem.unknown");
}
