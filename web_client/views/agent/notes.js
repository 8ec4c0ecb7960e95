/** Notes in a case: written once, edited by nobody, read only when somebody opens them, since each look is recorded. */

import { cleaned, LONGEST } from "../../protocol/chat.js";
import { secretIn } from "../../protocol/typed_secrets.js";
import { announce } from "../announce.js";
import { sentenceOf } from "../failure.js";
import { h } from "../h.js";
import { t } from "../i18n.js";
import { errorPlace, setError, submitButton } from "../parts.js";
import { dateTimeElement } from "../times.js";

/** @typedef {{ index: number, at_ms: number, name: string, number: string, text: string }} Note */

/**
 * @param {object} source
 * @param {() => Promise<{ notes: Note[], more: boolean, closed: number }>} source.read
 * @param {(text: string) => Promise<Note>} source.keep
 */
export function notesCard(source) {
  const error = errorPlace();
  const list = h("ol", { class: "notes" });
  const nothing = h("p", { class: "quiet", hidden: true });
  const field = h("textarea", {
    id: "note-text",
    rows: 3,
    dir: "auto",
    maxlength: LONGEST,
    "aria-describedby": "note-hint",
  });
  const form = h(
    "form",
    { class: "chat-form", novalidate: true },
    h("label", { for: "note-text" }, t("notes.label")),
    field,
    h("p", { class: "hint", id: "note-hint" }, t("notes.hint")),
    error,
    h("div", { class: "actions" }, submitButton(t("notes.keep"))),
  );
  let busy = false;
  /** @param {() => Promise<void>} work */
  const attempt = async (work) => {
    if (busy) return;
    busy = true;
    setError(error, "");
    try {
      await work();
    } catch (problem) {
      setError(error, sentenceOf(problem));
    } finally {
      busy = false;
    }
  };
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const text = cleaned(field.value).trim();
    if (text === "") return;
    if (secretIn(text)) {
      setError(error, t("problem.note_secret"));
      return;
    }
    void attempt(async () => {
      list.prepend(row(await source.keep(text)));
      field.value = "";
      nothing.hidden = true;
      announce(t("notes.kept"));
    });
  });
  const read = () =>
    attempt(async () => {
      const { notes, more, closed } = await source.read();
      list.replaceChildren(...notes.map(row));
      nothing.textContent = more || closed > 0 ? t("notes.older") : t("notes.none");
      nothing.hidden = notes.length > 0 && !more && closed === 0;
    });
  const details = h("details", { class: "card" }, h("summary", {}, t("notes.title")), form, list, nothing);
  let opened = false;
  details.addEventListener("toggle", () => {
    if (details.open && !opened) void read();
    opened ||= details.open;
  });
  return details;
}

/** @param {Note} note */
function row({ at_ms: at, name, number, text }) {
  return h(
    "li",
    { class: "chat-line" },
    h("p", { class: "chat-who" }, name ? `${name} (${number})` : t("notes.somebody"), " ", dateTimeElement(at)),
    h("p", { class: "chat-text", dir: "auto" }, text),
  );
}
