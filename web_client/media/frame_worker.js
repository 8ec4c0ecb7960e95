/**
 * The worker through which every frame of one connection goes. Without a key nothing passes: neither out of the
 * customer's browser nor onto the agent's screen, but for the curtain, which is black.
 *
 * In: `{ key }`, an AES-GCM key that cannot be taken out again. Out: `{ passed, refused, repeated, curtains }`, counted since the
 * beginning, at most once a quarter of a second.
 */

import { FrameOpener, FrameRefused, FrameRepeated, FrameSealer, isCurtain } from "./frame_cipher.js";

const TELL_EVERY_MS = 250;

/** @type {CryptoKey | null} */
let key = null;
/** One of each for the key, whatever the browser makes of streams: a counter that began anew would be a nonce used
 * twice. @type {FrameSealer | null} */
let sealer = null;
/** @type {FrameOpener | null} */
let opener = null;
const counts = { passed: 0, refused: 0, repeated: 0, curtains: 0 };
let telling = false;

function tell() {
  if (telling) return;
  telling = true;
  setTimeout(() => {
    telling = false;
    postMessage(counts);
  }, TELL_EVERY_MS);
}

/** @param {ArrayBuffer} frame @returns {Promise<ArrayBuffer>} */
async function seal(frame) {
  if (!key) throw new FrameRefused("no key");
  sealer ??= new FrameSealer(key);
  return sealer.seal(frame);
}

/** @param {ArrayBuffer} frame @returns {Promise<ArrayBuffer>} */
async function open(frame) {
  if (isCurtain(frame)) {
    counts.curtains += 1;
    return frame;
  }
  if (!key) throw new FrameRefused("no key");
  opener ??= new FrameOpener(key);
  return opener.open(frame);
}

/** @param {(frame: ArrayBuffer) => Promise<ArrayBuffer>} change */
function through(change) {
  return new TransformStream({
    async transform(frame, controller) {
      try {
        frame.data = await change(frame.data);
        controller.enqueue(frame);
        counts.passed += 1;
      } catch (error) {
        counts[error instanceof FrameRepeated ? "repeated" : "refused"] += 1; // and the frame goes nowhere
      }
      tell();
    },
  });
}

self.addEventListener("message", ({ data }) => {
  key ??= data.key;
});
self.addEventListener("rtctransform", (/** @type {any} */ event) => {
  const { readable, writable, options } = event.transformer;
  void readable.pipeThrough(through(options.side === "seal" ? seal : open)).pipeTo(writable);
});
