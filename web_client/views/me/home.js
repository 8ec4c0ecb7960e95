/** Are you talking to us right now? Asked every few seconds, while somebody looks. Then the ways to everything else. */

import { fill, h } from "../h.js";
import { t, timeOfDay } from "../i18n.js";
import { announce } from "../announce.js";
import { facts, notice, screenHeading } from "../parts.js";
import { heedPlace } from "./heed.js";
import { whileVisible } from "../../protocol/page_visible.js";

const ASKED_EVERY_MS = 5_000;
const CHANNEL_KEYS = { session: "me.by_session", phone: "me.by_phone", mail: "me.by_mail", chat: "me.by_chat" };

/**
 * @param {import("../../protocol/shapes").Me} me
 * @param {import("./actions.js").MeActions} actions
 * @returns {Promise<import("./actions.js").MeScreen>}
 */
export async function homeScreen(me, actions) {
  const place = h("div", { class: "talking", "aria-live": "polite" });
  let shown = "";
  const ask = async () => {
    try {
      const found = await actions.talking();
      const now = JSON.stringify(found.ways);
      if (now === shown) return;
      shown = now;
      fill(place, answer(found));
    } catch (error) {
      shown = "";
      if (/** @type {{ signedOut?: boolean }} */ (error).signedOut) actions.signedOut();
      else fill(place, notice("warning", h("p", {}, t("me.talking_unknown"))));
    }
  };
  await ask();
  const node = h(
    "div",
    { class: "screen" },
    screenHeading(t("me.title")),
    h("p", { class: "own-name" }, t("me.whose", { name: me.name, reference: unbroken(me.reference) })),
    place,
    heedPlace(actions),
    h("nav", { class: "own-ways", "aria-label": t("me.ways") }, WAYS.map(way)),
  );
  const stop = whileVisible(ask, ASKED_EVERY_MS);
  return { node, stop };
}

/** In one piece at the end of a line. @param {string} reference */
const unbroken = (reference) => reference.replaceAll("-", "\u2011");

/** @type {[string, string, string][]} */
const WAYS = [
  ["/help", "help.page_title", "help.hint"],
  ["#looks", "me.looks_title", "me.looks_hint"],
  ["#receipts", "me.receipts_title", "me.receipts_hint"],
  ["#factors", "me.factors_title", "me.factors_hint"],
  ["#data", "me.data_title", "me.data_hint"],
  ["#sign-ins", "me.sign_ins_title", "me.sign_ins_hint"],
];

/** @param {[string, string, string]} names */
function way([href, title, hint]) {
  return h(
    "a",
    { href, class: "own-way" },
    h("span", { class: "own-way-title" }, t(title)),
    h("span", { class: "own-way-hint" }, t(hint)),
  );
}

/** @param {import("../../protocol/shapes").Talking} found */
function answer({ talking, ways }) {
  announce(t(talking ? "me.talking_yes" : "me.talking_no"));
  if (!talking)
    return notice(
      "info",
      h("p", { class: "talking-answer" }, t("me.talking_no")),
      h("p", {}, t("me.talking_no_next")),
    );
  return notice(
    "good",
    h("p", { class: "talking-answer" }, t("me.talking_yes")),
    ways.map(inTouch),
    h("p", {}, t("me.talking_yes_next")),
  );
}

/** @param {import("../../protocol/shapes").InTouch} way */
function inTouch({ channel, since_ms: since, until_ms: until, agent_name: name, agent_number: number, ...rest }) {
  return facts([
    [t("me.who"), `${name}, ${rest.agent_team}`],
    [t("badge.number"), number],
    [t("me.how"), t(CHANNEL_KEYS[channel])],
    [t("badge.case"), rest.case_reference],
    [t("me.when"), until === null ? timeOfDay(since) : t("me.between", { from: timeOfDay(since), until: timeOfDay(until) })],
  ]);
}
