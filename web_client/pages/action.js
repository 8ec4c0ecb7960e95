/** The page behind a mail's link: what is about to be changed in the customer's account, and the button that stops it. */

import { post } from "../protocol/api.js";
import { confirmed } from "../views/confirm.js";
import { sentenceOf } from "../views/failure.js";
import { byId, fill, h } from "../views/h.js";
import { t } from "../views/i18n.js";
import { actionButton, errorPlace, facts, notice, screenHeading, setError } from "../views/parts.js";
import { dateTimeElement } from "../views/times.js";
import { actionKindWord } from "../views/words.js";
import { keepTokenOverLanguages, takeToken } from "./link_token.js";

/** @typedef {{ kind: string, summary: string, state: string, due_at_ms: number | null }} ActionToCancel */

/** @type {Record<string, string>} */
const STANDING = {
  approved: "cancel.approved",
  cancelled: "cancel.cancelled",
  released: "cancel.released",
  expired: "cancel.cancelled",
  proposed: "cancel.approved",
  declined: "cancel.cancelled",
};

/**
 * @param {string} token
 * @param {ActionToCancel} action
 */
function show(token, action) {
  const error = errorPlace();
  const stoppable = action.state === "approved";
  fill(
    byId("screen", HTMLElement),
    h(
      "div",
      { class: "screen" },
      screenHeading(t("cancel.title")),
      h(
        "section",
        { class: "card" },
        h("h2", {}, actionKindWord(action.kind)),
        h("p", { class: "lead" }, action.summary),
        stoppable && action.due_at_ms !== null
          ? facts([[t("cancel.due"), dateTimeElement(action.due_at_ms)]])
          : null,
      ),
      notice(action.state === "cancelled" ? "good" : "info", h("p", {}, t(STANDING[action.state] ?? "cancel.released"))),
      error,
      stoppable
        ? h(
            "div",
            { class: "actions" },
            actionButton(t("cancel.stop"), "button-danger", () => stop(token, error)),
          )
        : null,
      h("p", { class: "quiet" }, t(stoppable ? "cancel.fine" : "cancel.doubt")),
    ),
  );
}

/**
 * @param {string} token
 * @param {HTMLElement} error
 */
async function stop(token, error) {
  const question = { title: t("cancel.sure"), text: t("cancel.sure_text"), yes: t("cancel.stop") };
  if (!(await confirmed(question))) return;
  try {
    show(token, await post("/actions/cancelled", { token }));
  } catch (problem) {
    setError(error, sentenceOf(problem));
  }
}

/** @param {string} sentence */
function showNothing(sentence) {
  fill(
    byId("screen", HTMLElement),
    h("div", { class: "screen" }, screenHeading(t("cancel.none_title")), h("p", { class: "lead" }, sentence)),
  );
}

async function main() {
  const token = takeToken();
  if (token === null) return showNothing(t("cancel.none"));
  keepTokenOverLanguages(token);
  try {
    show(token, await post("/actions/shown", { token }));
  } catch (problem) {
    showNothing(sentenceOf(problem));
  }
}

void main();
