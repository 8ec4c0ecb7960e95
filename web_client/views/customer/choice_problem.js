/** Why a choice in the browser's picker, or a start with it, came to nothing. */

import { SurfaceMismatch } from "../../media/publisher.js";
import { t } from "../i18n.js";
import { SURFACE_KEYS } from "../words.js";

/** The server's own no, in words already. */
export class Refusal extends Error {}

/** @param {unknown} error */
export function choiceSentence(error) {
  if (error instanceof SurfaceMismatch)
    return t("ready.mismatch", { surface: t(SURFACE_KEYS[error.captured]) });
  if (error instanceof Refusal) return error.message;
  const name = error instanceof DOMException ? error.name : "";
  return t(name === "NotAllowedError" ? "ready.nothing_chosen" : "ready.capture_failed");
}
