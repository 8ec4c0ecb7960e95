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
 * @property {number} asked again, packets: missing or only late, both of which make the picture late
 * @property {number} frozenS how long the picture stood still though it should not have
 * @property {number | null} roundTripS
 * @property {number | null} sendableBps what the sender's estimate of the line allows; null where nobody estimates
 */

/** @typedef {"good" | "weak" | "poor"} Quality */
/** @typedef {{ frozenForMs: number, quality: Quality | null }} Health `frozenForMs` is 0 while the picture is current */

export const FROZEN_AFTER_MS = 5_000;
const WINDOW_MS = 5_000;
const PACKETS_TO_JUDGE = 10;
/** @typedef {{ loss: number, asked: number, frozen: number, roundTripS: number }} Limits shares of the packets, of the time, and seconds */
// Of the sender's estimate: below it text comes late after each change of the screen.
const WEAK_BPS = 1_000_000;
const POOR_BPS = 400_000;
const WEAK = { loss: 0.02, asked: 0.05, frozen: 0.03, roundTripS: 0.3 };
const POOR = { loss: 0.08, asked: 0.3, frozen: 0.1, roundTripS: 0.8 };

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
    const first = this.#samples[0];
    const oldest = first?.sample ?? newest;
    const lost = Math.max(0, newest.lost - oldest.lost);
    const packets = newest.received - oldest.received + lost;
    if (packets < PACKETS_TO_JUDGE && newest.roundTripS === null) return null;
    const judged = packets >= PACKETS_TO_JUDGE;
    const seconds = ((this.#samples.at(-1)?.atMs ?? 0) - (first?.atMs ?? 0)) / 1_000;
    const line = {
      loss: judged ? lost / packets : 0,
      asked: judged ? (newest.asked - oldest.asked) / packets : 0,
      frozen: seconds > 0 ? (newest.frozenS - oldest.frozenS) / seconds : 0,
      roundTripS: newest.roundTripS ?? 0,
    };
    const sendable = newest.sendableBps ?? Infinity;
    if (worse(POOR, line) || sendable < POOR_BPS) return "poor";
    return worse(WEAK, line) || sendable < WEAK_BPS ? "weak" : "good";
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
 * @param {Limits} limit
 * @param {Limits} line
 */
function worse(limit, line) {
  return (
    line.loss >= limit.loss ||
    line.asked >= limit.asked ||
    line.frozen >= limit.frozen ||
    line.roundTripS >= limit.roundTripS
  );
}

/**
 * @param {RTCPeerConnection} connection
 * @returns {Promise<Sample | null>} null while no picture is on its way
 */
export async function sampleOf(connection) {
  /** @type {Sample} */
  const sample = { frames: 0, received: 0, lost: 0, reports: 0, sent: 0, asked: 0, frozenS: 0, roundTripS: null, sendableBps: null };
  let video = false;
  const stats = await connection.getStats();
  stats.forEach((/** @type {any} */ one) => {
    if (one.type === "inbound-rtp" && one.kind === "video") {
      video = true;
      sample.frames = one.framesDecoded ?? 0;
      sample.received = one.packetsReceived ?? 0;
      sample.lost = one.packetsLost ?? 0;
      sample.asked = one.nackCount ?? 0;
      sample.frozenS = one.totalFreezesDuration ?? 0;
    } else if (one.type === "remote-outbound-rtp" && one.kind === "video") {
      sample.reports = one.reportsSent ?? 0;
      sample.sent = one.packetsSent ?? 0;
    } else if (one.type === "candidate-pair" && one.nominated) {
      sample.roundTripS = one.currentRoundTripTime ?? null;
    }
  });
  return video ? sample : null;
}

/**
 * The same from the sender's end: of what was sent, what the other end says it missed.
 * @param {RTCPeerConnection} connection
 * @returns {Promise<Sample | null>} null before the first report
 */
export async function sentSampleOf(connection) {
  let sent = 0;
  let asked = 0;
  /** @type {number | null} */
  let sendableBps = null;
  /** @type {any} */
  let report = null;
  const stats = await connection.getStats();
  stats.forEach((/** @type {any} */ one) => {
    if (one.type === "outbound-rtp" && one.kind === "video") {
      sent += one.packetsSent ?? 0;
      asked += one.nackCount ?? 0;
    } else if (one.type === "remote-inbound-rtp" && one.kind === "video") report = one;
    else if (one.type === "candidate-pair" && one.nominated) sendableBps = one.availableOutgoingBitrate ?? null;
  });
  if (!report) return null;
  const lost = Math.max(0, report.packetsLost ?? 0);
  const roundTripS = report.roundTripTime ?? null;
  return { frames: 0, received: Math.max(0, sent - lost), lost, reports: 0, sent, asked, frozenS: 0, roundTripS, sendableBps };
}
