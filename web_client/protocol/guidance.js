/**
 * The agent's end of guidance (server/signalling/PROTOCOL.md): where they point, what they draw, and the one instruction
 * that waits for its answer. It knows no screen.
 *
 * @typedef {[number, number]} Place parts of the picture's width and height, from its upper left corner
 */

import { randomBase64url } from "./base64url.js";

export const LONGEST = 200;
export const POINTS_AT_MOST = 64;
const EVERY_MS = 100;

/** @param {{ state: string, media_may_flow: boolean, consent: { scopes: string[] } | null } | null} view */
export function guidanceOpen(view) {
  return view?.state === "sharing" && view.media_may_flow && agreedToGuidance(view);
}

/** @param {{ consent: { scopes: string[] } | null }} view */
export function agreedToGuidance({ consent }) {
  return consent?.scopes.includes("pointer") ?? false;
}

export class Guidance {
  open = false;
  /** @type {{ id: string, text: string } | null} */
  pending = null;
  /** The latest instruction that the customer's page shows. */
  shown = "";
  /** @type {Place | null} */
  #next = null;
  /** @type {Place[]} */
  #line = [];
  #timer = 0;
  #pointed = false;

  /** @param {(message: import("./shapes").PageMessage) => boolean} send */
  constructor(send) {
    this.send = send;
    /** Called with every change. */
    this.changed = () => {};
    /** @type {(problem: { code: string, detail: string }) => void} */
    this.problem = () => {};
  }

  /** @param {import("./shapes").AgentView} view */
  follow(view) {
    this.open = guidanceOpen(view);
    this.shown = view.guide?.text ?? "";
    if (!this.open) this.#forget();
    this.changed();
  }

  /** The socket is another one, or gone: an instruction that was not answered is said again on the next. */
  lineLost() {
    this.#forget(false);
  }

  /** After `welcome`. */
  lineBack() {
    if (this.pending) this.send({ type: "guide.send", ...this.pending });
  }

  /** @param {Place} place only the latest of a tenth of a second is sent */
  point(place) {
    if (!this.open) return;
    this.#next = place;
    this.#soon();
  }

  /** @param {Place} place the next of a line that is being drawn */
  draw(place) {
    if (!this.open) return;
    if (this.#line.length < POINTS_AT_MOST) this.#line.push(place);
    else this.#line[POINTS_AT_MOST - 1] = place;
    this.#soon();
  }

  /** The line that is being drawn is at its end. */
  lift() {
    this.#flush();
    this.#line = [];
  }

  hide() {
    this.#next = null;
    if (this.#pointed && this.open) this.send({ type: "pointer.hide" });
    this.#pointed = false;
  }

  /** @param {string} text */
  write(text) {
    this.pending = { id: randomBase64url(16), text };
    this.send({ type: "guide.send", ...this.pending });
    this.changed();
  }

  /**
   * @param {import("./shapes").ServerMessage} message
   * @returns {boolean} whether it was one of guidance's
   */
  receive(message) {
    if (message.type !== "guide.accepted") return false;
    if (message.id === this.pending?.id) {
      this.shown = this.pending.text;
      this.pending = null;
    }
    this.changed();
    return true;
  }

  /** @param {{ code: string, detail: string, of: string | null }} problem @returns {boolean} whether it was guidance's */
  refused({ code, detail, of }) {
    if (of === "guide.send") {
      this.pending = null;
      this.problem({ code, detail });
      this.changed();
    }
    return of === "guide.send" || (of?.startsWith("pointer.") ?? false);
  }

  #soon() {
    if (!this.#timer) this.#timer = window.setTimeout(() => this.#flush(), EVERY_MS);
  }

  #flush() {
    window.clearTimeout(this.#timer);
    this.#timer = 0;
    if (!this.open) return;
    if (this.#line.length > 1) {
      this.send({ type: "pointer.draw", points: this.#line });
      this.#line = this.#line.slice(-1);
    } else if (this.#next) {
      const [x, y] = this.#next;
      this.#pointed = this.send({ type: "pointer.move", x, y });
    }
    this.#next = null;
  }

  #forget(withInstruction = true) {
    window.clearTimeout(this.#timer);
    this.#timer = 0;
    this.#next = null;
    this.#line = [];
    this.#pointed = false;
    if (withInstruction) this.pending = null;
  }
}
