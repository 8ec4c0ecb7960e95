/** The picture over the whole display, with the time left and the End button above it; the same button leads back. */

import { t } from "../i18n.js";
import { actionButton } from "../parts.js";

export class FullScreen {
  /**
   * @param {HTMLElement} element what fills the display
   * @param {() => void} onRefused the browser would not
   */
  constructor(element, onRefused) {
    this.element = element;
    this.onRefused = onRefused;
    this.button = actionButton("", "button-plain", () => this.#toggle());
    this.button.hidden = true;
    document.addEventListener("fullscreenchange", () => this.#name());
    this.#name();
  }

  /** @param {boolean} offered whether there is a picture worth the whole display; without one the display is given back */
  offer(offered) {
    this.button.hidden = !offered || !document.fullscreenEnabled;
    if (!offered && this.#active) void document.exitFullscreen();
  }

  get #active() {
    return document.fullscreenElement === this.element;
  }

  async #toggle() {
    try {
      await (this.#active ? document.exitFullscreen() : this.element.requestFullscreen());
    } catch {
      this.onRefused();
    }
  }

  #name() {
    this.button.textContent = t(this.#active ? "picture.leave_full_screen" : "picture.full_screen");
  }
}
