/** Without a proof (V0): what is possible all the same, what is not, and how to get a way to prove who one is. */

import { h } from "../h.js";
import { t } from "../i18n.js";
import { actionButton, agentBadge, notice, screenHeading } from "../parts.js";

/**
 * @param {import("./screen.js").CustomerView} view
 * @param {import("./screen.js").Actions} actions
 * @param {() => void} [back] to the question; none where nothing is asked
 * @returns {import("./screen.js").Screen}
 */
export function talkOnlyScreen(view, actions, back) {
  const names = { agent: view.agent.name, organisation: view.organisation };
  const node = h(
    "div",
    { class: "screen" },
    screenHeading(t("talk.title")),
    h("p", { class: "lead" }, t("talk.lead", names)),
    h(
      "ul",
      { class: "plain-list" },
      h("li", {}, t("talk.may", names)),
      h("li", {}, t("talk.may_not", names)),
    ),
    notice("danger", h("p", {}, t("talk.warning"))),
    h("h2", {}, t("talk.enrol_title")),
    h("p", {}, t("talk.enrol", names)),
    h("p", { class: "quiet" }, t("talk.enrol_never", names)),
    h("p", {}, h("a", { href: "/without-app", target: "_blank", rel: "noopener" }, t("verify.no_codes_either"))),
    h(
      "div",
      { class: "actions" },
      back ? actionButton(t("talk.back"), "button-main", back) : null,
      actionButton(t("verify.leave"), "button-plain", actions.leave),
    ),
    agentBadge(view),
  );
  return { node };
}
