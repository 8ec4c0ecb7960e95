/** A QR code on screen, rebuilt from the one path of the server's drawing: no markup from strings enters the page. */

const SVG = "http://www.w3.org/2000/svg";
const PATH = /<path\b[^>]*\sd="([Mmhvz0-9 .,-]+)"/;
const WIDTH = /<svg\b[^>]*\swidth="(\d+)"/;
const SCALE = /<path\b[^>]*\stransform="scale\((\d+(?:\.\d+)?)\)"/;

/**
 * @param {string} drawing an SVG document with one path of module lines
 * @param {string} label
 * @returns {SVGSVGElement | null} null when it is not such a drawing
 */
export function qrElement(drawing, label) {
  const path = PATH.exec(drawing)?.[1];
  const width = Number(WIDTH.exec(drawing)?.[1]);
  if (!path || !(width > 0)) return null;
  const scale = Number(SCALE.exec(drawing)?.[1] ?? 1);
  const side = width / scale;
  const lines = part("path", { d: path, stroke: "#000", fill: "none" });
  const ground = part("rect", { width: side, height: side, fill: "#fff" });
  const image = part("svg", {
    viewBox: `0 0 ${side} ${side}`,
    role: "img",
    "aria-label": label,
    class: "qr",
    "shape-rendering": "crispEdges",
  });
  image.append(ground, lines);
  return /** @type {SVGSVGElement} */ (image);
}

/**
 * @param {string} name
 * @param {Record<string, string | number>} attributes
 */
function part(name, attributes) {
  const element = document.createElementNS(SVG, name);
  for (const [attribute, value] of Object.entries(attributes)) element.setAttribute(attribute, String(value));
  return element;
}
