/** Says to those who listen that a consent's last minute has begun: who looks sees the time run down. */

import { announce } from "./announce.js";
import { everyHalfSecond, serverNow } from "./clock.js";
import { t } from "./i18n.js";

const MINUTE_MS = 60_000;

export class LastMinute {
  /** @type {number | null} */
  #untilMs = null;
  /** @type {number | null} the consent that needs no more words */
  #done = null;

  constructor() {
    everyHalfSecond(() => this.#look());
  }

  /** @param {number | null} untilMs when what is shown ends by itself; null while nothing can be shown */
  follow(untilMs) {
    if (untilMs === this.#untilMs) return;
    this.#untilMs = untilMs;
    if (untilMs !== null && untilMs - serverNow() <= MINUTE_MS) this.#done = untilMs; // it never had more than that
  }

  #look() {
    const until = this.#untilMs;
    if (until === null || until === this.#done || until - serverNow() > MINUTE_MS) return;
    this.#done = until;
    announce(t("bar.last_minute"));
  }
}
