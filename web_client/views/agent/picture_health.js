/** The line under the picture: how good it is, in a word, and a warning when it may be frozen. */

import { PictureHealth } from "../../media/picture_health.js";
import { announce } from "../announce.js";
import { byId } from "../h.js";
import { t } from "../i18n.js";

const LOOK_EVERY_MS = 1_000;
const QUALITY_KEYS = { good: "picture.quality_good", weak: "picture.quality_weak", poor: "picture.quality_poor" };

export class PictureHealthLine {
  #health = new PictureHealth();
  #frozen = false;
  #looking = false;

  /**
   * @param {() => Promise<import("../../media/picture_health.js").Sample | null>} sample null where none is to be judged,
   *   as while the picture is dark
   */
  constructor(sample) {
    this.sample = sample;
    setInterval(() => void this.look(), LOOK_EVERY_MS);
  }

  async look() {
    if (this.#looking) return;
    this.#looking = true;
    try {
      this.#show(await this.sample());
    } finally {
      this.#looking = false;
    }
  }

  /** @param {import("../../media/picture_health.js").Sample | null} sample */
  #show(sample) {
    const place = byId("picture-health", HTMLElement);
    if (!sample) {
      this.#health.reset();
      this.#frozen = false;
      place.hidden = true;
      return;
    }
    const { frozenForMs, quality } = this.#health.observe(sample, performance.now());
    const frozen = frozenForMs > 0;
    const seconds = Math.floor(frozenForMs / 1_000);
    const sentence = frozen ? t("picture.frozen", { seconds }) : quality ? t(QUALITY_KEYS[quality]) : "";
    place.textContent = sentence;
    place.hidden = sentence === "";
    place.dataset.state = frozen ? "frozen" : (quality ?? "");
    if (frozen !== this.#frozen) announce(t(frozen ? "picture.frozen_now" : "picture.moves_again"));
    this.#frozen = frozen;
  }
}
