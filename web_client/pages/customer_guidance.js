/** The agent's pointer and instructions on the customer's page: heeded only while something is shown. */

import { agreedToGuidance, guidanceOpen } from "../protocol/guidance.js";
import { announce } from "../views/announce.js";
import { GuidePanel } from "../views/customer/guide.js";
import { byId } from "../views/h.js";
import { t } from "../views/i18n.js";

/** @typedef {import("../protocol/shapes").CustomerView} CustomerView */

const SHOWN_IN = new Set(["sharing", "paused"]);

export class CustomerGuidance {
  /** @type {GuidePanel | null} */
  #panel = null;
  #open = false;
  #told = false;

  /**
   * @param {object} options
   * @param {() => MediaStreamTrack | null} options.track what is captured now
   * @param {() => void} options.stop
   * @param {(event: KeyboardEvent) => void} options.keyPressed
   */
  constructor(options) {
    this.options = options;
  }

  /** @param {CustomerView | null} view null where nobody says any more what holds */
  follow(view) {
    const place = byId("guide", HTMLElement);
    this.#open = guidanceOpen(view);
    if (!this.#open) {
      this.#panel?.overlay.clear();
      this.#told = false;
    }
    if (!view || !SHOWN_IN.has(view.state) || !agreedToGuidance(view)) {
      place.hidden = true;
      this.#panel?.end();
      return;
    }
    place.hidden = false;
    this.#panel ??= new GuidePanel(place, view, this.options);
    this.#panel.follow(view, this.options.track());
  }

  /** The line is gone: whatever was pointed at is of a moment ago. */
  lineLost() {
    this.#open = false;
    this.#panel?.overlay.clear();
  }

  /**
   * @param {import("../protocol/shapes").ServerMessage} message
   * @returns {boolean} whether it was one of guidance's
   */
  receive(message) {
    if (!message.type.startsWith("pointer.")) return false;
    if (!this.#open || !this.#panel) return true;
    if (message.type === "pointer.move") this.#panel.overlay.point([message.x, message.y]);
    if (message.type === "pointer.draw") this.#panel.overlay.draw(message.points);
    if (message.type === "pointer.hide") this.#panel.overlay.hide();
    if (!this.#told) announce(`${t("guide.marked")} ${t("guide.by_words", { agent: this.#panel.agent })}`);
    this.#told = true;
    return true;
  }
}
