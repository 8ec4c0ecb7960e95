/** What the agent points with, and the field for a short instruction. */

import { LONGEST } from "../../protocol/guidance.js";
import { h } from "../h.js";
import { t } from "../i18n.js";
import { Overlay } from "../overlay.js";
import { errorPlace, setError, submitButton } from "../parts.js";
import { problemSentence } from "../words.js";

/** @typedef {"" | "point" | "draw"} Tool */

export class PointingPanel {
  /** @type {Tool} */
  #tool = "";
  #drawing = false;
  /** @type {import("../../protocol/guidance.js").Place | null} */
  #before = null;
  #point = this.#toolButton("point", t("pointing.point"));
  #draw = this.#toolButton("draw", t("pointing.draw"));
  #error = errorPlace();
  #status = h("p", { class: "quiet", role: "status" });
  #field;
  #overlay;

  /**
   * @param {HTMLElement} place shown while the customer has agreed to be guided, and shows something
   * @param {HTMLVideoElement} video
   * @param {import("../../protocol/guidance.js").Guidance} guidance
   */
  constructor(place, video, guidance) {
    this.place = place;
    this.guidance = guidance;
    this.#overlay = new Overlay(video);
    this.#error.id = "guide-error";
    this.#field = h("input", {
      id: "guide-field",
      type: "text",
      maxlength: LONGEST,
      autocomplete: "off",
      dir: "auto",
      "aria-describedby": "guide-hint guide-error",
    });
    video.after(this.#overlay.element);
    place.append(this.#panel());
    this.#listen(this.#overlay.element);
    guidance.changed = () => this.#update();
    guidance.problem = (problem) => setError(this.#error, problemSentence(problem));
  }

  #panel() {
    const form = h(
      "form",
      { class: "pointing-form", novalidate: true },
      h("label", { for: "guide-field" }, t("pointing.instruction")),
      h("div", { class: "pointing-row" }, this.#field, submitButton(t("pointing.show"))),
      this.#error,
      this.#status,
    );
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#write();
    });
    return h(
      "section",
      { class: "pointing", "aria-labelledby": "pointing-title" },
      h("h2", { id: "pointing-title" }, t("pointing.title")),
      h("div", { class: "pointing-tools" }, this.#point, this.#draw),
      form,
      h("p", { class: "hint" }, t("pointing.hint")),
      h("p", { class: "hint", id: "guide-hint" }, t("pointing.by_words"), " ", t("pointing.record")),
    );
  }

  /**
   * @param {Tool} tool
   * @param {string} label
   */
  #toolButton(tool, label) {
    const choose = () => this.#choose(this.#tool === tool ? "" : tool);
    return h("button", { type: "button", class: "button button-plain", "aria-pressed": "false", onclick: choose }, label);
  }

  /** @param {Tool} tool */
  #choose(tool) {
    this.#tool = tool;
    this.#drawing = false;
    this.guidance.lift();
    this.guidance.hide();
    this.#overlay.hide();
    this.#point.setAttribute("aria-pressed", String(tool === "point"));
    this.#draw.setAttribute("aria-pressed", String(tool === "draw"));
    this.#overlay.element.classList.toggle("overlay-active", tool !== "");
  }

  /** @param {SVGSVGElement} surface */
  #listen(surface) {
    surface.addEventListener("pointermove", (event) => this.#moved(event));
    surface.addEventListener("pointerdown", (event) => {
      if (this.#tool === "" || event.button !== 0) return;
      event.preventDefault();
      surface.setPointerCapture(event.pointerId);
      this.#drawing = this.#tool === "draw";
      this.#before = null;
      this.#moved(event);
    });
    for (const over of ["pointerup", "pointercancel"])
      surface.addEventListener(over, () => {
        if (this.#drawing) this.guidance.lift();
        this.#drawing = false;
      });
    surface.addEventListener("pointerleave", () => {
      if (this.#tool !== "point") return;
      this.guidance.hide();
      this.#overlay.hide();
    });
  }

  /** @param {PointerEvent} event */
  #moved(event) {
    const place = this.guidance.open ? this.#overlay.placeOf(event) : null;
    if (!place) return;
    if (this.#tool === "point") {
      this.guidance.point(place);
      this.#overlay.point(place);
    } else if (this.#drawing) {
      this.guidance.draw(place);
      if (this.#before) this.#overlay.draw([this.#before, place]);
      this.#before = place;
    }
  }

  #write() {
    const text = this.#field.value.trim();
    if (this.guidance.pending || text === "") return;
    setError(this.#error, "");
    this.guidance.write(text);
  }

  #update() {
    const { open, pending, shown } = this.guidance;
    this.place.hidden = !open;
    if (!open) {
      this.#choose("");
      this.#overlay.clear();
    }
    const waited = this.#field.readOnly;
    this.#field.readOnly = pending !== null;
    if (waited && !pending && this.#error.hidden) this.#field.value = "";
    const standing = shown ? t("pointing.reads", { text: shown }) : "";
    this.#status.textContent = pending ? t("pointing.sending") : standing;
  }
}
