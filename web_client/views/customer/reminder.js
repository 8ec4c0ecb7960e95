/** Says every three minutes what is being shown and to whom: who has looked at another tab for a while may forget it. */

import { announce } from "../announce.js";
import { everyHalfSecond } from "../clock.js";
import { byId, fill, h } from "../h.js";
import { t } from "../i18n.js";
import { actionButton, notice } from "../parts.js";
import { shownWord } from "./agreed.js";

export const REMIND_EVERY_MS = 180_000;
const MINUTE_MS = 60_000;

export class Reminder {
  /** @type {import("./screen.js").CustomerView | null} while something is being shown */
  #view = null;
  #since = 0;
  #nextAt = 0;

  /**
   * @param {object} options
   * @param {() => unknown} options.stop
   * @param {number} [options.everyMs]
   */
  constructor({ stop, everyMs = REMIND_EVERY_MS }) {
    this.stop = stop;
    this.everyMs = everyMs;
    everyHalfSecond(() => this.#look());
  }

  /** @param {import("./screen.js").CustomerView | null} view null where this page takes no more part */
  follow(view) {
    const before = this.#view;
    this.#view = view?.state === "sharing" ? view : null;
    if (!this.#view) this.#clear();
    else if (!before) {
      this.#since = performance.now();
      this.#nextAt = this.#since + this.everyMs;
    }
  }

  #look() {
    const now = performance.now();
    if (!this.#view || now < this.#nextAt) return;
    this.#nextAt = now + this.everyMs;
    const { agent } = this.#view;
    const sentence = t("remind.sentence", {
      surface: shownWord(this.#view),
      agent: agent.name,
      number: agent.number,
      minutes: Math.max(1, Math.round((now - this.#since) / MINUTE_MS)),
    });
    const place = byId("reminder", HTMLElement);
    const actions = h(
      "div",
      { class: "actions" },
      actionButton(t("remind.go_on"), "button-plain", () => this.#clear()),
      actionButton(t("sharing.stop"), "button-danger", () => this.stop()),
    );
    fill(place, notice("warning", h("p", {}, h("strong", {}, sentence)), h("p", {}, t("remind.never")), actions));
    place.hidden = false;
    announce(sentence);
  }

  #clear() {
    const place = byId("reminder", HTMLElement);
    fill(place);
    place.hidden = true;
  }
}
