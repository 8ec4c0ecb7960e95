/** This sign-in and the others: how it began, until when it lasts, and the ways to end them. */

import { h } from "../h.js";
import { dateAndTime, t } from "../i18n.js";
import { announce } from "../announce.js";
import { actionButton, errorPlace, facts, screenHeading, setError } from "../parts.js";
import { sentenceOf } from "../failure.js";
import { backLink, nothingToStop } from "./actions.js";

const WAY_KEYS = {
  handoff: "me.way_handoff",
  signed: "me.way_handoff",
  passkey: "me.way_passkey",
};
/** In words: a customer knows no levels. */
const PROVED_KEYS = { V0: "me.proved_nothing", V1: "me.proved_code", V2: "me.proved_passkey" };

/**
 * @param {import("../../protocol/shapes").Me} me
 * @param {import("./actions.js").MeActions} actions
 * @returns {Promise<import("./actions.js").MeScreen>}
 */
export async function signInsScreen(me, actions) {
  const error = errorPlace();
  const others = h("p", {}, t(me.others === 0 ? "me.others_none" : "me.others", { count: me.others }));
  const elsewhere = actionButton(t("me.sign_out_elsewhere"), "button-plain", async () => {
    setError(error, "");
    try {
      const count = await actions.signOutElsewhere();
      others.textContent = t("me.others_ended", { count });
      announce(others.textContent);
      elsewhere.remove();
    } catch (problem) {
      setError(error, sentenceOf(problem));
    }
  });
  const node = h(
    "div",
    { class: "screen" },
    screenHeading(t("me.sign_ins_title")),
    h("div", { class: "own-facts" }, facts([
      [t("me.signed_in_by"), t(WAY_KEYS[me.way])],
      [t("me.proved"), t(PROVED_KEYS[me.level])],
      [t("me.signed_in_until"), dateAndTime(me.expires_at_ms)],
    ])),
    h("p", {}, t("me.idle")),
    others,
    error,
    h(
      "div",
      { class: "actions" },
      actionButton(t("me.sign_out"), "button-main", actions.signOut),
      me.others === 0 ? null : elsewhere,
    ),
    backLink(),
  );
  return { node, stop: nothingToStop };
}
