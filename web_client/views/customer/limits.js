/** A browser that can prove who somebody is, but not show anything: said before the invitation is claimed, and after. */

import { h } from "../h.js";
import { t } from "../i18n.js";
import { actionButton, agentBadge, notice, screenHeading } from "../parts.js";

/** @param {string[]} missing from `missingCapabilities` */
export function limitsNotice(missing) {
  return notice(
    "warning",
    h("p", {}, h("strong", {}, t("limits.title"))),
    h("p", {}, t(reasonKey(missing))),
    h("p", {}, t("limits.next")),
  );
}

/** @param {string[]} missing */
function reasonKey(missing) {
  if (missing.includes("surface")) return "limits.surface";
  return missing.includes("encryption") && !missing.includes("capture") ? "limits.encryption" : "limits.capture";
}

/**
 * In place of the consent: nothing could be shown, so nothing is asked.
 * @param {import("./screen.js").CustomerView} view
 * @param {import("./screen.js").Actions} actions
 * @returns {import("./screen.js").Screen}
 */
export function provedOnlyScreen(view, actions) {
  const agent = view.agent.name;
  const node = h(
    "div",
    { class: "screen" },
    screenHeading(t("limits.proved")),
    h("p", { class: "lead" }, t("limits.proved_lead", { agent })),
    notice("info", h("p", {}, t("limits.proved_next", { agent }))),
    h("div", { class: "actions" }, actionButton(t("limits.finish"), "button-main", actions.decline)),
    agentBadge(view),
  );
  return { node };
}
