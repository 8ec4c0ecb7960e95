/** A passkey in place of a code: one button, and the browser's own window does the rest. */

import { h } from "../h.js";
import { t } from "../i18n.js";
import { actionButton, errorPlace, setError } from "../parts.js";
import { problemSentence } from "../words.js";
import { Problem } from "../../protocol/api.js";
import { PasskeyFailure, passkeysKnown } from "../../protocol/passkey.js";

/**
 * @param {import("./screen.js").Actions} actions
 * @param {(left: number | null) => void} showAttempts
 * @param {"button-main" | "button-plain"} kind one action of a screen is the main one
 * @param {Uint8Array} [action] hash of the one action that this screen shows
 * @returns {HTMLElement | null} null where this browser knows no passkeys
 */
export function passkeyChoice(actions, showAttempts, kind, action) {
  if (!passkeysKnown()) return null;
  const error = errorPlace();
  const button = actionButton(t("passkey.use"), kind, async () => {
    setError(error, "");
    setError(error, await tryPasskey(actions, showAttempts, action));
  });
  button.id = "use-passkey";
  return h(
    "section",
    { "aria-labelledby": "passkey-title" },
    h("h2", { id: "passkey-title" }, t(kind === "button-main" ? "verify.passkey_only_title" : "verify.passkey_title")),
    h("p", {}, t("verify.passkey_lead")),
    error,
    h("div", { class: "actions" }, button),
  );
}

/**
 * @param {import("./screen.js").Actions} actions
 * @param {(left: number | null) => void} showAttempts
 * @param {Uint8Array} [action]
 * @returns {Promise<string>} what to say, "" when it was accepted
 */
async function tryPasskey(actions, showAttempts, action) {
  try {
    const { outcome, attempts_left } = await actions.usePasskey(action);
    if (outcome === "verified") return "";
    showAttempts(attempts_left);
    return t("verify.passkey_refused");
  } catch (error) {
    if (error instanceof PasskeyFailure) return t(`problem.passkey_${error.reason}`);
    return error instanceof Problem ? problemSentence(error) : t("problem.unknown");
  }
}
