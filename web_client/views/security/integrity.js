/** What the verifier found, in the reader's language; its own words below, since they name entries and files. */

import { h } from "../h.js";
import { t } from "../i18n.js";
import { notice } from "../parts.js";

/**
 * @typedef {object} Integrity
 * @property {number} exit_code as `tachiai audit verify` gives it
 * @property {string} sentence the verifier's, in English
 * @property {number} size
 * @property {boolean} witnessed a policy of witnesses was asked, too
 */

/** @type {Record<number, [string, string]>} */
const MEANINGS = {
  0: ["log.intact", "log.intact_means"],
  2: ["log.unverified", "log.unverified_means"],
  10: ["log.tampered", "log.tampered_means"],
  11: ["log.rolled_back", "log.rolled_back_means"],
  12: ["log.unwitnessed", "log.unwitnessed_means"],
  13: ["log.incomplete", "log.incomplete_means"],
};

/** @param {Integrity} found */
export function integrityTitle({ exit_code: code }) {
  return t(MEANINGS[code]?.[0] ?? "log.unverified");
}

/** @param {Integrity} found */
export function integrityNotice(found) {
  const witnessed = found.exit_code === 0 && found.witnessed;
  const meaning = witnessed
    ? "log.intact_witnessed"
    : (MEANINGS[found.exit_code]?.[1] ?? "log.unverified_means");
  return notice(
    found.exit_code === 0 ? "good" : "danger",
    h("p", {}, h("strong", {}, integrityTitle(found))),
    h("p", {}, t(meaning, { count: found.size })),
    h("details", {}, h("summary", {}, t("log.verifier_says")), h("p", { lang: "en" }, found.sentence)),
  );
}
