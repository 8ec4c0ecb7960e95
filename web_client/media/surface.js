/**
 * What the browser says it captures, in our words.
 * @typedef {import("../protocol/shapes").Surface} Surface
 * @typedef {import("../protocol/shapes").CapturedSurface} CapturedSurface
 */

/** @type {Record<string, Surface>} */
const SURFACES = { browser: "tab", window: "window", monitor: "screen" };

/** @type {Record<Surface, string>} */
const DISPLAY_SURFACES = { tab: "browser", window: "window", screen: "monitor" };

/**
 * @param {MediaStreamTrack} track
 * @returns {CapturedSurface} `unknown` where the browser does not tell: it counts as the whole screen
 */
export function surfaceOf(track) {
  const named = track.getSettings().displaySurface;
  return (named && SURFACES[named]) || "unknown";
}

/**
 * @param {CapturedSurface} captured
 * @param {Surface} agreed
 * @returns {boolean} whether the picture shows no more than was agreed to
 */
export function fits(captured, agreed) {
  return captured === agreed || (captured === "unknown" && agreed === "screen");
}

/** @returns {boolean} whether this browser can capture, and will not say what (Firefox): all of it counts as the screen */
export function capturesUnnamed() {
  const media = navigator.mediaDevices;
  if (typeof media?.getDisplayMedia !== "function") return false;
  return !(/** @type {any} */ (media.getSupportedConstraints()).displaySurface);
}

/**
 * @param {Surface[]} offered
 * @returns {Surface[]} those that this page can hold a capture to; empty where only the screen could be, and is not offered
 */
export function keepable(offered) {
  return capturesUnnamed() ? offered.filter((surface) => surface === "screen") : offered;
}

/**
 * Options for the browser's own picker: never this page's own tab, no switching afterwards, whole screens only if agreed.
 * @param {Surface} agreed
 * @returns {DisplayMediaStreamOptions}
 */
export function pickerOptions(agreed) {
  const options = {
    video: { displaySurface: DISPLAY_SURFACES[agreed], frameRate: { ideal: 15, max: 30 } },
    audio: false,
    selfBrowserSurface: "exclude",
    surfaceSwitching: "exclude",
    systemAudio: "exclude",
    monitorTypeSurfaces: agreed === "screen" ? "include" : "exclude",
    ...stayingHere(),
  };
  return options;
}

/** The customer stays on the page with the Stop button instead of being thrown into the tab that is shown. */
function stayingHere() {
  const Controller = /** @type {any} */ (globalThis).CaptureController;
  if (!Controller) return {};
  const controller = new Controller();
  controller.setFocusBehavior?.("no-focus-change");
  return { controller };
}
