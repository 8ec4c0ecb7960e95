/** Fields for words of the list, as both pages have them: completed while typing, judged by whoever asks. */

import { completions } from "../../protocol/words.js";
import { h } from "../h.js";
import { t } from "../i18n.js";
import { errorPlace, setError, submitButton } from "../parts.js";

/**
 * @param {string[]} labels one a word
 * @param {string[]} list
 * @param {string} language of the list
 * @param {(typed: string[]) => "right" | "unknown" | "wrong"} judge
 * @param {() => number} triesLeft
 */
export function wordForm(labels, list, language, judge, triesLeft) {
  const error = errorPlace();
  error.id = "words-error";
  const fields = labels.map((label, place) => wordField(label, place, list, language));
  const form = h(
    "form",
    { class: "stack word-form", novalidate: true, autocomplete: "off" },
    h("div", { class: "word-fields" }, fields.map(({ node }) => node)),
    error,
    h("div", { class: "actions" }, submitButton(t("words.compare"))),
  );
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const outcome = judge(fields.map(({ input }) => input.value));
    setError(error, sentence(outcome, triesLeft()));
    if (outcome !== "right") fields[0]?.input.focus();
  });
  return form;
}

/**
 * @param {"right" | "unknown" | "wrong"} outcome
 * @param {number} left
 */
function sentence(outcome, left) {
  if (outcome === "unknown") return t("words.not_of_list");
  if (outcome === "wrong") return left > 0 ? t("words.wrong", { count: left }) : t("words.failed");
  return "";
}

/**
 * @param {string} label
 * @param {number} place
 * @param {string[]} list
 * @param {string} language
 */
function wordField(label, place, list, language) {
  const id = `word-${place}`;
  const choices = h("datalist", { id: `${id}-choices` });
  const input = h("input", {
    type: "text",
    id,
    class: "word-field",
    lang: language,
    list: choices.id,
    autocomplete: "off",
    autocapitalize: "none",
    spellcheck: "false",
    maxlength: 40,
    required: true,
    "aria-describedby": "words-error",
  });
  input.addEventListener("input", () => {
    choices.replaceChildren(...completions(input.value, list).map((word) => h("option", { value: word })));
  });
  return { input, node: h("div", { class: "word" }, h("label", { for: id }, label), input, choices) };
}

/**
 * Words to be said, large; each in its own box, so that two never look like one.
 * @param {string[]} words
 * @param {string} language
 */
export function spokenWords(words, language) {
  return h(
    "ol",
    { class: "spoken-words", lang: language },
    words.map((word) => h("li", { class: "spoken-word" }, word)),
  );
}
