/** The chat of a session, on the customer's page and on the agent's: text as text, nothing in it can be clicked. */

import { LONGEST } from "../protocol/chat.js";
import { h } from "./h.js";
import { t } from "./i18n.js";
import { errorPlace, notice, setError, submitButton } from "./parts.js";
import { timeElement } from "./times.js";
import { problemSentence } from "./words.js";

/**
 * @typedef {object} ChatWords
 * @property {() => string} label of the field
 * @property {string} never what is never to be written, or asked for
 * @property {() => string} other who the other is
 */

export class ChatPanel {
  #shown = 0;
  #title = "";
  #error = errorPlace();
  #earlier = h("p", { class: "quiet", hidden: true }, t("chat.earlier"));
  #lines = h("ol", { class: "chat-lines" });
  #log = h("div", { class: "chat-log", role: "log", "aria-label": t("chat.title"), tabindex: 0 }, this.#lines);
  #waiting = h("p", { class: "quiet", role: "status" });
  #warning = h("div", { role: "status" });
  #button = submitButton(t("chat.send"));
  #label = h("label", { for: "chat-text" });
  #field;

  /**
   * @param {HTMLElement} place shown while chat is open
   * @param {import("../protocol/chat.js").Chat} chat
   * @param {ChatWords} words
   */
  constructor(place, chat, words) {
    this.place = place;
    this.chat = chat;
    this.words = words;
    this.#field = h("textarea", { id: "chat-text", rows: 2, dir: "auto", "aria-describedby": "chat-never chat-error" });
    this.#error.id = "chat-error";
    place.append(this.#panel());
    chat.changed = () => this.#update();
    chat.problem = (problem) => setError(this.#error, problemSentence(problem));
    chat.warned = ({ party }) => {
      if (party === "customer") this.#warning.replaceChildren(notice("warning", h("p", {}, t("chat.warned"))));
    };
    document.addEventListener("visibilitychange", () => this.#seen());
  }

  #panel() {
    const form = h(
      "form",
      { class: "chat-form", novalidate: true },
      this.#label,
      this.#field,
      this.#error,
      this.#waiting,
      h("div", { class: "actions" }, this.#button),
    );
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#send();
    });
    this.#field.addEventListener("keydown", (event) => {
      // Enter also ends the choosing of characters in Japanese: that one is not ours.
      if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
      event.preventDefault();
      this.#send();
    });
    return h(
      "section",
      { class: "card chat", "aria-labelledby": "chat-title" },
      h("h2", { id: "chat-title" }, t("chat.title")),
      h("p", { class: "hint", id: "chat-never" }, this.words.never),
      this.#warning,
      this.#earlier,
      this.#log,
      form,
    );
  }

  #send() {
    const text = this.#field.value;
    if (this.chat.pending || text.trim() === "") return;
    if ([...text].length > LONGEST) {
      setError(this.#error, t("problem.chat_text"));
      return;
    }
    setError(this.#error, "");
    const held = this.chat.write(text);
    if (held) setError(this.#error, problemSentence({ code: `chat_${held}`, detail: "" }));
  }

  #update() {
    const { open, lines, pending } = this.chat;
    this.place.hidden = !open;
    this.#label.textContent = this.words.label();
    this.#earlier.hidden = (lines[0]?.n ?? 1) === 1;
    const fresh = lines.slice(this.#shown);
    this.#shown = lines.length;
    this.#lines.append(...fresh.map((line) => this.#line(line)));
    if (fresh.length > 0) this.#log.scrollTop = this.#log.scrollHeight;
    if (fresh.some(({ from }) => from !== this.chat.party)) this.#unseen();
    const waited = this.#field.readOnly;
    this.#field.readOnly = pending !== null;
    if (waited && !pending && open && this.#error.hidden) this.#field.value = "";
    this.#waiting.textContent = pending ? t("chat.sending") : "";
  }

  /** @param {import("../protocol/chat.js").ChatLine} line */
  #line({ from, at_ms: at, text }) {
    const own = from === this.chat.party;
    return h(
      "li",
      { class: own ? "chat-line chat-own" : "chat-line" },
      h("p", { class: "chat-who" }, own ? t("chat.you") : this.words.other(), " ", timeElement(at)),
      h("p", { class: "chat-text", dir: "auto" }, text),
    );
  }

  /** Whoever shows another tab sees by this one's name that there is something to read. */
  #unseen() {
    if (!document.hidden || this.#title) return;
    this.#title = document.title;
    document.title = `✉ ${this.#title}`;
  }

  #seen() {
    if (document.hidden || !this.#title) return;
    if (document.title === `✉ ${this.#title}`) document.title = this.#title;
    this.#title = "";
  }
}
