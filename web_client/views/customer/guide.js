/** What the agent shows the customer: their own picture with the pointer on it, and the latest instruction. */

import { h } from "../h.js";
import { t } from "../i18n.js";
import { Overlay } from "../overlay.js";
import { actionButton } from "../parts.js";
import { countdownElement } from "../times.js";
import { hasSmallWindows, SmallWindow } from "./small_window.js";

/** @typedef {import("./screen.js").CustomerView} CustomerView */

export class GuidePanel {
  #video = h("video", { class: "guide-video", autoplay: true, muted: true, playsinline: true, disablepictureinpicture: true });
  #text = h("p", { class: "guide-text", dir: "auto", role: "status" });
  #time = h("p", { class: "share-bar-time" });
  #until = 0;
  #moved = h("p", { role: "status", hidden: true });
  #home = h("div", {});
  #content;
  #bar;
  #open;

  /**
   * @param {HTMLElement} place
   * @param {CustomerView} view
   * @param {object} actions
   * @param {() => void} actions.stop
   * @param {(event: KeyboardEvent) => void} actions.keyPressed
   */
  constructor(place, { agent: { name: agent } }, { stop, keyPressed }) {
    this.agent = agent;
    this.overlay = new Overlay(this.#video);
    this.#video.muted = true;
    this.#video.setAttribute("aria-label", t("guide.picture"));
    this.window = new SmallWindow({ closed: () => this.#back(), keyPressed });
    this.#bar = h(
      "div",
      { class: "share-bar share-bar-live small-bar" },
      this.#time,
      h("div", { class: "share-bar-actions" }, actionButton(t("bar.stop"), "button-stop", stop)),
    );
    this.#content = h(
      "div",
      { class: "guide-content" },
      h("h3", {}, t("guide.latest", { agent })),
      this.#text,
      h("div", { class: "guide-picture" }, this.#video, this.overlay.element),
    );
    this.#home.append(this.#content);
    this.#open = actionButton(t("guide.open"), "button-plain", () => this.#leave());
    place.append(this.#panel());
  }

  #panel() {
    const has = hasSmallWindows();
    this.#open.hidden = !has;
    return h(
      "section",
      { class: "card guide", "aria-labelledby": "guide-title" },
      h("h2", { id: "guide-title" }, t("guide.title", { agent: this.agent })),
      h("p", {}, t("guide.intro", { agent: this.agent })),
      this.#home,
      this.#moved,
      h("p", {}, t("guide.only_here"), " ", t(has ? "guide.small_window" : "guide.without_window")),
      h("div", { class: "actions" }, this.#open),
      h("p", { class: "quiet" }, t("guide.by_words", { agent: this.agent })),
    );
  }

  /**
   * @param {CustomerView} view
   * @param {MediaStreamTrack | null} track what is captured
   */
  follow(view, track) {
    this.#text.textContent = view.guide?.text ?? t("guide.none");
    this.#text.classList.toggle("quiet", !view.guide);
    this.#show(track);
    const until = view.consent?.until_ms ?? 0;
    if (until === this.#until) return;
    this.#until = until;
    if (this.window.open) this.#count();
  }

  /** A countdown that is on no page would never stop: it is made for the small window. */
  #count() {
    this.#time.replaceChildren(t("bar.time_left"), " ", countdownElement(this.#until));
  }

  /** Nothing is shown any more. */
  end() {
    this.window.close();
    this.overlay.clear();
    this.#show(null);
  }

  /** @param {MediaStreamTrack | null} track */
  #show(track) {
    const [shown] = /** @type {MediaStream | null} */ (this.#video.srcObject)?.getVideoTracks() ?? [];
    if ((shown ?? null) === track) return;
    this.#video.srcObject = track ? new MediaStream([track]) : null;
    if (track) this.#play();
  }

  /** A video that was moved to another window stands still until it is told to go on. */
  #play() {
    void this.#video.play().catch(() => this.#video.setAttribute("data-waiting", ""));
  }

  async #leave() {
    const opened = await this.window.show(t("guide.window_title", { agent: this.agent }), this.#content);
    if (opened) {
      this.#count();
      this.#content.prepend(this.#bar);
    }
    this.#open.hidden = opened;
    this.#moved.hidden = false;
    this.#moved.textContent = t(opened ? "guide.opened" : "guide.refused");
    if (opened) this.#play();
  }

  #back() {
    this.#home.append(this.#content);
    this.#bar.remove();
    this.#open.hidden = false;
    this.#moved.hidden = true;
    this.#play();
  }
}
