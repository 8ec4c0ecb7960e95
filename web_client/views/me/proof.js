/** "Use your passkey": what a screen shows in place of something that needs a fresh proof. */

import { h } from "../h.js";
import { t } from "../i18n.js";
import { actionButton, errorPlace, setError } from "../parts.js";

/**
 * @param {import("../../protocol/shapes").Me} me
 * @returns {boolean} whether this sign-in was proved by a passkey within the last ten minutes
 */
export function isProved(me) {
  return me.level === "V2" && Date.now() < me.level_until_ms;
}

/**
 * @param {string} why what it opens
 * @param {import("./actions.js").MeActions} actions
 */
export function proofCard(why, actions) {
  const error = errorPlace();
  const button = actionButton(t("passkey.use"), "button-main", async () => {
    setError(error, "");
    const sentence = await actions.tried(async () => {
      await actions.factors.prove();
      await actions.again();
    });
    setError(error, sentence);
  });
  return h(
    "section",
    { class: "card", "aria-label": t("passkey.use") },
    h("p", {}, why),
    h("div", { class: "actions" }, button),
    error,
    h("p", { class: "hint" }, t("me.no_passkey")),
  );
}
