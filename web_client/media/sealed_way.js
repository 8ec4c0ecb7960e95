/**
 * The customer's end of encryption, connection by connection: open only once the agent's page has keys, or where the
 * policy lets a picture go without and the customer's page says so.
 *
 * @typedef {"none" | "pending" | "compared" | "badge" | "off" | "unable" | "lost" | "distrusted" | "unchecked" | "unsigned" | "device" | "unloaded" | "refused" | "garbled"} EncryptionState
 *   compared, badge: end to end, with whom words or the badge told; off: the gate could see it; unable to refused: no
 *   picture goes, because this browser cannot encrypt, does not know any more whom it compared words with, is told of
 *   another end than it found, cannot check the badge now, or never, has another key than the badge is for, could not
 *   load its worker, or the other page encrypts nothing; garbled: what comes cannot be opened
 */

import { encryptionRequired } from "./encryption_policy.js";
import { canTransform, FrameTransform } from "./frame_transform.js";
import { KeysUnavailable } from "./picture_keys.js";

/** @type {Record<KeysUnavailable["reason"], EncryptionState>} */
const WHY = {
  lost: "lost",
  distrusted: "distrusted",
  badge: "unchecked",
  unsigned: "unsigned",
  device: "device",
};

/** @param {unknown} error @returns {EncryptionState} */
export function whyNot(error) {
  if (error instanceof KeysUnavailable) return WHY[error.reason];
  throw error;
}

export class SealedWay {
  /** @type {FrameTransform | null} */
  #frames = null;
  #open = false;
  #without = false;

  /**
   * @param {import("./picture_keys.js").CustomerKeys} keys
   * @param {(state: EncryptionState) => void} changed
   */
  constructor(keys, changed) {
    this.keys = keys;
    this.changed = changed;
  }

  /** Whether a track may be attached. */
  get open() {
    return this.#open;
  }

  /**
   * @param {RTCRtpSender} sender of a new connection, without a track
   * @returns {Promise<import("../protocol/key_share.js").KeyShare | null | undefined>} undefined: there must be no offer
   */
  async begin(sender) {
    this.end();
    if (!canTransform() || this.#without) {
      this.changed(encryptionRequired() ? "unable" : "pending");
      return encryptionRequired() ? undefined : null;
    }
    const frames = new FrameTransform({ broken: () => this.#broken(frames) });
    this.#frames = frames;
    frames.seal(sender);
    this.changed("pending");
    try {
      const share = await this.keys.offer();
      return frames === this.#frames ? share : undefined;
    } catch (error) {
      if (frames === this.#frames) this.changed(whyNot(error));
      return undefined;
    }
  }

  /**
   * @param {import("../protocol/key_share.js").KeyShare | null} share the agent's; null: their browser encrypts nothing
   * @param {string | null} answers the key of this page that it is for
   * @returns {Promise<"agreed" | "anew">} anew: another connection has to be made, one that encrypts nothing
   */
  async agree(share, answers) {
    if (this.#open) return "agreed"; // told a second time, over a new line
    if (!share) return this.#goWithout();
    const frames = this.#frames;
    const agreed = await this.keys.agree(share, answers);
    if (!agreed || !frames || frames !== this.#frames) return "agreed";
    frames.use(agreed.key);
    this.#open = true;
    this.changed(agreed.compared ? "compared" : "badge");
    return "agreed";
  }

  /** Whoever comes next may have a browser that can. */
  stop() {
    this.#without = false;
    this.end();
  }

  end() {
    this.#open = false;
    this.#frames?.close();
    this.#frames = null;
    this.changed("none");
  }

  /** @param {FrameTransform} frames */
  #broken(frames) {
    if (frames === this.#frames) this.changed("unloaded");
  }

  /** @returns {"agreed" | "anew"} */
  #goWithout() {
    if (encryptionRequired()) {
      this.changed("refused");
      return "agreed";
    }
    if (this.#frames) {
      this.#without = true;
      return "anew";
    }
    this.#open = true;
    this.changed("off");
    return "agreed";
  }
}
