/** The page behind an enrolment link: continue, choose a password (staff), add the authenticator app, type its code. */

import { get, post, Problem } from "../protocol/api.js";
import { createPasskey, PasskeyFailure } from "../protocol/passkey.js";
import { byId } from "../views/h.js";
import { t } from "../views/i18n.js";
import { authenticatorScreen, codeScreen } from "../views/enrolment/authenticator.js";
import { passwordScreen } from "../views/enrolment/password.js";
import { recoveryCodesScreen, recoveryScreen } from "../views/enrolment/recovery.js";
import { CLOSED_KEYS, closedScreen, continueScreen, doneScreen, failedScreen } from "../views/enrolment/screens.js";
import { showScreen } from "../views/customer/screen.js";
import { problemSentence } from "../views/words.js";
import { dropTokenFromLanguages, keepTokenOverLanguages, takeToken } from "./link_token.js";

/** @typedef {import("../protocol/shapes").Enrolment} Enrolment */

let holding = false;
let passkeyToo = false;

/** @type {import("../views/enrolment/screens.js").EnrolmentActions} */
const actions = {
  choosePassword: (password) => inPlace(async () => show(await post("/enrolment/password", { password }))),
  newSecret: () => inPlace(showNewSecret),
  confirm: (code) => inPlace(async () => show(await post("/enrolment/finish", { code }))),
  makeRecoveryCodes: () =>
    inPlace(async () => {
      const { recovery_codes: codes } = await post("/enrolment/recovery-codes");
      showScreen(recoveryCodesScreen(codes, actions));
    }),
  recoveryCodesKept: () => {
    holding = false;
    showScreen(doneScreen({ kind: "customer", door: null, passkey: passkeyToo }, actions));
  },
  addPasskey: (label) => inPlace(() => addPasskey(label)),
};

/**
 * In place of an app, or after all else is done.
 * @param {string} label
 */
async function addPasskey(label) {
  const done = !holding;
  const passkey = await createPasskey(await post("/enrolment/passkey-options"));
  const enrolment = await post("/enrolment/passkey", { label, passkey });
  if (done) showScreen(doneScreen({ ...enrolment, passkey: false }, actions));
  else await show(enrolment);
}

/** @param {Enrolment} enrolment */
async function show(enrolment) {
  holding = enrolment.stage !== "done";
  passkeyToo = enrolment.passkey;
  if (enrolment.stage === "password") showScreen(passwordScreen(enrolment, actions));
  else if (enrolment.stage === "authenticator") await showNewSecret(enrolment);
  else if (enrolment.stage === "code") showScreen(codeScreen(enrolment, actions));
  else if (enrolment.stage === "recovery") showScreen(recoveryScreen(actions));
  else showScreen(doneScreen(enrolment, actions));
}

/** @param {Enrolment} [known] */
async function showNewSecret(known) {
  const enrolment = known ?? (await get("/enrolment"));
  const secret = await post("/enrolment/secret");
  showScreen(authenticatorScreen(enrolment, secret, actions));
}

/**
 * For what is asked from within a screen.
 * @param {() => Promise<void>} work
 * @returns {Promise<string>} what to say there; "" once another screen is shown
 */
async function inPlace(work) {
  try {
    await work();
    return "";
  } catch (error) {
    if (error instanceof PasskeyFailure) return t(`problem.passkey_${error.reason}`);
    if (!(error instanceof Problem)) return t("problem.unknown");
    if (error.code in CLOSED_KEYS) {
      close(error.code);
      return "";
    }
    return problemSentence(error);
  }
}

/** @param {string} code */
function close(code) {
  holding = false;
  showScreen(closedScreen(code));
}

/** @param {string} token */
async function claim(token) {
  const enrolment = await post("/enrolment/claim", { token });
  dropTokenFromLanguages();
  await show(enrolment);
}

/** Where this browser is on its way: after a reload, or without a link. */
async function goOn() {
  const sentence = await inPlace(async () => show(await get("/enrolment")));
  if (sentence) showScreen(failedScreen(sentence, goOn));
}

/** Another link opened in this tab changes the fragment alone. Nothing that is being typed is lost to it. */
function followNewLinks() {
  window.addEventListener("hashchange", () => {
    if (!holding && location.hash) location.reload();
    else takeToken();
  });
}

async function main() {
  const token = takeToken();
  followNewLinks();
  if (!token) return goOn();
  keepTokenOverLanguages(token);
  showScreen(continueScreen(() => inPlace(() => claim(token))));
}

main().catch(() => {
  byId("screen", HTMLElement).textContent = t("problem.unknown");
});
