/**
 * The pointer and the lines over a picture, in the picture's own measure: the drawing keeps its place however large the
 * picture is shown. Nothing of it stays.
 *
 * @typedef {import("../protocol/guidance.js").Place} Place
 */

const SVG = "http://www.w3.org/2000/svg";
const POINTED_MS = 4_000;
const DRAWN_MS = 6_000;
const FADING_MS = 1_000;

export class Overlay {
  #width = 16;
  #height = 9;
  #hide = 0;
  #mark = group("overlay-pointer", "circle", "circle");

  /** @param {HTMLVideoElement} video lies below, in the same box, with `object-fit: contain` */
  constructor(video) {
    this.video = video;
    this.element = /** @type {SVGSVGElement} */ (document.createElementNS(SVG, "svg"));
    this.element.setAttribute("class", "overlay");
    this.element.setAttribute("aria-hidden", "true");
    this.element.append(this.#mark);
    this.#mark.setAttribute("visibility", "hidden");
    video.addEventListener("resize", () => this.#measure());
    video.addEventListener("loadedmetadata", () => this.#measure());
    this.#measure();
  }

  /** @param {Place} place */
  point([x, y]) {
    for (const circle of this.#mark.children) {
      circle.setAttribute("cx", String(x * this.#width));
      circle.setAttribute("cy", String(y * this.#height));
    }
    this.#mark.setAttribute("visibility", "visible");
    window.clearTimeout(this.#hide);
    this.#hide = window.setTimeout(() => this.hide(), POINTED_MS);
  }

  hide() {
    window.clearTimeout(this.#hide);
    this.#mark.setAttribute("visibility", "hidden");
  }

  /** @param {Place[]} points */
  draw(points) {
    const line = group("overlay-line", "polyline", "polyline");
    const places = points.map(([x, y]) => `${x * this.#width},${y * this.#height}`).join(" ");
    for (const part of line.children) part.setAttribute("points", places);
    this.element.append(line);
    window.setTimeout(() => line.classList.add("overlay-fading"), DRAWN_MS - FADING_MS);
    window.setTimeout(() => line.remove(), DRAWN_MS);
  }

  clear() {
    this.hide();
    this.element.replaceChildren(this.#mark);
  }

  /**
   * @param {PointerEvent} event
   * @returns {Place | null} null beside the picture
   */
  placeOf(event) {
    const matrix = this.element.getScreenCTM();
    if (!matrix) return null;
    const { x, y } = new DOMPoint(event.clientX, event.clientY).matrixTransform(matrix.inverse());
    const place = /** @type {Place} */ ([rounded(x / this.#width), rounded(y / this.#height)]);
    return place.every((part) => part >= 0 && part <= 1) ? place : null;
  }

  #measure() {
    this.#width = this.video.videoWidth || this.#width;
    this.#height = this.video.videoHeight || this.#height;
    this.element.setAttribute("viewBox", `0 0 ${this.#width} ${this.#height}`);
    const radius = String(Math.max(this.#width, this.#height) / 45);
    for (const circle of this.#mark.children) circle.setAttribute("r", radius);
  }
}

/** @param {number} part */
function rounded(part) {
  return Math.round(part * 10_000) / 10_000;
}

/**
 * The same shape twice, light below and dark above: one of them is seen on any ground.
 * @param {string} name
 * @param {...string} shapes
 */
function group(name, ...shapes) {
  const element = document.createElementNS(SVG, "g");
  element.setAttribute("class", name);
  element.append(...shapes.map((shape) => document.createElementNS(SVG, shape)));
  return element;
}
