/** Small pieces that several pages show. */

import { encryptionRequired } from "../media/encryption_policy.js";
import { h } from "./h.js";
import { t } from "./i18n.js";
import { levelMeaning, levelWord, roleWord } from "./words.js";
import { dateTimeElement, timeElement } from "./times.js";

/**
 * @param {string} title
 * @returns {HTMLHeadingElement} takes the focus when its screen appears
 */
export function screenHeading(title) {
  return h("h1", { tabindex: -1, class: "screen-heading" }, title);
}

/**
 * @param {"info" | "warning" | "danger" | "good"} kind
 * @param {import("./h.js").Child[]} children
 */
export function notice(kind, ...children) {
  return h("div", { class: `notice notice-${kind}` }, ...children);
}

/** A place for errors of a form: said at once by screen readers. */
export function errorPlace() {
  return h("p", { class: "field-error", role: "alert", hidden: true });
}

/**
 * @param {HTMLElement} place from `errorPlace`
 * @param {string} sentence "" clears it
 */
export function setError(place, sentence) {
  place.textContent = sentence;
  place.hidden = sentence === "";
}

/**
 * A button that cannot be pressed twice while its work runs.
 * @param {string} label
 * @param {string} kind class names
 * @param {() => unknown} work
 */
export function actionButton(label, kind, work) {
  const button = h("button", { type: "button", class: `button ${kind}` }, label);
  button.addEventListener("click", async () => {
    if (button.getAttribute("aria-busy") === "true") return;
    button.setAttribute("aria-busy", "true");
    try {
      await work();
    } finally {
      button.removeAttribute("aria-busy");
    }
  });
  return button;
}

/** @param {string} label */
export function submitButton(label) {
  return h("button", { type: "submit", class: "button button-main" }, label);
}

/**
 * A field for a code, with its label and hint and the places for what is wrong with it.
 * @param {{ label: string, hint: string, error: HTMLElement, more?: HTMLElement, submit: string }} words
 * @param {import("./h.js").Attributes & { id: string }} attributes of the field
 */
export function codeForm({ label, hint, error, more, submit }, attributes) {
  const { id } = attributes;
  error.id = `${id}-error`;
  const described = [`${id}-hint`, error.id, more?.id].filter(Boolean).join(" ");
  const field = h("input", {
    type: "text",
    name: id,
    class: "code-field",
    required: true,
    "aria-describedby": described,
    ...attributes,
  });
  const button = submitButton(submit);
  const form = h(
    "form",
    { class: "stack", novalidate: true },
    h("label", { for: id }, label),
    h("p", { class: "hint", id: `${id}-hint` }, hint),
    field,
    error,
    more,
    h("div", { class: "actions" }, button),
  );
  return { form, field, button };
}

/**
 * Who the customer is dealing with, as the organisation states it.
 * @param {import("../protocol/shapes").CustomerView} view
 */
export function agentBadge(view) {
  const { agent } = view;
  return h(
    "section",
    { class: "badge", "aria-label": t("badge.label") },
    h("div", { class: "badge-initial", "aria-hidden": "true" }, [...agent.name][0] ?? ""),
    h(
      "div",
      { class: "badge-who" },
      h("p", { class: "badge-name" }, agent.name),
      h("p", { class: "badge-role" }, roleWord(agent.role), " · ", view.organisation),
    ),
    facts([
      [t("badge.number"), agent.number],
      .../** @type {[string, import("./h.js").Child][]} */ (agent.team ? [[t("badge.team"), agent.team]] : []),
      [t("badge.case"), view.case_reference],
      [t("badge.since"), timeElement(agent.since_ms)],
    ]),
  );
}

/**
 * What was compared and what is not protected, in plain words, on both pages.
 * @param {{ introduction: string, introduction_asked: string }} view
 */
export function honestLine({ introduction, introduction_asked: asked }) {
  const open = introduction !== "words" && asked === "words"; // the comparison is still to come
  const compared = introduction === "words" ? t("honest.words") : t("honest.badge_only");
  const way = encryptionRequired() ? t("honest.end_to_end") : t("honest.where_possible");
  return h("p", { class: "honest-line" }, open ? "" : `${compared} `, way);
}

/**
 * @param {[string, import("./h.js").Child][]} pairs
 * @returns {HTMLDListElement}
 */
export function facts(pairs) {
  return h(
    "dl",
    { class: "facts" },
    pairs.map(([term, description]) =>
      h("div", { class: "fact" }, h("dt", {}, term), h("dd", {}, description)),
    ),
  );
}

/**
 * An assurance level; what it means on hover and for those who listen.
 * @param {string} level
 */
export function levelElement(level) {
  const meaning = levelMeaning(level);
  return h(
    "span",
    { class: "level", title: meaning },
    levelWord(level),
    h("span", { class: "visually-hidden" }, `. ${meaning}`),
  );
}

/**
 * @param {import("../protocol/shapes").EndFacts} end
 */
export function endedAt({ at_ms: at }) {
  return at === null ? null : h("p", { class: "quiet" }, t("end.at"), " ", dateTimeElement(at));
}
