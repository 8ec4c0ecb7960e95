/** A console page that could not load its data says so, and offers to try again. */

import { Problem } from "../protocol/api.js";
import { byId, fill, h } from "./h.js";
import { t } from "./i18n.js";
import { actionButton, notice, setError } from "./parts.js";
import { problemSentence } from "./words.js";

/** @param {unknown} error */
export function sentenceOf(error) {
  return error instanceof Problem ? problemSentence(error) : t("problem.unknown");
}

/**
 * Does it, and says beside it what stood against it.
 * @param {HTMLElement} place from `errorPlace`
 * @param {() => Promise<void>} work
 */
export async function saying(place, work) {
  setError(place, "");
  try {
    await work();
  } catch (error) {
    setError(place, sentenceOf(error));
  }
}

/**
 * @param {string} placeId
 * @param {unknown} error
 * @param {() => unknown} again
 */
export function showFailure(placeId, error, again) {
  if (error instanceof Problem && error.status === 401) {
    location.reload();
    return;
  }
  fill(
    byId(placeId, HTMLElement),
    notice(
      "danger",
      h("p", {}, sentenceOf(error)),
      h("div", { class: "actions" }, actionButton(t("failure.again"), "button-plain", again)),
    ),
  );
}
