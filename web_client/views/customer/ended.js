/** The end: why, that nothing is shown any more, and what to do next. */

import { h } from "../h.js";
import { t } from "../i18n.js";
import { actionButton, endedAt, notice, screenHeading } from "../parts.js";
import { keepReceipts } from "./receipts.js";
import { CUSTOMER_END_KEYS, problemSentence, WAIT_END_KEYS } from "../words.js";

/**
 * @param {import("./screen.js").CustomerView} view
 * @param {import("./screen.js").Actions} actions
 * @returns {import("./screen.js").Screen}
 */
export function endedScreen(view, actions) {
  const cause = view.end?.cause ?? "connection_lost";
  const [title, next] = (view.asked_first ? WAIT_END_KEYS[cause] : null) ?? CUSTOMER_END_KEYS[cause];
  const neverShown = view.purpose === "verify" || view.asked_first;
  const node = h(
    "div",
    { class: "screen" },
    screenHeading(t(title ?? "")),
    notice("good", h("p", {}, t(neverShown ? "end.nothing_was_shown" : "end.nothing_shown"))),
    h("p", { class: "lead" }, t(next ?? "")),
    view.end ? endedAt(view.end) : null,
    cause === "introduction_failed" && !view.asked_first ? afterAnImpostor() : null,
    cause === "verification_failed" ? otherWays() : null,
    view.asked_first ? h("p", {}, h("a", { class: "button button-main", href: "/help" }, t("wait.again"))) : null,
    keepReceipts(actions.receipts, () => true),
    h("p", {}, t("end.doubt")),
  );
  return { node };
}

/** For a new invitation: what may work better than the code that did not. */
function otherWays() {
  return h(
    "section",
    { "aria-labelledby": "other-ways" },
    h("h2", { id: "other-ways" }, t("end.other_ways")),
    h(
      "ul",
      { class: "plain-list" },
      [t("end.other_recovery"), t("end.other_passkey"), t("end.other_clock")].map((way) => h("li", {}, way)),
    ),
    h("p", {}, h("a", { href: "/without-app", target: "_blank", rel: "noopener" }, t("verify.no_codes_either"))),
  );
}

/** What somebody does who may have talked to an impostor, one thing after the other. */
function afterAnImpostor() {
  const steps = [t("doubt.hang_up"), t("doubt.call_us"), t("doubt.said_a_secret"), t("doubt.we_know")];
  return h("ol", { class: "next-steps" }, steps.map((step) => h("li", {}, step)));
}

/**
 * The page no longer holds the session: another window took it over, or the line did not come back.
 * @param {import("../../protocol/api.js").Problem | null} problem
 * @param {boolean} takenOver
 */
export function detachedScreen(problem, takenOver) {
  return h(
    "div",
    { class: "screen" },
    screenHeading(t(takenOver ? "detached.taken_over" : "detached.lost")),
    notice("good", h("p", {}, t("end.nothing_shown"))),
    h("p", { class: "lead" }, t(takenOver ? "detached.taken_over_next" : "detached.lost_next")),
    problem && problem.code !== "offline" ? h("p", { class: "quiet" }, problemSentence(problem)) : null,
    h(
      "div",
      { class: "actions" },
      actionButton(t("detached.again"), "button-main", () => location.reload()),
    ),
  );
}
