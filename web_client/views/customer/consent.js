/** What exactly is agreed to: the wording, what is shown, for how long. Nothing is chosen in advance; silence means no. */

import { h } from "../h.js";
import { language, t } from "../i18n.js";
import { actionButton, errorPlace, honestLine, notice, screenHeading, setError, submitButton } from "../parts.js";
import { problemSentence } from "../words.js";
import { Problem } from "../../protocol/api.js";
import { ConsentRefused, wordingFor } from "../../protocol/consent.js";
import { capturesUnnamed, keepable } from "../../media/surface.js";

/** @typedef {import("../../protocol/shapes").Surface} Surface */

const SURFACE_CHOICES = {
  tab: ["consent.tab", "consent.tab_hint"],
  window: ["consent.window", "consent.window_hint"],
  screen: ["consent.screen", "consent.screen_hint"],
};

const UNNAMED_CHOICE = ["consent.screen", "consent.screen_unnamed_hint"];

/** @type {Record<string, [string, string]>} */
export const EXTRA_CHOICES = {
  chat: ["consent.chat", "consent.chat_hint"],
  pointer: ["consent.pointer", "consent.pointer_hint"],
};

/**
 * @param {import("./screen.js").CustomerView} view
 * @param {import("./screen.js").Actions} actions
 * @returns {import("./screen.js").Screen}
 */
export function consentScreen(view, actions) {
  const { proposal } = view;
  if (!proposal) return { node: h("div", { class: "screen" }, screenHeading(t("consent.title"))) };
  const wording = wordingFor(proposal, language);
  const node = h(
    "div",
    { class: "screen" },
    screenHeading(t("consent.title")),
    consentWording(wording),
    capturesUnnamed() ? notice("warning", h("p", {}, t("consent.unnamed"))) : null,
    choiceForm(proposal, actions),
    honestLine(view),
  );
  return { node };
}

/**
 * What is signed names the hash of this text, as it is read back from here.
 * @param {import("../../protocol/shapes").Wording} wording
 */
export function consentWording(wording) {
  const attributes = { class: "consent-wording", id: "consent-wording", lang: wording.language };
  return h("blockquote", attributes, wording.text);
}

/**
 * @param {import("../../protocol/shapes").Proposal} proposal
 * @param {import("./screen.js").Actions} actions
 */
function choiceForm(proposal, actions) {
  const error = errorPlace();
  const agree = submitButton(t("consent.agree"));
  agree.disabled = true;
  const decline = actionButton(t("consent.decline"), "button-decline", actions.decline);
  const form = h(
    "form",
    { class: "stack", novalidate: true },
    choiceGroup("surface", t("consent.what"), keepable(proposal.surfaces).map(surfaceChoice)),
    proposal.extras.length > 0
      ? choiceGroup("extra", t("consent.more"), proposal.extras.map(extraChoice))
      : null,
    choiceGroup("duration", t("consent.how_long"), proposal.durations_ms.map(durationChoice), "choices-row"),
    error,
    h("p", { class: "hint" }, t("consent.choose_first")),
    h("div", { class: "actions actions-equal" }, agree, decline),
  );
  form.addEventListener("change", () => {
    agree.disabled = chosen(form) === null;
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    void submitChoice(form, agree, error, actions);
  });
  return form;
}

/**
 * @param {HTMLFormElement} form
 * @param {HTMLButtonElement} agree
 * @param {HTMLElement} error
 * @param {import("./screen.js").Actions} actions
 */
async function submitChoice(form, agree, error, actions) {
  const choice = chosen(form);
  if (!choice) return;
  agree.disabled = true;
  setError(error, "");
  try {
    await actions.agree(choice);
  } catch (problem) {
    setError(error, consentSentence(problem));
    agree.disabled = false;
  }
}

/** @param {unknown} problem */
export function consentSentence(problem) {
  if (problem instanceof ConsentRefused) return t("consent.altered");
  return problem instanceof Problem ? problemSentence(problem) : t("problem.unknown");
}

/**
 * @param {HTMLFormElement} form
 * @returns {import("./screen.js").ConsentChoice | null}
 */
function chosen(form) {
  const data = new FormData(form);
  const surface = data.get("surface");
  const durationMs = Number(data.get("duration"));
  if (typeof surface !== "string" || !(durationMs > 0)) return null;
  return { surface: /** @type {Surface} */ (surface), extras: data.getAll("extra").map(String), durationMs };
}

/**
 * @param {string} name
 * @param {string} legend
 * @param {HTMLElement[]} choices
 * @param {string} [kind]
 */
export function choiceGroup(name, legend, choices, kind = "") {
  return h(
    "fieldset",
    { class: `choices ${kind}`, name: `${name}-choices` },
    h("legend", {}, legend),
    choices,
  );
}

/** @param {Surface} surface */
function surfaceChoice(surface) {
  const [label, hint] = capturesUnnamed() ? UNNAMED_CHOICE : SURFACE_CHOICES[surface];
  return choice("surface", surface, t(label ?? ""), t(hint ?? ""));
}

/** @param {string} extra */
function extraChoice(extra) {
  const [label, hint] = EXTRA_CHOICES[extra] ?? [extra, ""];
  return choice("extra", extra, t(label), hint ? t(hint) : "", "checkbox");
}

/** @param {number} durationMs */
export function durationChoice(durationMs) {
  const inMinutes = durationMs % 60_000 === 0;
  const label = inMinutes
    ? t("consent.minutes", { count: durationMs / 60_000 })
    : t("consent.seconds", { count: durationMs / 1_000 });
  return choice("duration", String(durationMs), label, "");
}

/**
 * @param {string} name
 * @param {string} value
 * @param {string} label
 * @param {string} hint
 * @param {"radio" | "checkbox"} type
 */
function choice(name, value, label, hint, type = "radio") {
  const id = `${name}-${value}`;
  return h(
    "label",
    { class: "choice", for: id },
    h("input", { type, id, name, value, required: type === "radio" }),
    h(
      "span",
      { class: "choice-text" },
      h("span", { class: "choice-label" }, label),
      hint ? h("span", { class: "choice-hint" }, hint) : null,
    ),
  );
}
