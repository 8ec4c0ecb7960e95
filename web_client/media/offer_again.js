/**
 * A connection that was refused is offered again, less and less often, and not for ever: a server that is full must not be
 * asked by every page every other second, and a customer must be told that nothing comes of waiting.
 *
 * @typedef {{ code: string, detail: string }} Refused
 */

export const PAUSES_MS = [2_000, 4_000, 8_000, 15_000, 15_000, 15_000];

export class OfferAgain {
  #tries = 0;
  #timer = 0;
  /** @type {Refused | null} */
  #problem = null;

  /** @param {() => void} offer makes the connection anew */
  constructor(offer) {
    this.offer = offer;
  }

  /** Why there is no connection; null where none was refused since the last that was taken. */
  get problem() {
    return this.#problem;
  }

  /** Whether only a human starts the next try. */
  get givenUp() {
    return this.#problem !== null && this.#tries >= PAUSES_MS.length;
  }

  /** @param {Refused} problem */
  refused(problem) {
    this.#problem = problem;
    if (!this.givenUp) this.later();
  }

  /** Once more after a pause, which grows. */
  later() {
    window.clearTimeout(this.#timer);
    const pause = PAUSES_MS[Math.min(this.#tries, PAUSES_MS.length - 1)];
    this.#tries += 1;
    this.#timer = window.setTimeout(() => this.offer(), pause);
  }

  /** By a human, at once; the pauses begin anew. */
  now() {
    this.taken();
    this.offer();
  }

  /** It was taken, or is not wanted any more. */
  taken() {
    window.clearTimeout(this.#timer);
    this.#tries = 0;
    this.#problem = null;
  }
}
