/**
 * A page's end of the chat (server/signalling/PROTOCOL.md): what was said so far, in the order of its numbers, and the one
 * message that waits for its answer. It knows no screen.
 *
 * @typedef {import("./shapes").ChatLine} ChatLine
 * @typedef {import("./typed_secrets.js").TypedSecret} TypedSecret
 */

import { randomBase64url } from "./base64url.js";
import { secretIn } from "./typed_secrets.js";

export const LONGEST = 2_000;
const OPEN_IN = new Set(["ready", "sharing", "paused", "interrupted"]);
const TOGETHER_MS = 120_000;
const JOIN_AGAIN_MS = 3_000;
// They turn the direction of what follows, so that one text reads as another.
const TURNS = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/gu;
const CONTROLS = /[^\P{Cc}\n\t]|\p{Cs}/gu;

/**
 * Text without what is never sent nor shown.
 * @param {string} text
 */
export function cleaned(text) {
  return text.replaceAll("\r\n", "\n").replace(TURNS, "").replace(CONTROLS, "");
}

export class Chat {
  /** @type {ChatLine[]} */
  lines = [];
  open = false;
  /** @type {{ id: string, text: string } | null} */
  pending = null;
  #joined = false;
  #last = 0;

  /**
   * @param {object} options
   * @param {"customer" | "agent"} options.party whose page this is
   * @param {(message: import("./shapes").PageMessage) => boolean} options.send
   */
  constructor({ party, send }) {
    this.party = party;
    this.send = send;
    /** Called with every change. */
    this.changed = () => {};
    /** @type {(warning: { party: string, kind: string }) => void} */
    this.warned = () => {};
    /** @type {(problem: { code: string, detail: string }) => void} */
    this.problem = () => {};
  }

  /** @param {{ state: string, consent: { scopes: string[] } | null }} view */
  follow({ state, consent }) {
    this.open = OPEN_IN.has(state) && (consent?.scopes.includes("chat") ?? false);
    if (!this.open) {
      this.#joined = false;
      this.pending = null; // what was agreed to has ended: the next agreement must not send it by itself
    } else if (!this.#joined) this.#join();
    this.changed();
  }

  /** The socket is another one, or gone: whatever was not answered is said again on the next. */
  lineLost() {
    this.#joined = false;
  }

  /**
   * @param {string} typed
   * @returns {TypedSecret | null} why it was held back, else null: it is on its way
   */
  write(typed) {
    const text = cleaned(typed).trim();
    const held = secretIn(text, this.#ownJustBefore());
    if (held) {
      this.send({ type: "chat.withheld", kind: held });
      return held;
    }
    this.pending = { id: randomBase64url(16), text };
    this.#sendPending();
    this.changed();
    return null;
  }

  /**
   * @param {import("./shapes").ServerMessage} message
   * @returns {boolean} whether it was one of chat's
   */
  receive(message) {
    if (message.type === "chat.messages") {
      for (const line of message.messages) this.#add(line);
      this.#last = Math.max(this.#last, message.last);
      this.#sendPending();
    } else if (message.type === "chat.message") {
      if (message.n > this.#last + 1) this.#join();
      else this.#add(message);
    } else if (message.type === "chat.accepted") this.#accepted(message);
    else if (message.type === "chat.warning") this.warned(message);
    else return false;
    this.changed();
    return true;
  }

  /** @param {{ code: string, detail: string, of: string | null }} problem @returns {boolean} whether it was chat's */
  refused({ code, detail, of }) {
    if (of === "chat.join") {
      this.#joined = false;
      if (code === "chat_too_fast") window.setTimeout(() => this.open && this.#join(), JOIN_AGAIN_MS);
    } else if (of === "chat.send") {
      this.pending = null;
      this.problem({ code, detail });
      this.changed();
    }
    return of?.startsWith("chat.") ?? false;
  }

  #join() {
    this.#joined = this.send({ type: "chat.join", after: this.#last });
  }

  #sendPending() {
    if (this.pending && this.#joined) this.send({ type: "chat.send", ...this.pending });
  }

  /** @param {{ id: string, n: number, at_ms: number }} answer */
  #accepted({ id, n, at_ms }) {
    if (this.pending?.id !== id) return;
    const { text } = this.pending;
    this.pending = null;
    this.#add({ n, from: this.party, at_ms, text });
  }

  /** @param {ChatLine} line */
  #add({ n, from, at_ms, text }) {
    if (n <= this.#last) return;
    this.#last = n;
    this.lines.push({ n, from, at_ms, text: cleaned(text) });
  }

  #ownJustBefore() {
    const since = (this.lines.at(-1)?.at_ms ?? 0) - TOGETHER_MS;
    return this.lines
      .filter(({ from, at_ms: at }) => from === this.party && at > since)
      .map(({ text }) => text);
  }
}
