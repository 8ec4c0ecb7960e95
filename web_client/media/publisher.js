/**
 * The customer's picture: chosen in the browser's own picker, attached to the connection only while the session is
 * sharing. Before that, and in every pause, the connection has no track and nothing leaves this computer.
 *
 * @typedef {import("../protocol/shapes").Surface} Surface
 * @typedef {import("../protocol/shapes").CapturedSurface} CapturedSurface
 */

import { KeyShareRefused } from "../protocol/key_share.js";
import { ownCertificate } from "./certificate.js";
import { iceServers } from "./ice.js";
import { SealedWay } from "./sealed_way.js";
import { withStartBitrate } from "./sdp.js";
import { fits, pickerOptions, surfaceOf } from "./surface.js";

const LOOK_EVERY_MS = 250;

/** The surface that was picked shows more than the customer agreed to; the capture was ended at once. */
export class SurfaceMismatch extends Error {
  /** @param {CapturedSurface} captured */
  constructor(captured) {
    super(`captured ${captured}`);
    this.captured = captured;
  }
}

export class Publisher {
  /** @type {RTCPeerConnection | null} */
  #connection = null;
  /** @type {RTCRtpSender | null} */
  #sender = null;
  /** @type {MediaStreamTrack | null} */
  #track = null;
  #sharing = false;
  #turn = 0;
  /** @type {SealedWay} */
  #way;

  /**
   * @param {object} options
   * @param {(sdp: string, share: import("../protocol/key_share.js").KeyShare | null) => void} options.sendOffer
   * @param {import("./picture_keys.js").CustomerKeys} options.keys
   * @param {(state: import("./sealed_way.js").EncryptionState) => void} options.onEncryption
   * @param {() => void} options.onForged the agent's page did not sign what it should have
   * @param {() => void} options.onBrowserStop the browser's own bar ended the capture
   * @param {(why: "muted" | "surface") => void} options.onDoubt the picture was lost, or is of another kind of surface:
   *   called at each such change while it is being shown
   * @param {() => import("./ice.js").RelayFacts | null} [options.relay] asked at each new connection
   */
  constructor({ sendOffer, keys, onEncryption, onForged, onBrowserStop, onDoubt, relay = () => null }) {
    this.relay = relay;
    this.sendOffer = sendOffer;
    this.onForged = onForged;
    this.#way = new SealedWay(keys, onEncryption);
    this.onBrowserStop = onBrowserStop;
    this.onDoubt = onDoubt;
  }

  /** What is captured now; "unknown" where nothing is, or the browser does not tell. */
  get surface() {
    return this.#track ? surfaceOf(this.#track) : "unknown";
  }

  get hasTrack() {
    return this.#track !== null && this.#track.readyState === "live";
  }

  /** What is captured, for the customer's own eyes. */
  get track() {
    return this.#track;
  }

  get connected() {
    return this.#connection !== null;
  }

  /** For its counters. */
  get connection() {
    return this.#connection;
  }

  /** Whether there is a way from this page to the gate. */
  get reached() {
    return this.#connection?.connectionState === "connected";
  }

