/**
 * Whether the picture that an agent sees is the customer's of now, and how good the line is.
 *
 * A picture that stands still is not a frozen one: a page at which nobody scrolls sends about a frame a second, or only
 * the sender's reports. So it is *current* when a frame was shown, or a new report came and nothing that it tells of was
 * missing here. After 5 s without either it may be frozen.
 */

/**
 * @typedef {object} Sample counters since the connection began; seconds for times
 * @property {number} frames decoded
 * @property {number} received packets
 * @property {number} lost packets
 * @property {number} reports of the sender
 * @property {number} sent packets, as the newest report tells
 * @property {number | null} roundTripS
 */

/** @typedef {"good" | "weak" | "poor"} Quality */
/** @typedef {{ frozenForMs: number, quality: Quality | null }} Health `frozenForMs` is 0 while the picture is current */

export const FROZEN_AFTER_MS = 5_000;
const WINDOW_MS = 5_000;
const PACKETS_TO_JUDGE = 10;
const WEAK = { loss: 0.02, roundTripS: 0.3 };
const POOR = { loss: 0.08, roundTripS: 0.8 };

export class PictureHealth {
  /** @type {{ atMs: number, sample: Sample }[]} */
  #samples = [];
  #currentAtMs = 0;

  /** What was before counts no more: the picture was dark, or comes another way. */
  reset() {
    this.#samples = [];
  }

  /**
   * @param {Sample} sample
   * @param {number} nowMs of a clock that never goes back
   * @returns {Health}
   */
  observe(sample, nowMs) {
    const before = this.#samples.at(-1)?.sample;
    if (before && sample.received < before.received) this.reset(); // another connection counts from nought
    if (this.#samples.length === 0 || !before || advanced(before, sample)) this.#currentAtMs = nowMs;
    this.#samples.push({ atMs: nowMs, sample });
    while (nowMs - (this.#samples[0]?.atMs ?? nowMs) > WINDOW_MS) this.#samples.shift();
    const standing = nowMs - this.#currentAtMs;
    return { frozenForMs: standing >= FROZEN_AFTER_MS ? standing : 0, quality: this.#quality(sample) };
  }

  /**
   * @param {Sample} newest
   * @returns {Quality | null} null while too little came to judge by
   */
  #quality(newest) {
    const oldest = this.#samples[0]?.sample ?? newest;
    const lost = Math.max(0, newest.lost - oldest.lost);
    const packets = newest.received - oldest.received + lost;
    const loss = packets >= PACKETS_TO_JUDGE ? lost / packets : 0;
    if (packets < PACKETS_TO_JUDGE && newest.roundTripS === null) return null;
    if (worse(POOR, loss, newest.roundTripS)) return "poor";
    return worse(WEAK, loss, newest.roundTripS) ? "weak" : "good";
  }
}

/**
 * @param {Sample} before
 * @param {Sample} now
 */
function advanced(before, now) {
  if (now.frames > before.frames) return true;
  const sent = now.sent - before.sent;
  const arrived = now.received - before.received; // told of another moment than `sent`: half of it is near enough
  return now.reports > before.reports && 2 * arrived >= sent;
}

/**
 * @param {{ loss: number, roundTripS: number }} limit
 * @param {number} loss
 * @param {number | null} roundTripS
 */
function worse(limit, loss, roundTripS) {
  return loss >= limit.loss || (roundTripS !== null && roundTripS >= limit.roundTripS);
}

/**
 * @param {RTCPeerConnection} connection
 * @returns {Promise<Sample | null>} null while no picture is on its way
 */
export async function sampleOf(connection) {
  /** @type {Sample} */
  const sample = { frames: 0, received: 0, lost: 0, reports: 0, sent: 0, roundTripS: null };
  let video = false;
  const stats = await connection.getStats();
  stats.forEach((/** @type {any} */ one) => {
    if (one.type === "inbound-rtp" && one.kind === "video") {
      video = true;
      sample.frames = one.framesDecoded ?? 0;
      sample.received = one.packetsReceived ?? 0;
      sample.lost = one.packetsLost ?? 0;
    } else if (one.type === "remote-outbound-rtp" && one.kind === "video") {
      sample.reports = one.reportsSent ?? 0;
      sample.sent = one.packetsSent ?? 0;
    } else if (one.type === "candidate-pair" && one.nominated) {
      sample.roundTripS = one.currentRoundTripTime ?? null;
    }
  });
  return video ? sample : null;
}
