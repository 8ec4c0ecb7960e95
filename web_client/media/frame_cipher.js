/**
 * Encrypted frames of a picture, one direction: what a page's worker makes of each frame, and back. See
 * session/media/END_TO_END.md, "A frame".
 *
 *   clear header | AES-256-GCM ciphertext | tag (16) | counter (4, most significant first) | version (1)
 *
 * The header stays in clear because browsers and the gate read it: whether this is a key frame, and its size. It is
 * authenticated all the same, as are counter and version.
 */

const VERSION = 1;
const TAG_BYTES = 16;
const TRAILER_BYTES = 5;
/** RFC 6386 clause 9.1: frame tag, start code and size of a key frame; the tag alone of any other. */
const CLEAR_BYTES = { key: 10, delta: 3 };
const LAST_COUNTER = 0xffffffff;
/** Frames that a lost packet held up come after those that follow them: so many places may one come late. */
const LATE_AT_MOST = 64;

/**
 * The only picture that the gate itself may send, byte for byte: black, 16 by 16. The gate may darken, never paint.
 * The same as session/media/curtain.py.
 */
export const CURTAIN = new Uint8Array([
  0x10, 0x02, 0x00, 0x9d, 0x01, 0x2a, 0x10, 0x00, 0x10, 0x00, 0x05, 0x87, 0x08, 0x85, 0x85, 0x88, 0x85, 0x84, 0x88,
  0x1d, 0x82, 0x00, 0x0c, 0x0e, 0xf4, 0x00, 0xfe, 0xf1, 0x44, 0x80,
]);

/** This frame is not one of the other page's. */
export class FrameRefused extends Error {}

/** It came before, or so late that it may have: whoever replays frames gains nothing. */
export class FrameRepeated extends FrameRefused {}

/** For one connection: its key was never used before, so that its counter may begin at nought. */
export class FrameSealer {
  #counter = 0;

  /** @param {CryptoKey} key AES-GCM, 256 bits */
  constructor(key) {
    this.key = key;
  }

  /**
   * @param {ArrayBuffer} frame VP8
   * @returns {Promise<ArrayBuffer>}
   * @throws {FrameRefused} too short to be a frame, or the key has been used up
   */
  async seal(frame) {
    const clear = clearBytes(frame);
    if (this.#counter >= LAST_COUNTER) throw new FrameRefused("used up");
    this.#counter += 1;
    const trailer = trailerOf(this.#counter);
    const ciphertext = await crypto.subtle.encrypt(
      parameters(this.#counter, frame.slice(0, clear), trailer),
      this.key,
      frame.slice(clear),
    );
    return joined(new Uint8Array(frame, 0, clear), new Uint8Array(ciphertext), trailer);
  }
}

export class FrameOpener {
  #latest = 0;
  /** Counters of this window that were opened. @type {Set<number>} */
  #opened = new Set();

  /** @param {CryptoKey} key AES-GCM, 256 bits */
  constructor(key) {
    this.key = key;
  }

  /**
   * @param {ArrayBuffer} sealed
   * @returns {Promise<ArrayBuffer>} the frame
   * @throws {FrameRefused} not of the other page, changed on the way; FrameRepeated: it was opened before, or is so
   *   late that it may have been
   */
  async open(sealed) {
    const clear = clearBytes(sealed);
    const end = sealed.byteLength - TRAILER_BYTES;
    if (end < clear + TAG_BYTES) throw new FrameRefused("short");
    const trailer = new Uint8Array(sealed, end);
    const counter = new DataView(sealed, end).getUint32(0);
    if (trailer[TRAILER_BYTES - 1] !== VERSION) throw new FrameRefused("version");
    if (counter <= this.#latest - LATE_AT_MOST || this.#opened.has(counter)) throw new FrameRepeated("old");
    try {
      const content = await crypto.subtle.decrypt(
        parameters(counter, sealed.slice(0, clear), trailer),
        this.key,
        sealed.slice(clear, end),
      );
      this.#remember(counter);
      return joined(new Uint8Array(sealed, 0, clear), new Uint8Array(content));
    } catch {
      throw new FrameRefused("changed");
    }
  }

  /** @param {number} counter */
  #remember(counter) {
    this.#opened.add(counter);
    if (counter <= this.#latest) return;
    this.#latest = counter;
    for (const one of this.#opened) if (one <= counter - LATE_AT_MOST) this.#opened.delete(one);
  }
}

/** @param {ArrayBuffer} frame */
export function isCurtain(frame) {
  const bytes = new Uint8Array(frame);
  return bytes.length === CURTAIN.length && bytes.every((byte, place) => byte === CURTAIN[place]);
}

/** @param {ArrayBuffer} frame */
function clearBytes(frame) {
  if (frame.byteLength === 0) throw new FrameRefused("empty");
  const delta = (new DataView(frame).getUint8(0) & 1) === 1;
  const clear = delta ? CLEAR_BYTES.delta : CLEAR_BYTES.key;
  if (frame.byteLength < clear) throw new FrameRefused("short");
  return clear;
}

/** @param {number} counter */
function trailerOf(counter) {
  const trailer = new Uint8Array(TRAILER_BYTES);
  new DataView(trailer.buffer).setUint32(0, counter);
  trailer[TRAILER_BYTES - 1] = VERSION;
  return trailer;
}

/**
 * @param {number} counter
 * @param {ArrayBuffer} clear
 * @param {Uint8Array} trailer
 */
function parameters(counter, clear, trailer) {
  const iv = new Uint8Array(12); // unique under this key: one key a connection and direction, one counter a frame
  new DataView(iv.buffer).setUint32(8, counter);
  return { name: "AES-GCM", iv, additionalData: joined(new Uint8Array(clear), trailer), tagLength: TAG_BYTES * 8 };
}

/** @param {Uint8Array[]} parts */
function joined(...parts) {
  const whole = new Uint8Array(parts.reduce((size, part) => size + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole.buffer;
}
