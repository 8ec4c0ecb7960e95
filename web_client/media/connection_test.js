/**
 * Tries each way from this browser to the gate by itself, and says which hop fails. Nothing is captured and nothing sent but
 * connectivity checks.
 *
 * @typedef {import("./ice.js").RelayFacts} RelayFacts
 * @typedef {{ addresses: string[], port: number, ufrag: string, password: string }} GateFacts
 * @typedef {{ gates: [GateFacts, ...GateFacts[]], relay: RelayFacts | null, until_ms: number }} ConnectionTest
 * @typedef {"direct" | "udp" | "tcp" | "tls"} Way
 * @typedef {object} Outcome
 * @property {Way} way
 * @property {"passed" | "failed" | "absent"} result absent: this way is not set up
 * @property {"" | "gate" | "relay" | "refused" | "full" | "behind"} hop what failed: the gate was not reached; the TURN server
 *   was not reached; it refused; it has no place left; it was reached, and does not reach the gate
 * @property {string} to what was to be reached on that hop, as host and port
 */

import { iceServers } from "./ice.js";
import { trialAnswer } from "./trial_description.js";

/** @type {Way[]} */
export const WAYS = ["direct", "udp", "tcp", "tls"];
const WITHIN_MS = 12_000;
const FULL = new Set([486, 508]); // RFC 8656 clause 15: quota reached, no capacity
const REACHED = new Set(["connected", "completed"]);

/**
 * @param {Way} way
 * @param {ConnectionTest} test
 * @returns {Promise<Outcome>} never later than twelve seconds
 */
export async function tryWay(way, test) {
  const [gate] = test.gates; // a new session would go there; the others differ in the port alone
  const urls = way === "direct" ? [] : urlsOf(way, test.relay);
  const direct = way === "direct";
  if (!direct && urls.length === 0) return { way, result: "absent", hop: "", to: "" };
  const attempt = new Attempt(direct || !test.relay ? null : { ...test.relay, urls });
  try {
    if (await attempt.reaches(gate)) return { way, result: "passed", hop: "", to: "" };
    const hop = direct ? "gate" : attempt.failedHop();
    const to = hop === "gate" || hop === "behind" ? places(gate) : urls.map(placeOf).join(", ");
    return { way, result: "failed", hop, to };
  } finally {
    attempt.close();
  }
}

class Attempt {
  #relayed = false;
  #refusal = 0;

  /** @param {RelayFacts | null} relay null: without one */
  constructor(relay) {
    this.connection = new RTCPeerConnection({
      iceServers: iceServers(relay),
      iceTransportPolicy: relay ? "relay" : "all",
    });
    this.connection.addEventListener("icecandidate", ({ candidate }) => {
      if (candidate?.candidate.includes(" typ relay")) this.#relayed = true;
    });
    this.connection.addEventListener("icecandidateerror", ({ errorCode }) => {
      if (errorCode >= 300 && errorCode <= 699) this.#refusal = errorCode; // 701: it was not reached
    });
  }

  /**
   * @param {GateFacts} gate
   * @returns {Promise<boolean>}
   */
  async reaches(gate) {
    const { connection } = this;
    connection.createDataChannel("test");
    await connection.setLocalDescription();
    const sdp = trialAnswer(connection.localDescription?.sdp ?? "", gate);
    await connection.setRemoteDescription({ type: "answer", sdp });
    return new Promise((resolve) => {
      const deadline = window.setTimeout(() => resolve(false), WITHIN_MS);
      const look = () => {
        if (!REACHED.has(connection.iceConnectionState)) return;
        window.clearTimeout(deadline);
        resolve(true);
      };
      connection.addEventListener("iceconnectionstatechange", look);
      look();
    });
  }

  /** @returns {"relay" | "refused" | "full" | "behind"} */
  failedHop() {
    if (this.#relayed) return "behind";
    if (FULL.has(this.#refusal)) return "full";
    return this.#refusal ? "refused" : "relay";
  }

  close() {
    this.connection.close();
  }
}

/**
 * @param {Way} way
 * @param {RelayFacts | null} relay
 */
function urlsOf(way, relay) {
  return (relay?.urls ?? []).filter((url) => wayOf(url) === way);
}

/** @param {string} url as RFC 7065 writes it, with its transport */
function wayOf(url) {
  if (url.startsWith("turns:")) return "tls";
  return url.endsWith("=tcp") ? "tcp" : "udp";
}

/** @param {string} url */
function placeOf(url) {
  return url.replace(/^turns?:/, "").replace(/\?.*$/, "");
}

/** @param {GateFacts} gate */
function places({ addresses, port }) {
  return addresses.map((address) => (address.includes(":") ? `[${address}]:${port}` : `${address}:${port}`)).join(", ");
}
