/** Who is this? The agent's badge, before anything is asked of the customer. */

import { h } from "../h.js";
import { t } from "../i18n.js";
import { actionButton, agentBadge, honestLine, notice, screenHeading } from "../parts.js";

/** @typedef {import("./screen.js").Screen} Screen */

/**
 * @param {import("./screen.js").CustomerView} view
 * @param {import("./screen.js").Actions} actions
 * @returns {Screen}
 */
export function introductionScreen(view, actions) {
  const node = h(
    "div",
    { class: "screen" },
    screenHeading(t("badge.title")),
    agentBadge(view),
    h("p", {}, t("badge.compare")),
    notice("warning", h("p", {}, t("badge.never_ask"))),
    h(
      "div",
      { class: "actions" },
      actionButton(t("badge.accept"), "button-main", actions.acceptBadge),
      actionButton(t("badge.leave"), "button-plain", actions.leave),
    ),
    honestLine(),
  );
  return { node };
}
