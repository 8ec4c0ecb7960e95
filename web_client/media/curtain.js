/**
 * The page's own curtain: the third layer after the gate's drop and the gate's black frame. It lies over the picture
 * from the start and comes away only while the server says that media may flow, and keeps saying so.
 */

const BEAT_LIMIT_MS = 3_000;
const LOOK_EVERY_MS = 200;

/**
 * @param {object} facts
 * @param {import("../protocol/shapes").AgentView | null} facts.view
 * @param {boolean} facts.linked the live connection is open
 * @param {number} facts.silentForMs since anything came from the server
 * @param {boolean} facts.readable what comes can be opened with this session's key
 * @returns {boolean}
 */
export function mustCover({ view, linked, silentForMs, readable }) {
  if (readable !== true || !view || !linked || !(silentForMs < BEAT_LIMIT_MS)) return true;
  return !(view.state === "sharing" && view.media_may_flow === true);
}

export class Curtain {
  #timer = 0;
  #covered = true;
  #final = false;

  /**
   * @param {HTMLElement} element lies over the picture; shown while it has no `hidden`
   * @param {() => Parameters<typeof mustCover>[0]} facts
   * @param {(covered: boolean) => void} onChange
   */
  constructor(element, facts, onChange) {
    this.element = element;
    this.facts = facts;
    this.onChange = onChange;
  }

  get covered() {
    return this.#covered;
  }

  start() {
    this.element.hidden = false;
    this.#timer = window.setInterval(() => this.look(), LOOK_EVERY_MS);
  }

  /** Look now; called at every message too, so that covering never waits for the timer. */
  look() {
    const covered = this.#final || mustCover(this.facts());
    this.element.hidden = !covered;
    if (covered === this.#covered) return;
    this.#covered = covered;
    this.onChange(covered);
  }

  /** Cover for good: nothing that comes later uncovers. */
  stop() {
    this.#final = true;
    window.clearInterval(this.#timer);
    this.element.hidden = false;
    this.#covered = true;
  }
}
