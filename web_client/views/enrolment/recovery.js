/** A customer's last step: ten recovery codes, on the screen once, to be printed or written down. */

import { h } from "../h.js";
import { t } from "../i18n.js";
import { actionButton, errorPlace, notice, screenHeading, setError } from "../parts.js";
import { neverAsk } from "./screens.js";

/** @typedef {import("./screens.js").EnrolmentActions} EnrolmentActions */

/**
 * Before they are made: somebody may be watching, or the printer may be elsewhere.
 * @param {EnrolmentActions} actions
 */
export function recoveryScreen(actions) {
  const error = errorPlace();
  const show = actionButton(t("recovery.show"), "button-main", async () => {
    setError(error, "");
    setError(error, await actions.makeRecoveryCodes());
  });
  return h(
    "div",
    { class: "screen" },
    screenHeading(t("recovery.title")),
    notice("good", h("p", {}, t("recovery.app_set"))),
    h("p", { class: "lead" }, t("recovery.lead")),
    h(
      "ul",
      { class: "plain-list" },
      h("li", {}, t("recovery.point_once")),
      h("li", {}, t("recovery.point_keep")),
      h("li", {}, t("recovery.point_alone")),
    ),
    error,
    h("div", { class: "actions" }, show),
  );
}

/**
 * @param {string[]} codes in groups of four
 * @param {Pick<EnrolmentActions, "recoveryCodesKept">} actions
 */
export function recoveryCodesScreen(codes, actions) {
  const print = actionButton(t("recovery.print"), "button-plain", () => window.print());
  const kept = actionButton(t("recovery.kept"), "button-main", actions.recoveryCodesKept);
  return h(
    "div",
    { class: "screen" },
    screenHeading(t("recovery.codes_title")),
    h("p", { class: "lead" }, t("recovery.codes_lead")),
    h("ol", { class: "recovery-codes", id: "recovery-codes" }, codes.map((code) => h("li", {}, h("span", {}, code)))),
    h("p", {}, t("recovery.not_phrase")),
    h("div", { class: "no-print" }, neverAsk()),
    h("div", { class: "actions no-print" }, print, kept),
  );
}
