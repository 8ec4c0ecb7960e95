/** The page behind a cancel link: one button, no sign-in. Whoever has the link can stop something, and nothing else. */

import { post, Problem } from "../protocol/api.js";
import { byId, h } from "../views/h.js";
import { t } from "../views/i18n.js";
import { actionButton, errorPlace, notice, screenHeading, setError } from "../views/parts.js";
import { showScreen } from "../views/customer/screen.js";
import { problemSentence } from "../views/words.js";
import { dropTokenFromLanguages, keepTokenOverLanguages, takeToken } from "./link_token.js";

/** @param {string} token */
function askScreen(token) {
  const error = errorPlace();
  const stop = actionButton(t("stopping.stop"), "button-main", async () => {
    setError(error, "");
    setError(error, await tryToStop(token));
  });
  return h(
    "div",
    { class: "screen" },
    screenHeading(t("stopping.title")),
    h("p", { class: "lead" }, t("stopping.lead")),
    notice("info", h("p", {}, t("stopping.takes_away"))),
    error,
    h("div", { class: "actions" }, stop),
    h("p", { class: "quiet" }, t("stopping.was_me")),
  );
}

/**
 * Mail scanners open links too: nothing is stopped before the click.
 * @param {string} token
 * @returns {Promise<string>} what to say, "" once another screen is shown
 */
async function tryToStop(token) {
  try {
    const { outcome } = await post("/cancellations", { token });
    dropTokenFromLanguages();
    showScreen(outcome === "stopped" ? stoppedScreen() : overScreen());
    return "";
  } catch (error) {
    return error instanceof Problem ? problemSentence(error) : t("problem.unknown");
  }
}

function stoppedScreen() {
  return h(
    "div",
    { class: "screen" },
    screenHeading(t("stopping.stopped_title")),
    notice("good", h("p", {}, t("stopping.stopped"))),
    h("p", {}, t("stopping.next")),
    h("p", {}, t("stopping.without")),
  );
}

function overScreen() {
  return h(
    "div",
    { class: "screen" },
    screenHeading(t("stopping.over_title")),
    notice("warning", h("p", {}, t("stopping.over"))),
  );
}

const token = takeToken();
window.addEventListener("hashchange", () => location.reload());
if (token) {
  keepTokenOverLanguages(token);
  showScreen(askScreen(token));
} else if (byId("screen", HTMLElement)) {
  showScreen(overScreen());
}
