/**
 * The other way in: a customer who is signed in on their own page asks for help, and waits on the session's page. Whoever
 * has not signed in waits here.
 */

import { get, post, Problem } from "../protocol/api.js";
import { openDeviceKey } from "../protocol/device_key.js";
import { canTakePart, missingCapabilities } from "../media/capability.js";
import { unableScreen } from "../views/customer/gate.js";
import { askScreen, signInScreen } from "../views/customer/help.js";
import { showScreen } from "../views/customer/screen.js";
import { sentenceOf } from "../views/failure.js";
import { failedScreen } from "../views/me/arrival.js";
import { language } from "../views/i18n.js";
import { followVisit, openVisit, ownVisit } from "./help_visit.js";

/** @param {{ topic: string, words: string }} wish */
async function ask(wish) {
  const key = await openDeviceKey();
  await post("/help-requests", { ...wish, device_key: key.publicJwk, language });
  location.assign("/join");
}

async function main() {
  if (!canTakePart(missingCapabilities())) return showScreen(unableScreen());
  try {
    const visit = await ownVisit();
    if (visit && visit.state !== "ended") return followVisit(visit);
    showScreen(askScreen(await get("/me"), ask));
  } catch (error) {
    if (error instanceof Problem && error.signedOut) showScreen(signInScreen(openVisit));
    else showScreen(failedScreen(sentenceOf(error), main));
  }
}

void main();
