/** The agent's end of the picture: answers the gate's offer and shows what comes. It never sends media. */

import { ownCertificate } from "./certificate.js";
import { iceServers } from "./ice.js";
import { sampleOf } from "./picture_health.js";
import { SealedView } from "./sealed_view.js";
import { withKnownExtensions } from "./sdp.js";

export class Viewer {
  /** @type {RTCPeerConnection | null} */
  #connection = null;
  #turn = 0;
  /** @type {SealedView} */
  #sealed;

  /**
   * @param {object} options
   * @param {HTMLVideoElement} options.video
   * @param {(sdp: string, share: import("../protocol/key_share.js").KeyShare | null) => void} options.sendAnswer
   * @param {import("./picture_keys.js").AgentKeys} options.keys
   * @param {(state: import("./sealed_way.js").EncryptionState) => void} options.onEncryption
   * @param {() => import("./ice.js").RelayFacts | null} [options.relay] asked at each new connection
   */
  constructor({ video, sendAnswer, keys, onEncryption, relay = () => null }) {
    this.relay = relay;
    this.video = video;
    this.sendAnswer = sendAnswer;
    this.#sealed = new SealedView(keys, onEncryption);
  }

  /** Whether there is a way from the gate to this page. */
  get reached() {
    return this.#connection?.connectionState === "connected";
  }

  /** Whether what comes can be opened with this session's key. */
  get readable() {
    return this.#sealed.readable;
  }

  /** @returns {Promise<import("./picture_health.js").Sample | null>} null while there is no connection or picture */
  async sample() {
    const connection = this.#connection;
    return connection && this.reached ? sampleOf(connection) : null;
  }

  /**
   * An earlier connection is closed. Without keys for it nothing is answered, so that nothing comes.
   * @param {{ sdp: string, key_share: import("../protocol/key_share.js").KeyShare | null, device_key: string }} offer
   * @throws {import("../protocol/key_share.js").KeyShareRefused}
   */
  async accept({ sdp, key_share: customers, device_key: device }) {
    this.close();
    const turn = this.#turn;
    const certificates = [await ownCertificate()];
    if (turn !== this.#turn) return; // closed for good, or begun anew, meanwhile
    const share = await this.#sealed.begin(customers, device);
    if (turn !== this.#turn) return;
    if (share === undefined) {
      if (this.#sealed.unable) this.sendAnswer("", null); // refused, so that the customer's page can say why
      return;
    }
    const connection = new RTCPeerConnection({
      bundlePolicy: "max-bundle",
      rtcpMuxPolicy: "require",
      certificates,
      iceServers: iceServers(this.relay()),
    });
    this.#connection = connection;
    connection.addEventListener("track", (event) => this.#show(connection, event));
    await connection.setRemoteDescription({ type: "offer", sdp: withKnownExtensions(sdp) });
    await connection.setLocalDescription();
    if (this.#connection !== connection) return;
    const answer = connection.localDescription?.sdp;
    if (answer) this.sendAnswer(answer, share);
  }

  /** Forget the picture: nothing of it stays in the page. */
  close() {
    this.#turn += 1;
    this.#connection?.close();
    this.#connection = null;
    this.#sealed.end();
    this.video.srcObject = null;
  }

  /**
   * @param {RTCPeerConnection} connection
   * @param {RTCTrackEvent} event
   */
  #show(connection, event) {
    if (connection !== this.#connection) return;
    this.#sealed.open(event.receiver);
    this.video.srcObject = new MediaStream([event.track]);
    void this.video.play().catch(() => this.video.setAttribute("data-waiting", ""));
  }
}
