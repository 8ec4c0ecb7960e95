/** A wait without a sign-in, for as long as this page is open: asked for every few seconds, also in the background. */

import { get, post, Problem } from "../protocol/api.js";
import { openDeviceKey } from "../protocol/device_key.js";
import { setServerTime } from "../views/clock.js";
import { showScreen } from "../views/customer/screen.js";
import { visitEndedScreen, visitMetScreen, visitTicketScreen } from "../views/customer/visit.js";
import { waitingScreen } from "../views/customer/waiting.js";
import { sentenceOf } from "../views/failure.js";
import { language } from "../views/i18n.js";
import { errorPlace, setError } from "../views/parts.js";

/** @typedef {import("../views/customer/visit.js").Visit} Visit */

const ASKED_EVERY_MS = 3_000;

/** @returns {Promise<Visit | null>} */
export function ownVisit() {
  return get("/visits/own");
}

/** @param {string} topic */
export async function openVisit(topic) {
  followVisit(await post("/visits", { topic, language }));
}

/** @param {Visit} visit */
export function followVisit(visit) {
  let screen = "";
  /** @type {{ update?: (view: import("../views/customer/screen.js").CustomerView) => void }} */
  let line = {};
  const error = errorPlace();

  /** @param {Visit} newer */
  const show = async (newer) => {
    setServerTime(newer.server_now_ms);
    const me = newer.state === "met" ? await signedIn() : null;
    const now = `${newer.state} ${newer.code ?? ""} ${newer.agent?.number ?? ""} ${me?.name ?? ""}`;
    if (now === screen) return line.update?.(asView(newer));
    screen = now;
    line = {};
    setError(error, "");
    if (newer.state === "waiting") {
      const waits = waitingScreen(asView(newer), /** @type {any} */ ({ leave, prolong }));
      line = waits;
      waits.node.append(error);
      showScreen(waits.node);
    } else if (newer.state === "accepted") showScreen(visitTicketScreen(newer, leave));
    else if (newer.state === "met") showScreen(visitMetScreen(newer, me, error, { goOn, leave }));
    else showScreen(visitEndedScreen(newer, async () => location.reload()));
  };
  const look = async () => {
    const newer = await ownVisit();
    if (!newer) return location.reload(); // a session goes on with it
    await show(newer);
    if (newer.state !== "ended") window.setTimeout(round, ASKED_EVERY_MS);
  };
  const round = () => {
    void look().catch(() => window.setTimeout(round, ASKED_EVERY_MS)); // the next one may come through
  };
  const leave = async () => {
    await post("/visits/own/leave");
    await show(/** @type {Visit} */ (await ownVisit()));
  };
  const prolong = async () => {
    setError(error, "");
    try {
      await show(await post("/visits/own/prolong"));
    } catch (problem) {
      setError(error, sentenceOf(problem));
    }
  };
  const goOn = async () => {
    setError(error, "");
    try {
      const key = await openDeviceKey();
      await post("/visits/own/session", { device_key: key.publicJwk });
      location.assign("/join");
    } catch (problem) {
      setError(error, sentenceOf(problem));
    }
  };
  void show(visit);
  window.setTimeout(round, ASKED_EVERY_MS);
}

/**
 * As a session's page has it: the line looks the same from both.
 * @param {Visit} visit
 * @returns {import("../views/customer/screen.js").CustomerView}
 */
function asView({ place, expected_ms, until_ms }) {
  const waiting = { place, expected_ms, until_ms, code: null, handed_by: "", handed_to: "" };
  return /** @type {any} */ ({ waiting });
}

/** @returns {Promise<import("../protocol/shapes").Me | null>} */
async function signedIn() {
  try {
    return await get("/me");
  } catch (problem) {
    if (problem instanceof Problem && problem.signedOut) return null;
    throw problem;
  }
}
