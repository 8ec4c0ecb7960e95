/**
 * The customer's side of an introduction: checks the badge, runs the exchange, compares the words. It judges by itself
 * and tells the server only what came of it.
 *
 * @typedef {import("../protocol/shapes").CustomerView} CustomerView
 * @typedef {import("../protocol/badge.js").Badge} Badge
 *
 * @typedef {object} Progress what the screen shows besides the view
 * @property {"waiting" | "checking" | "checked" | "unable" | "unchecked"} badge unable: this browser checks no such
 *   signatures; unchecked: the keys could not be read
 * @property {number} runsBegun by this page
 * @property {boolean} running a run of this page is under way and its words are not known yet
 * @property {import("../protocol/exchange.js").Settled | null} settled
 * @property {string[]} list of the words
 * @property {number} triesLeft
 */

import { ownFingerprint } from "../media/certificate.js";
import { BadgeInvalid, checkBadge, fetchBadgeKeys } from "../protocol/badge.js";
import { CustomerSide, ExchangeRefused } from "../protocol/exchange.js";
import { beginRun, RUNS_ALLOWED, runsBegun } from "../protocol/exchange_runs.js";
import { introduced, keepIntroduced } from "../protocol/introduced.js";
import { forgetOwnTranscript, keepOwnTranscript } from "../protocol/own_transcript.js";
import { indexOfWord, listLanguage, wordList } from "../protocol/words.js";
import { serverNow } from "../views/clock.js";
import { language } from "../views/i18n.js";

const TRIES = 3;
const WATCH_MS = 1_000;

export class CustomerIntroduction {
  /** @type {CustomerView | null} */
  #view = null;
  #checkedDocument = "";
  /** @type {Promise<void>} */
  #checking = Promise.resolve();
  /** @type {Badge | null} */
  #badge = null;
  /** @type {CustomerSide | null} */
  #side = null;
  #failed = false;
  /** @type {Progress} */
  progress = {
    badge: "waiting",
    runsBegun: 0,
    running: false,
    settled: null,
    list: [],
    triesLeft: TRIES,
  };

