/** The end: why, that nothing is shown any more, and what to do next. */

import { h } from "../h.js";
import { t } from "../i18n.js";
import { actionButton, endedAt, notice, screenHeading } from "../parts.js";
import { CUSTOMER_END_KEYS, problemSentence } from "../words.js";

/**
 * @param {import("./screen.js").CustomerView} view
 * @returns {import("./screen.js").Screen}
 */
export function endedScreen(view) {
  const cause = view.end?.cause ?? "connection_lost";
  const [title, next] = CUSTOMER_END_KEYS[cause];
  const node = h(
    "div",
    { class: "screen" },
    screenHeading(t(title ?? "")),
    notice("good", h("p", {}, t("end.nothing_shown"))),
    h("p", { class: "lead" }, t(next ?? "")),
    view.end ? endedAt(view.end) : null,
    h("p", {}, t("end.doubt")),
  );
  return { node };
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
