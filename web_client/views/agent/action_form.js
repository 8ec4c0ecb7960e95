/** Proposing one exact change, and what became of those proposed in this session. */

import { h } from "../h.js";
import { t } from "../i18n.js";
import { errorPlace, setError, submitButton } from "../parts.js";
import { ACTION_KIND_KEYS, actionKindWord, actionStateWord } from "../words.js";

/**
 * @typedef {object} ProposedAction
 * @property {string} id
 * @property {string} kind
 * @property {string} summary
 * @property {string} state
 * @property {boolean} confirmed
 */

/**
 * @param {(kind: string, summary: string) => Promise<string>} propose "" if the customer is asked, else a sentence
 */
export function actionForm(propose) {
  const error = errorPlace();
  error.id = "action-error";
  const kind = h(
    "select",
    { id: "action-kind", class: "select-field" },
    Object.keys(ACTION_KIND_KEYS).map((name) => h("option", { value: name }, actionKindWord(name))),
  );
  const summary = h("input", {
    id: "action-summary",
    type: "text",
    maxlength: 200,
    required: true,
    autocomplete: "off",
    "aria-describedby": "action-hint action-error",
  });
  const form = h(
    "form",
    { class: "stack", novalidate: true },
    h("label", { for: "action-kind" }, t("actions.kind")),
    kind,
    h("label", { for: "action-summary" }, t("actions.summary")),
    summary,
    h("p", { class: "hint", id: "action-hint" }, t("actions.hint")),
    error,
    h("div", { class: "actions" }, submitButton(t("actions.propose"))),
  );
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const text = summary.value.trim();
    const sentence = text === "" ? t("actions.empty") : await propose(kind.value, text);
    setError(error, sentence);
    if (sentence === "") summary.value = "";
    else summary.focus();
  });
  return form;
}

/** @param {ProposedAction[]} actions */
export function proposedList(actions) {
  if (actions.length === 0) return null;
  return h(
    "ul",
    { class: "plain-list" },
    actions.map((action) =>
      h(
        "li",
        {},
        h("strong", {}, actionKindWord(action.kind)),
        ": ",
        action.summary,
        " – ",
        action.state === "proposed" && action.confirmed ? t("actions.confirmed") : actionStateWord(action.state),
      ),
    ),
  );
}
