/** The agent's end of the picture: answers the gate's offer and shows what comes. It never sends media. */

import { ownCertificate } from "./certificate.js";
import { sampleOf } from "./picture_health.js";

export class Viewer {
  /** @type {RTCPeerConnection | null} */
  #connection = null;

  /**
   * @param {object} options
   * @param {HTMLVideoElement} options.video
   * @param {(sdp: string) => void} options.sendAnswer
   */
  constructor({ video, sendAnswer }) {
    this.video = video;
    this.sendAnswer = sendAnswer;
  }

  /** Whether there is a way from the gate to this page. */
  get reached() {
    return this.#connection?.connectionState === "connected";
  }

  /** @returns {Promise<import("./picture_health.js").Sample | null>} null while there is no connection or picture */
  async sample() {
    const connection = this.#connection;
    return connection && this.reached ? sampleOf(connection) : null;
  }

  /** @param {string} sdp the gate's offer; an earlier connection is closed */
  async accept(sdp) {
    const certificates = [await ownCertificate()];
    this.close();
    const connection = new RTCPeerConnection({
      bundlePolicy: "max-bundle",
      rtcpMuxPolicy: "require",
      certificates,
    });
    this.#connection = connection;
    connection.addEventListener("track", (event) => this.#show(connection, event));
    await connection.setRemoteDescription({ type: "offer", sdp });
    await connection.setLocalDescription();
    if (this.#connection !== connection) return;
    const answer = connection.localDescription?.sdp;
    if (answer) this.sendAnswer(answer);
  }

  /** Forget the picture: nothing of it stays in the page. */
  close() {
    this.#connection?.close();
    this.#connection = null;
    this.video.srcObject = null;
  }

  /**
   * @param {RTCPeerConnection} connection
   * @param {RTCTrackEvent} event
   */
  #show(connection, event) {
    if (connection !== this.#connection) return;
    this.video.srcObject = new MediaStream([event.track]);
    void this.video.play().catch(() => this.video.setAttribute("data-waiting", ""));
  }
}