  /** Make the connection anew, without a track, and offer it. An earlier one is closed; a captured track is kept. */
  async connect() {
    this.#turn += 1;
    const turn = this.#turn;
    const certificates = [await ownCertificate()];
    if (turn !== this.#turn) return; // stopped, or begun anew, while the certificate was looked for
    this.#connection?.close();
    const connection = new RTCPeerConnection({
      bundlePolicy: "max-bundle",
      rtcpMuxPolicy: "require",
      certificates,
      iceServers: iceServers(this.relay()),
    });
    this.#connection = connection;
    const transceiver = connection.addTransceiver("video", { direction: "sendonly" });
    transceiver.setCodecPreferences(usableCodecs());
    this.#sender = transceiver.sender;
    const share = await this.#way.begin(transceiver.sender);
    if (this.#connection !== connection) return;
    await connection.setLocalDescription(); // without a share too: what waits for an answer is made anew
    if (this.#connection !== connection || share === undefined) return;
    const sdp = connection.localDescription?.sdp;
    if (sdp) this.sendOffer(sdp, share);
    await this.#attach();
  }

  /**
   * The agent's page has its keys: only now anything is sent.
   * @param {import("../protocol/key_share.js").KeyShare | null} share null where the agent's browser encrypts nothing
   * @param {string | null} answers this page's key that it is for
   */
  async keyed(share, answers) {
    try {
      if ((await this.#way.agree(share, answers)) === "anew") return await this.connect();
    } catch (error) {
      if (!(error instanceof KeyShareRefused)) throw error;
      this.stop();
      return this.onForged();
    }
    await this.#attach();
  }

  /** After a new live connection: an offer whose answer never came is made again, and nothing else. */
  forgetUnanswered() {
    if (this.#connection?.signalingState !== "have-local-offer") return;
    this.#connection.close();
    this.#connection = null;
    this.#sender = null;
    this.#way.end();
  }

  /** @param {string} sdp the gate's answer */
  async accept(sdp) {
    if (this.#connection?.signalingState !== "have-local-offer") return;
    await this.#connection.setRemoteDescription({ type: "answer", sdp: withStartBitrate(sdp) });
    if (this.#sender) await preferSharpness(this.#sender);
    await this.#attach();
  }

  /**
   * Open the browser's picker. Must be called from a click.
   * @param {Surface} agreed
   * @returns {Promise<CapturedSurface>}
   * @throws {SurfaceMismatch} what was picked shows more than was agreed to
   * @throws {DOMException} NotAllowedError when the picker was closed without a choice
   */
  async choose(agreed) {
    const stream = await navigator.mediaDevices.getDisplayMedia(pickerOptions(agreed));
    const [track] = stream.getVideoTracks();
    if (!track) throw new DOMException("no picture", "NotFoundError");
    const captured = surfaceOf(track);
    if (!fits(captured, agreed)) {
      track.stop();
      throw new SurfaceMismatch(captured);
    }
    this.dropTrack();
    track.contentHint = "detail";
    track.addEventListener("ended", () => this.#browserStopped(track));
    track.addEventListener("mute", () => this.#doubted(track, "muted"));
    this.#watchSurface(track, captured);
    this.#track = track;
    return captured;
  }

  /**
   * Attach or detach the track. Only the server's own word that the session is sharing attaches it.
   * @param {boolean} sharing
   */
  async follow(sharing) {
    if (this.#sharing === sharing) return;
    this.#sharing = sharing;
    await this.#attach();
  }

  /** End the capture; the connection stays, so that another choice can be made. */
  dropTrack() {
    const track = this.#track;
    this.#track = null;
    track?.stop();
  }

  /** End everything: no capture, no connection. */
  stop() {
    this.#turn += 1;
    this.#sharing = false;
    this.dropTrack();
    this.#connection?.close();
    this.#connection = null;
    this.#sender = null;
    this.#way.stop();
  }

  async #attach() {
    const sender = this.#sender;
    if (!sender || this.#connection?.signalingState !== "stable") return;
    const track = this.#sharing && this.#way.open ? this.#track : null;
    if (sender.track !== track) await sender.replaceTrack(track);
  }

  /**
   * No browser has an event for this that can be relied on.
   * @param {MediaStreamTrack} track
   * @param {CapturedSurface} captured
   */
  #watchSurface(track, captured) {
    let known = captured;
    const timer = window.setInterval(() => {
      if (track !== this.#track) return window.clearInterval(timer);
      const now = surfaceOf(track);
      if (now !== known) this.#doubted(track, "surface");
      known = now;
    }, LOOK_EVERY_MS);
  }

  /**
   * @param {MediaStreamTrack} track
   * @param {"muted" | "surface"} why
   */
  #doubted(track, why) {
    if (track === this.#track && this.#sharing) this.onDoubt(why);
  }

  /** @param {MediaStreamTrack} track */
  #browserStopped(track) {
    if (track !== this.#track) return;
    this.#track = null;
    this.onBrowserStop();
  }
}

/** The gate forwards VP8 and its retransmissions: what it has no curtain for is not offered. */
function usableCodecs() {
  const all = RTCRtpSender.getCapabilities("video")?.codecs ?? [];
  return all.filter(({ mimeType }) => mimeType === "video/VP8" || mimeType === "video/rtx");
}

/**
 * Text must stay readable: fewer pictures rather than smaller ones.
 * @param {RTCRtpSender} sender
 */
async function preferSharpness(sender) {
  const parameters = sender.getParameters();
  const [encoding] = parameters.encodings;
  if (encoding) {
    encoding.maxFramerate = 15;
    encoding.maxBitrate = 6_000_000;
  }
  await sender.setParameters({ ...parameters, degradationPreference: "maintain-resolution" });
}
