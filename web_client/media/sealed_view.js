/** The agent's end of encryption, connection by connection: what cannot be opened with the key is never shown. */

import { encryptionRequired } from "./encryption_policy.js";
import { canTransform, FrameTransform } from "./frame_transform.js";
import { whyNot } from "./sealed_way.js";

const REFUSED_AT_MOST = 3; // one after the other: a frame or two may be hurt on the way

/** @typedef {import("./sealed_way.js").EncryptionState} EncryptionState */

export class SealedView {
  /** @type {FrameTransform | null} */
  #frames = null;
  /** @type {EncryptionState} */
  #agreed = "none";
  #garbled = false;
  #unable = false;
  #passed = 0;
  #refusedBefore = 0;

  /**
   * @param {import("./picture_keys.js").AgentKeys} keys
   * @param {(state: EncryptionState) => void} changed
   */
  constructor(keys, changed) {
    this.keys = keys;
    this.changed = changed;
  }

  /** Whether this browser cannot open what the customer's would seal, and nothing may go without. */
  get unable() {
    return this.#unable;
  }

  /** Whether what comes can be opened; what is shown is not of now where it cannot. */
  get readable() {
    return !this.#garbled;
  }

  /**
   * @param {import("../protocol/key_share.js").KeyShare | null} customers null where their browser encrypts nothing
   * @param {string} device the customer's, as the server tells it
   * @returns {Promise<import("../protocol/key_share.js").KeyShare | null | undefined>} undefined: there must be no answer
   */
  async begin(customers, device) {
    this.end();
    if (!customers || !canTransform()) return this.#without(customers !== null);
    const frames = new FrameTransform({
      counted: (counts) => this.#counted(counts),
      broken: () => this.#broken(frames),
    });
    this.#frames = frames;
    this.changed("pending");
    try {
      const { key, compared, share } = await this.keys.answer(customers, device);
      if (frames !== this.#frames) return undefined;
      frames.use(key);
      this.#agreed = compared ? "compared" : "badge";
      this.changed(this.#agreed);
      return share;
    } catch (error) {
      const why = whyNot(error);
      if (frames === this.#frames) this.changed(why);
      return undefined;
    }
  }

  /** @param {RTCRtpReceiver} receiver in its track event */
  open(receiver) {
    this.#frames?.open(receiver);
  }

  end() {
    this.#frames?.close();
    this.#frames = null;
    this.#agreed = "none";
    this.#garbled = false;
    this.#unable = false;
    this.#passed = 0;
    this.#refusedBefore = 0;
    this.changed("none");
  }

  /** @param {FrameTransform} frames */
  #broken(frames) {
    if (frames === this.#frames) this.changed("unloaded");
  }

  /** @param {import("./frame_transform.js").FrameCounts} counts */
  #counted({ passed, refused, curtains }) {
    if (this.#agreed === "none") return;
    const opened = passed - curtains;
    if (opened > this.#passed) this.#refusedBefore = refused;
    this.#passed = opened;
    const garbled = refused - this.#refusedBefore >= REFUSED_AT_MOST;
    if (garbled === this.#garbled) return;
    this.#garbled = garbled;
    this.changed(garbled ? "garbled" : this.#agreed);
  }

  /** @param {boolean} offered the customer's browser would encrypt */
  #without(offered) {
    if (encryptionRequired()) {
      this.#unable = offered;
      this.changed(offered ? "unable" : "refused");
      return undefined;
    }
    this.changed("off");
    return null;
  }
}
