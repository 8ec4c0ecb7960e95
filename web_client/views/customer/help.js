/** What a customer who asks first says: what it is about, and a few words if they like. */

import { h } from "../h.js";
import { t } from "../i18n.js";
import { errorPlace, screenHeading, setError, submitButton } from "../parts.js";
import { sentenceOf } from "../failure.js";
import { TOPIC_KEYS } from "../words.js";
import { secretIn } from "../../protocol/typed_secrets.js";

const LONGEST_WORDS = 200;

/**
 * @param {import("../../protocol/shapes").Me} me
 * @param {(wish: { topic: string, words: string }) => Promise<void>} ask
 */
export function askScreen(me, ask) {
  const error = errorPlace();
  error.id = "help-error";
  const words = h("textarea", {
    id: "help-words",
    rows: 3,
    maxlength: LONGEST_WORDS,
    "aria-describedby": "help-words-hint help-error",
  });
  const button = submitButton(t("help.ask"));
  const form = h(
    "form",
    { class: "stack", novalidate: true },
    h(
      "fieldset",
      { class: "choices" },
      h("legend", {}, t("help.title")),
      Object.entries(TOPIC_KEYS).map(([topic, key]) => topicChoice(topic, t(key))),
    ),
    h("label", { for: "help-words" }, t("help.words")),
    h("p", { class: "hint", id: "help-words-hint" }, t("help.words_hint")),
    words,
    error,
    h("div", { class: "actions" }, button),
  );
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const topic = new FormData(form).get("topic");
    const fault = topic ? secretFault(words.value) : t("help.choose_topic");
    setError(error, fault);
    if (fault) return;
    button.disabled = true;
    try {
      await ask({ topic: String(topic), words: words.value.replaceAll(/\s+/g, " ") });
    } catch (problem) {
      setError(error, sentenceOf(problem));
    }
    button.disabled = false;
  });
  return h(
    "div",
    { class: "screen" },
    screenHeading(t("help.page_title")),
    h("p", { class: "lead" }, t("help.lead")),
    h("p", { class: "quiet" }, t("help.nothing_shown")),
    h("p", { class: "own-name" }, t("help.who", { name: me.name })),
    form,
  );
}

/**
 * What looks like a code does not leave the page.
 * @param {string} text
 */
function secretFault(text) {
  return secretIn(text) ? t("problem.secret_in_words") : "";
}

/**
 * @param {string} topic
 * @param {string} label
 */
function topicChoice(topic, label) {
  return h(
    "label",
    { class: "choice" },
    h("input", { type: "radio", name: "topic", value: topic }),
    h("span", { class: "choice-text" }, label),
  );
}

/**
 * Whose help it is has to be known: by the organisation's site, or a passkey on the own page. The place in line can come
 * first.
 * @param {(topic: string) => Promise<void>} wait
 */
export function signInScreen(wait) {
  const error = errorPlace();
  const form = h(
    "form",
    { class: "stack", novalidate: true },
    h(
      "fieldset",
      { class: "choices" },
      h("legend", {}, t("help.title")),
      Object.entries(TOPIC_KEYS).map(([topic, key]) => topicChoice(topic, t(key))),
    ),
    error,
    h("div", { class: "actions" }, h("button", { type: "submit", class: "button button-plain" }, t("visit.ask"))),
  );
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const topic = new FormData(form).get("topic");
    setError(error, topic ? "" : t("help.choose_topic"));
    if (!topic) return;
    try {
      await wait(String(topic));
    } catch (problem) {
      setError(error, sentenceOf(problem));
    }
  });
  return h(
    "div",
    { class: "screen" },
    screenHeading(t("help.signed_out")),
    h("p", { class: "lead" }, t("help.signed_out_lead")),
    h("div", { class: "actions" }, h("a", { class: "button button-main", href: "/me" }, t("help.own_page"))),
    h("h2", {}, t("visit.ask")),
    h("p", {}, t("visit.ask_lead")),
    form,
    h("h2", {}, t("visit.otherwise")),
    h("p", {}, t("help.otherwise")),
    document.querySelector(".demo-banner")
      ? h("p", {}, h("a", { href: "/demo" }, t("help.demo")))
      : null,
  );
}
