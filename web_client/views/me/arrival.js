/** Before somebody is signed in on their own page: a way in that waits for a click, one that did not open, none. */

import { h } from "../h.js";
import { t } from "../i18n.js";
import { actionButton, errorPlace, facts, notice, screenHeading, setError } from "../parts.js";
import { problemSentence } from "../words.js";

/**
 * Whose page it is stands first: whoever sends somebody their own link wants them to take it for theirs.
 * @param {import("../../protocol/shapes").Arrival} arrival
 * @param {() => Promise<void>} enter
 */
export function arrivalScreen({ name, reference, signed_in: other }, enter) {
  return h(
    "div",
    { class: "screen" },
    screenHeading(t("me.arrival_title")),
    h("p", { class: "lead" }, t("me.arrival_lead")),
    facts([
      [t("me.arrival_whose"), name],
      [t("me.arrival_reference"), reference],
    ]),
    other === null ? null : notice("danger", h("p", {}, t("me.arrival_other", { ...other }))),
    notice("warning", h("p", {}, t("me.arrival_warning"))),
    h(
      "div",
      { class: "actions" },
      actionButton(t(other === null ? "me.arrival_continue" : "me.arrival_replace"), "button-main", enter),
    ),
  );
}

/** @param {import("../../protocol/api.js").Problem} problem */
export function refusedScreen(problem) {
  return h(
    "div",
    { class: "screen" },
    screenHeading(t("me.refused_title")),
    h("p", { class: "lead" }, problemSentence(problem)),
    h("p", {}, t("me.refused_doubt")),
  );
}

/** @param {(() => Promise<string>) | null} enterByPasskey what went wrong, in a sentence; null where there are none */
export function signedOutScreen(enterByPasskey) {
  const error = errorPlace();
  return h(
    "div",
    { class: "screen" },
    screenHeading(t("me.signed_out_title")),
    h("p", { class: "lead" }, t("me.signed_out_lead")),
    enterByPasskey === null
      ? null
      : h(
          "section",
          { class: "card", "aria-label": t("passkey.use") },
          h("p", {}, t("me.signed_out_passkey")),
          h(
            "div",
            { class: "actions" },
            actionButton(t("passkey.use"), "button-main", async () => setError(error, await enterByPasskey())),
          ),
          error,
        ),
    notice("info", h("p", {}, t("me.signed_out_doubt"))),
  );
}

/**
 * @param {string} sentence
 * @param {() => unknown} again
 */
export function failedScreen(sentence, again) {
  return h(
    "div",
    { class: "screen" },
    screenHeading(t("me.failed_title")),
    h("p", { class: "lead" }, sentence),
    h("div", { class: "actions" }, actionButton(t("failure.again"), "button-main", again)),
  );
}
