/** More time for what is shown, by an agreement of its own; or something else, from the beginning. */

import { h } from "../h.js";
import { language, t } from "../i18n.js";
import { actionButton, errorPlace, honestLine, notice, screenHeading, setError, submitButton } from "../parts.js";
import { wordingFor } from "../../protocol/consent.js";
import { choiceGroup, consentSentence, consentWording, durationChoice, EXTRA_CHOICES } from "./consent.js";
import { agreedSurface } from "./agreed.js";
import { SURFACE_KEYS } from "../words.js";

/**
 * @typedef {import("./screen.js").CustomerView} CustomerView
 * @typedef {import("./screen.js").Actions} Actions
 */

/**
 * The two ways on, below what is shown now.
 * @param {Actions} actions
 */
export function waysOn(actions) {
  return h(
    "section",
    { class: "stack" },
    h("h2", {}, t("longer.title")),
    h(
      "div",
      { class: "actions" },
      actionButton(t("longer.ask"), "button-plain", actions.longer),
      actionButton(t("longer.other"), "button-plain", actions.somethingElse),
    ),
    h("p", { class: "hint" }, t("longer.other_hint")),
  );
}

/**
 * The question, while what is shown goes on. Silence means no.
 * @param {CustomerView} view with a proposal
 * @param {Actions} actions
 * @param {() => HTMLElement} before the screen to go back to
 * @returns {import("./screen.js").Screen}
 */
export function longerScreen(view, actions, before) {
  const { proposal } = view;
  const back = actionButton(t("longer.leave"), "button-decline", () => actions.showAgain(before()));
  if (!proposal || proposal.durations_ms.length === 0) return anewScreen(view, actions, back);
  const error = errorPlace();
  const agree = submitButton(t("consent.agree"));
  agree.disabled = true;
  const form = h(
    "form",
    { class: "stack", novalidate: true },
    choiceGroup("duration", t("longer.how_long"), proposal.durations_ms.map(durationChoice), "choices-row"),
    error,
    h("div", { class: "actions actions-equal" }, agree, back),
  );
  form.addEventListener("change", () => {
    agree.disabled = false;
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const durationMs = Number(new FormData(form).get("duration"));
    void send({ surface: agreedSurface(view), extras: proposal.extras, durationMs }, agree, error, actions);
  });
  const node = h(
    "div",
    { class: "screen" },
    screenHeading(t("longer.question")),
    h("p", { class: "lead" }, t("longer.same", { what: whatIsAgreed(view) })),
    consentWording(wordingFor(proposal, language)),
    form,
    honestLine(view),
  );
  return { node };
}

/**
 * One proof carries no more time.
 * @param {CustomerView} view
 * @param {Actions} actions
 * @param {HTMLElement} back
 */
function anewScreen(view, actions, back) {
  const node = h(
    "div",
    { class: "screen" },
    screenHeading(t("longer.question")),
    notice("info", h("p", {}, t("longer.anew", { agent: view.agent.name }))),
    h(
      "div",
      { class: "actions actions-equal" },
      actionButton(t("longer.other"), "button-main", actions.somethingElse),
      back,
    ),
    honestLine(view),
  );
  return { node };
}

/**
 * @param {import("./screen.js").ConsentChoice} choice
 * @param {HTMLButtonElement} agree
 * @param {HTMLElement} error
 * @param {Actions} actions
 */
async function send(choice, agree, error, actions) {
  agree.disabled = true;
  setError(error, "");
  try {
    await actions.agree(choice);
  } catch (problem) {
    setError(error, consentSentence(problem));
    agree.disabled = false;
  }
}

/** @param {CustomerView} view */
function whatIsAgreed(view) {
  const extras = (view.proposal?.extras ?? []).map((extra) => t(EXTRA_CHOICES[extra]?.[0] ?? extra));
  return [t(SURFACE_KEYS[agreedSurface(view)]), ...extras].join(t("longer.and"));
}