  /**
   * @param {object} options
   * @param {(message: import("../protocol/shapes").PageMessage) => boolean} options.send
   * @param {(message: import("../protocol/shapes").PageMessage) => void} options.sendSurely
   * @param {() => void} options.changed the progress is another one
   * @param {() => void} options.refused nothing may be shown any more, whatever the server makes of it
   */
  constructor({ send, sendSurely, changed, refused }) {
    /** @type {import("../protocol/device_key.js").DeviceKey | null} set before there is a connection */
    this.deviceKey = null;
    this.send = send;
    this.sendSurely = sendSurely;
    this.changed = changed;
    this.refused = refused;
    window.setInterval(() => {
      if (this.#side?.overdue) this.#refuse("late");
    }, WATCH_MS);
  }

  /** What screens show and may ask for. */
  forScreens() {
    return {
      progress: this.progress,
      start: () => this.start(),
      checkAgain: () => this.checkAgain(),
      compare: (/** @type {string[]} */ typed) => this.compare(typed),
    };
  }

  /** @param {CustomerView} view */
  async follow(view) {
    const another = this.#view?.agent.number !== view.agent.number;
    this.#view = view;
    if (another) await this.#beginWith(view);
    if (view.badge && view.badge.document !== this.#checkedDocument) this.#checking = this.#check(view);
    await this.#checking;
    if (view.state === "introducing") this.#dropWhatIsLost(view);
    this.#compareTranscripts();
  }

  /**
   * Nothing of what was found with one agent holds for the next.
   * @param {CustomerView} view
   */
  async #beginWith({ session, agent }) {
    this.#side = null;
    this.#badge = null;
    this.#checkedDocument = "";
    Object.assign(this.progress, { badge: "waiting", running: false, settled: null, list: [], triesLeft: TRIES });
    this.progress.runsBegun = await runsBegun(session, "customer", agent.number);
  }

  /** Somebody is between, as this page found. */
  get failed() {
    return this.#failed;
  }

  /** This browser cannot check a badge's signature. */
  get unable() {
    return this.progress.badge === "unable";
  }

  /** The customer's click. From then on this page makes keys for the browser of this badge, and of no other. */
  async accept() {
    const view = this.#view;
    if (view?.badge) {
      const found = await introduced("customer", view);
      if (found?.badge !== view.badge.document) await this.#keepAccepted(view);
    }
    this.send({ type: "badge.accept" });
  }

  /** Another try to read the keys. */
  async checkAgain() {
    if (this.#view) await this.#check(this.#view);
  }

  /** The customer's click. Counted before anything is sent. */
  async start() {
    const view = this.#view;
    const { deviceKey } = this;
    if (!view?.badge || !this.#badge || !deviceKey) return;
    const run = await beginRun(view.session, "customer", view.agent.number);
    forgetOwnTranscript(view);
    await this.#keepAccepted(view);
    this.progress.runsBegun = run;
    if (run > RUNS_ALLOWED) {
      this.#refuse("runs_used_up");
      return;
    }
    const ground = {
      session: view.session,
      reference: view.case_reference,
      run,
      badge: view.badge.document,
      agentDevice: this.#badge.device_key,
      customerDevice: deviceKey.publicJwk,
    };
    const list = listLanguage(language);
    this.progress.list = await wordList(list);
    this.progress.triesLeft = TRIES;
    this.progress.settled = null;
    this.progress.running = true;
    this.#side = new CustomerSide(ground, await ownFingerprint(), deviceKey, list);
    this.changed();
    if (!this.send({ type: "exchange.start", run })) this.lineLost();
  }

  /** @param {import("../protocol/shapes").ServerMessage} message */
  async receive(message) {
    const side = this.#side;
    if (!side || this.#failed) return;
    try {
      if (message.type === "exchange.commit") this.send(await side.answer(message));
      else if (message.type === "exchange.reveal") this.send(await side.confirm(message));
    } catch (error) {
      this.#refuse(error instanceof ExchangeRefused ? error.reason : "out_of_order");
    }
    if (side.settled && this.progress.settled === null) {
      this.progress.settled = side.settled;
      this.progress.running = false;
      if (this.#view) keepOwnTranscript(this.#view, side.settled.transcript);
      this.#compareTranscripts();
      this.changed();
    }
  }

  /**
   * @param {string[]} typed
   * @returns {"right" | "unknown" | "wrong"} unknown: not of the list, which costs no try
   */
  compare(typed) {
    const { settled, list } = this.progress;
    const found = typed.map((word) => indexOfWord(word, list));
    if (!settled || !this.#view || found.some((index) => index < 0)) return "unknown";
    if (found.length === 2 && found.every((index, place) => index === settled.agentWords[place])) {
      void this.#found(settled, this.#view);
      return "right";
    }
    this.progress.triesLeft -= 1;
    if (this.progress.triesLeft === 0) this.#refuse("words_differ");
    return "wrong";
  }

  /**
   * What was found is kept before the server hears of it: from then on pictures are encrypted with it.
   * @param {import("../protocol/exchange.js").Settled} settled
   * @param {CustomerView} view
   */
  async #found({ transcript, frameSecret }, view) {
    const device = this.#badge?.device_key ?? "";
    const badge = view.badge?.document ?? "";
    await keepIntroduced("customer", view, { badge, transcript, secret: frameSecret, device });
    this.send({ type: "words.match", run: view.exchange.run });
  }

  /** @param {CustomerView} view */
  async #keepAccepted(view) {
    const device = this.#checkedDevice;
    const badge = view.badge?.document ?? "";
    await keepIntroduced("customer", view, { badge, transcript: "", secret: null, device });
  }

  get #checkedDevice() {
    return this.progress.badge === "checked" ? (this.#badge?.device_key ?? "") : "";
  }

  /**
   * The device key of the agent's badge, which this page has checked by itself.
   * @param {CustomerView} view
   * @returns {Promise<string>} "" where it cannot be checked now, or never
   */
  async agentDevice(view) {
    const known = view.badge?.document === this.#checkedDocument && this.progress.badge !== "unchecked";
    if (!known) this.#checking = this.#check(view);
    await this.#checking;
    return this.#checkedDevice;
  }

  /** The agent's page signed something else than it should have: somebody is between. */
  notSigned() {
    this.#refuse("signature_invalid");
  }

  /** The customer does not believe it. Works at every step. */
  impostor() {
    this.#refuse("impostor");
  }

  /** The line is gone: what was half exchanged cannot be gone on with. */
  lineLost() {
    if (!this.progress.running) return;
    this.#side = null;
    this.progress.running = false;
    this.changed();
  }

  /** @param {CustomerView} view */
  #dropWhatIsLost(view) {
    const { exchange } = view;
    const own = this.#side?.ground.run === exchange.run;
    if (!exchange.open || !own) forgetOwnTranscript(view);
    if (exchange.open && !own) {
      this.send({ type: "exchange.drop", run: exchange.run });
    } else if (!exchange.open && own && exchange.run > 0) {
      this.#side = null;
      this.progress.running = false;
      this.progress.settled = null;
      this.changed();
    }
  }

  /** @param {CustomerView} view */
  async #check(view) {
    const signed = view.badge;
    if (!signed) return;
    this.#checkedDocument = signed.document;
    this.progress.badge = "checking";
    this.changed();
    try {
      const found = await checkBadge(signed, await fetchBadgeKeys(), view, serverNow());
      this.#badge = found.badge;
      this.progress.badge = found.signed ? "checked" : "unable";
    } catch (error) {
      if (error instanceof BadgeInvalid) this.#refuse("badge_invalid");
      else this.progress.badge = "unchecked";
    }
    this.changed();
  }

  /** The server computes the transcript from what is public; another one than ours means that somebody is between. */
  #compareTranscripts() {
    const theirs = this.#view?.exchange.transcript;
    const ours = this.progress.settled?.transcript;
    if (theirs && ours && theirs !== ours) this.#refuse("transcript_differs");
  }

  /** @param {import("../protocol/shapes").IntroductionFault} reason */
  #refuse(reason) {
    if (this.#failed) return;
    this.#failed = true;
    this.#side = null;
    this.progress.running = false;
    this.refused();
    this.sendSurely({ type: "introduction.refuse", reason });
  }
}
