/**
 * The live connection of one page: ticket, hello, reconnect, and the watchdog over the server's beats.
 * It knows the wire (server/signalling/PROTOCOL.md) and no screen.
 *
 * @typedef {import("./shapes").ServerMessage} ServerMessage
 * @typedef {import("./shapes").PageMessage} PageMessage
 * @typedef {"connecting" | "open" | "reconnecting" | "lost" | "closed"} Link
 */

import { Problem } from "./api.js";
import { randomBase64url } from "./base64url.js";

/** Made once per page load: another one tells the server that the page was reloaded. */
export const PAGE = randomBase64url(16);

const SILENCE_MS = 5_000;
const WATCH_EVERY_MS = 500;
const BACKOFF_MS = [100, 250, 500, 1_000, 2_000];
const FINAL_CLOSE_CODES = new Set([4400, 4408, 4409, 4429]);

export class LiveConnection {
  /** @type {WebSocket | null} */
  #socket = null;
  #seq = 0;
  #heardAt = 0;
  #attempts = 0;
  #downSince = 0;
  #watch = 0;
  #retry = 0;
  /** @type {PageMessage[]} */
  #owed = [];
  /** @type {Link} */
  link = "connecting";

  /**
   * @param {object} options
   * @param {() => Promise<string>} options.ticket asks for a one-use ticket
   * @param {(message: ServerMessage) => void} options.onMessage
   * @param {(link: Link, problem: Problem | null) => void} options.onLink
   * @param {number} options.giveUpAfterMs how long to try again after a loss
   * @param {string} [options.address]
   */
  constructor({ ticket, onMessage, onLink, giveUpAfterMs, address = socketAddress() }) {
    this.ticket = ticket;
    this.onMessage = onMessage;
    this.onLink = onLink;
    this.giveUpAfterMs = giveUpAfterMs;
    this.address = address;
  }

  start() {
    this.#downSince = performance.now();
    this.#watch = window.setInterval(() => this.#checkSilence(), WATCH_EVERY_MS);
    void this.#open();
  }

  /** Close for good: no reconnect, no further callbacks but `closed`. */
  stop() {
    window.clearInterval(this.#watch);
    window.clearTimeout(this.#retry);
    const socket = this.#socket;
    this.#socket = null;
    socket?.close(1000);
    this.#become("closed", null);
  }

  /** Milliseconds since anything came from the server. */
  get silentForMs() {
    return performance.now() - this.#heardAt;
  }

  /**
   * @param {PageMessage} message
   * @returns {boolean} false when there is no connection: nothing was sent
   */
  send(message) {
    if (this.link !== "open" || !this.#socket) return false;
    this.#socket.send(JSON.stringify(message));
    return true;
  }

  /**
   * For what takes access away: if there is no connection now, it is the first thing sent on the next one.
   * @param {PageMessage} message
   */
  sendSurely(message) {
    if (!this.send(message)) this.#owed.push(message);
  }

  async #open() {
    try {
      const ticket = await this.ticket();
      if (this.link === "closed") return;
      this.#dial(ticket);
    } catch (error) {
      const problem = error instanceof Problem ? error : new Problem("offline", 0, String(error));
      if (problem.status >= 400 && problem.status < 500 && problem.status !== 429) this.#giveUp(problem);
      else this.#again(problem);
    }
  }

  /** @param {string} ticket */
  #dial(ticket) {
    const socket = new WebSocket(this.address);
    this.#socket = socket;
    this.#seq = 0;
    this.#heardAt = performance.now();
    socket.onopen = () => socket.send(JSON.stringify({ type: "hello", ticket, page: PAGE }));
    socket.onmessage = (event) => this.#receive(socket, event.data);
    socket.onclose = (event) => this.#ended(socket, event.code);
  }

  /**
   * @param {WebSocket} socket
   * @param {unknown} data
   */
  #receive(socket, data) {
    if (socket !== this.#socket || typeof data !== "string") return;
    this.#heardAt = performance.now();
    /** @type {ServerMessage} */
    const message = JSON.parse(data);
    if (message.type === "welcome") this.#welcomed();
    if (message.type === "state") {
      if (message.seq <= this.#seq) return;
      this.#seq = message.seq;
    }
    this.onMessage(message);
  }

  #welcomed() {
    this.#attempts = 0;
    this.#become("open", null);
    const owed = this.#owed;
    this.#owed = [];
    for (const message of owed) this.send(message);
  }

  /**
   * @param {WebSocket} socket
   * @param {number} code
   */
  #ended(socket, code) {
    if (socket !== this.#socket) return;
    this.#socket = null;
    if (FINAL_CLOSE_CODES.has(code)) this.#giveUp(new Problem(`socket_${code}`, 0, ""));
    else this.#again(null);
  }

  #checkSilence() {
    if (this.link !== "open" || this.silentForMs < SILENCE_MS) return;
    const socket = this.#socket;
    this.#socket = null;
    socket?.close();
    this.#again(null);
  }

  /** @param {Problem | null} problem */
  #again(problem) {
    if (this.link === "closed" || this.link === "lost") return;
    const now = performance.now();
    if (this.link === "open") this.#downSince = now;
    if (now - this.#downSince > this.giveUpAfterMs) {
      this.#giveUp(problem);
      return;
    }
    this.#become("reconnecting", problem);
    const wait = BACKOFF_MS[Math.min(this.#attempts, BACKOFF_MS.length - 1)] ?? 2_000;
    this.#attempts += 1;
    this.#retry = window.setTimeout(() => void this.#open(), wait * (0.75 + Math.random() / 2));
  }

  /** @param {Problem | null} problem */
  #giveUp(problem) {
    window.clearInterval(this.#watch);
    window.clearTimeout(this.#retry);
    this.#become("lost", problem);
  }

  /**
   * @param {Link} link
   * @param {Problem | null} problem
   */
  #become(link, problem) {
    if (this.link === link) return;
    this.link = link;
    this.onLink(link, problem);
  }
}

function socketAddress() {
  const scheme = location.protocol === "https:" ? "wss:" : "ws:";
  return `${scheme}//${location.host}/api/v1/socket`;
}
