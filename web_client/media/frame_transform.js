/**
 * End-to-end encryption of one connection: a worker of its own between the browser's encoder or decoder and the network.
 * It passes nothing until it has its key; when it is closed its key is gone with it.
 */

/** @typedef {{ passed: number, refused: number, repeated: number, curtains: number }} FrameCounts since the connection began */

/** @returns {boolean} whether this browser can encrypt what it shows (W3C WebRTC Encoded Transform) */
export function canTransform() {
  return typeof (/** @type {any} */ (globalThis).RTCRtpScriptTransform) === "function";
}

export class FrameTransform {
  /** @type {FrameCounts} */
  counts = { passed: 0, refused: 0, repeated: 0, curtains: 0 };
  #worker = new Worker(workerAddress(), { type: "module" });

  /**
   * @param {object} told
   * @param {(counts: FrameCounts) => void} [told.counted] they are other ones
   * @param {() => void} told.broken the worker could not be loaded, so that nothing passes
   */
  constructor({ counted = () => {}, broken }) {
    this.#worker.addEventListener("error", broken);
    this.#worker.addEventListener("message", ({ data }) => {
      this.counts = data;
      counted(data);
    });
  }

  /** @param {RTCRtpSender} sender before it has a track */
  seal(sender) {
    /** @type {any} */ (sender).transform = this.#between("seal");
  }

  /** @param {RTCRtpReceiver} receiver in its track event, before the first frame */
  open(receiver) {
    /** @type {any} */ (receiver).transform = this.#between("open");
  }

  /** @param {CryptoKey} key the only one that this connection will have */
  use(key) {
    this.#worker.postMessage({ key });
  }

  close() {
    this.#worker.terminate();
  }

  /** @param {"seal" | "open"} side */
  #between(side) {
    return new /** @type {any} */ (globalThis).RTCRtpScriptTransform(this.#worker, { side });
  }
}

/** @type {any} */
let policy = null;

/** The one address that a worker of ours may come from; the page's policy allows no other. */
function workerAddress() {
  const address = new URL("./frame_worker.js", import.meta.url).href;
  const types = /** @type {any} */ (globalThis).trustedTypes;
  if (!types) return address;
  policy ??= types.createPolicy("tachiai-frames", { createScriptURL: () => address });
  return policy.createScriptURL("");
}
