/**
 * What this browser cannot do: said before the invitation is claimed, and after. One can prove who somebody is and show
 * nothing; another can show, and does not tell the page what.
 */

import { canShow } from "../../media/capability.js";
import { capturesUnnamed, keepable } from "../../media/surface.js";
import { h } from "../h.js";
import { t } from "../i18n.js";
import { actionButton, agentBadge, notice, screenHeading } from "../parts.js";

/**
 * @param {import("../../media/capability.js").Capability[]} missing from `missingCapabilities`
 * @returns {HTMLElement | null} null where nothing is missing
 */
export function limitsNotice(missing) {
  if (missing.length === 0) return null;
  if (canShow(missing)) return saying("limits.screen_only", "limits.surface", "limits.screen_only_next");
  return saying("limits.title", reasonKey(missing), "limits.next");
}

/** @param {string[]} keys the title's, and two sentences' */
function saying(...keys) {
  const [title = "", reason = "", next = ""] = keys;
  return notice(
    "warning",
    h("p", {}, h("strong", {}, t(title))),
    h("p", {}, t(reason)),
    h("p", {}, t(next)),
  );
}

/** @param {string[]} missing */
function reasonKey(missing) {
  return missing.includes("encryption") && !missing.includes("capture") ? "limits.encryption" : "limits.capture";
}

/** Beside the ways to prove who one is, where only one of them leads on to showing something. */
export function passkeyToShow() {
  return capturesUnnamed() ? notice("info", h("p", {}, t("limits.passkey_to_show"))) : null;
}

/**
 * @param {import("./screen.js").CustomerView} view
 * @returns {boolean} whether this browser can be held to anything of what is offered
 */
export function canAgree({ proposal }) {
  return !proposal || keepable(proposal.surfaces).length > 0;
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
    notice("info", h("p", {}, t(capturesUnnamed() ? "limits.proved_passkey" : "limits.proved_next", { agent }))),
    h("div", { class: "actions" }, actionButton(t("limits.finish"), "button-main", actions.decline)),
    agentBadge(view),
  );
  return { node };
}
