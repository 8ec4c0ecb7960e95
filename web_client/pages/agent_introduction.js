/**
 * The agent's side of an introduction: a badge for this browser's key, the exchange, and the word that the customer says.
 *
 * @typedef {import("../protocol/shapes").AgentView} AgentView
 *
 * @typedef {object} AgentProgress what the board shows besides the view
 * @property {number} runsBegun by this page
 * @property {boolean} running this page has begun the run under way
 * @property {import("../protocol/exchange.js").Settled | null} settled
 * @property {string[]} list of the words
 * @property {number} triesLeft
 * @property {unknown} badgeProblem why there is no badge
 * @property {boolean} passkeyNeeded a badge is made once the agent has confirmed it with a passkey
 */

import { ownFingerprint } from "../media/certificate.js";
import { Problem, post } from "../protocol/api.js";
import { badgeRequest } from "../protocol/badge.js";
import { standForBadge } from "../protocol/badge_passkey.js";
import { openDeviceKey } from "../protocol/device_key.js";
import { AgentSide, ExchangeRefused } from "../protocol/exchange.js";
import { beginRun, RUNS_ALLOWED, runsBegun } from "../protocol/exchange_runs.js";
import { forgetIntroduced, keepIntroduced } from "../protocol/introduced.js";
import { indexOfWord, wordList } from "../protocol/words.js";
import { withStepUp } from "./step_up.js";

const TRIES = 3;
const WATCH_MS = 1_000;
const UNINTRODUCED = new Set(["invited", "waiting", "joined", "introducing"]);

export class AgentIntroduction {
  /** @type {AgentView | null} */
  #view = null;
  /** @type {import("../protocol/device_key.js").DeviceKey | null} */
  #deviceKey = null;
  /** @type {AgentSide | null} */
  #side = null;
  #asking = false;
  #failed = false;
  /** @type {AgentProgress} */
  progress = {
    runsBegun: 0,
    running: false,
    settled: null,
    list: [],
    triesLeft: TRIES,
    badgeProblem: null,
    passkeyNeeded: false,
  };

  /**
   * @param {object} options
   * @param {(message: import("../protocol/shapes").PageMessage) => boolean} options.send
   * @param {(message: import("../protocol/shapes").PageMessage) => void} options.sendSurely
   * @param {() => void} options.changed
   * @param {() => void} options.refused nothing may be shown any more, whatever the server makes of it
   */
  constructor({ send, sendSurely, changed, refused }) {
    this.send = send;
    this.sendSurely = sendSurely;
    this.changed = changed;
    this.refused = refused;
    window.setInterval(() => {
      if (this.#side?.overdue) this.#refuse("late");
    }, WATCH_MS);
  }

  /** What the board shows and may ask for. */
  forScreens() {
    return {
      progress: this.progress,
      start: () => this.start(),
      confirmBadge: () => this.confirmBadge(),
      compare: (/** @type {string} */ typed) => this.compare(typed),
    };
  }

  /** @param {AgentView} view */
  async follow(view) {
    const first = this.#view === null;
    this.#view = view;
    if (first) this.progress.runsBegun = await runsBegun(view.session, "agent");
    if (UNINTRODUCED.has(view.state) && view.introduction === "none") await this.#getBadge(view);
    if (view.state === "introducing") this.#dropWhatIsLost(view);
    this.#compareTranscripts();
  }

  /** The agent's click, when the customer is ready. Counted before anything is sent. */
  async start() {
    const view = this.#view;
    if (!view?.badge || !view.exchange.open) return;
    this.progress.running = true; // before the first wait: a view that comes meanwhile must not call it lost
    this.progress.runsBegun = await beginRun(view.session, "agent");
    if (this.progress.runsBegun > RUNS_ALLOWED) {
      this.#refuse("runs_used_up");
      return;
    }
    this.#deviceKey ??= await openDeviceKey("agent");
    const ground = {
      session: view.session,
      reference: view.case_reference,
      run: view.exchange.run,
      badge: view.badge.document,
      agentDevice: this.#deviceKey.publicJwk,
      customerDevice: "",
    };
    await forgetIntroduced("agent", view);
    this.#side = new AgentSide(ground, await ownFingerprint(), this.#deviceKey);
    this.progress.settled = null;
    this.progress.triesLeft = TRIES;
    this.changed();
    if (!this.send(await this.#side.commit())) this.lineLost();
  }

  /**
   * The agent's click, where the badge waits for their passkey.
   * @throws {Problem | import("../protocol/passkey.js").PasskeyFailure}
   */
  async confirmBadge() {
    const view = this.#view;
    if (!view || !this.progress.passkeyNeeded) return;
    this.#deviceKey ??= await openDeviceKey("agent");
    const passkey = await standForBadge(this.#deviceKey, view.session, view.case_reference);
    const asked = await badgeRequest(this.#deviceKey, view.session, view.case_reference);
    await post(`/sessions/${view.session}/badge`, { ...asked, passkey });
    this.progress.passkeyNeeded = false;
    this.progress.badgeProblem = null;
    this.changed();
  }

  /** @param {import("../protocol/shapes").ServerMessage} message */
  async receive(message) {
    const side = this.#side;
    if (!side || this.#failed) return;
    try {
      if (message.type === "exchange.answer") {
        this.progress.list = await wordList(message.language);
        this.send(await side.reveal(message));
      } else if (message.type === "exchange.confirm") await side.accept(message);
    } catch (error) {
      this.#refuse(error instanceof ExchangeRefused ? error.reason : "out_of_order");
    }
    if (side.settled && this.progress.settled === null) {
      this.progress.settled = side.settled;
      this.#compareTranscripts();
      this.changed();
    }
  }

  /**
   * @param {string} typed
   * @returns {"right" | "unknown" | "wrong"} unknown: not of the list, which costs no try
   */
  compare(typed) {
    const { settled, list } = this.progress;
    const found = indexOfWord(typed, list);
    if (!settled || !this.#view || found < 0) return "unknown";
    if (found === settled.customerWord) {
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
   * @param {AgentView} view
   */
  async #found({ transcript, frameSecret }, view) {
    const { customerDevice: device = "", badge = "" } = this.#side?.ground ?? {};
    await keepIntroduced("agent", view, { badge, transcript, secret: frameSecret, device });
    this.send({ type: "words.match", run: view.exchange.run });
  }

  /** Somebody is between, as this page found. */
  get failed() {
    return this.#failed;
  }

  /** The agent's own act: whoever helps this customer next begins anew, even if that is the same agent. */
  async handedOver() {
    if (this.#view) await forgetIntroduced("agent", this.#view);
  }

  /** This browser's own key, which the badge is for. */
  async ownKey() {
    this.#deviceKey ??= await openDeviceKey("agent");
    return this.#deviceKey;
  }

  /** The customer's page signed something else than it should have: somebody is between. */
  notSigned() {
    this.#refuse("signature_invalid");
  }

  lineLost() {
    if (!this.progress.running || this.progress.settled) return;
    this.#side = null;
    this.progress.running = false;
    this.changed();
  }

  /**
   * For this browser's key; one that the session has for it already comes back as it is.
   * @param {AgentView} view
   */
  async #getBadge(view) {
    if (view.badge && this.#isOwn(view.badge.document)) this.progress.passkeyNeeded = false;
    else if (this.#asking || this.progress.passkeyNeeded) return;
    else await this.#askForBadge(view);
  }

  /** @param {AgentView} view */
  async #askForBadge(view) {
    this.#asking = true;
    try {
      this.#deviceKey ??= await openDeviceKey("agent");
      const asked = await badgeRequest(this.#deviceKey, view.session, view.case_reference);
      const answer = await withStepUp("agent", () => post(`/sessions/${view.session}/badge`, asked));
      this.progress.passkeyNeeded = answer.passkey_needed;
      this.progress.badgeProblem = null;
      this.#asking = false;
    } catch (problem) {
      this.progress.badgeProblem = problem;
      // Whoever left the dialog is not asked again with every change; the page loaded anew asks.
      this.#asking = problem instanceof Problem && problem.code === "step_up_required";
    }
    this.changed();
  }

  /** @param {string} document */
  #isOwn(document) {
    return JSON.parse(document).device_key === this.#deviceKey?.publicJwk;
  }

  /**
   * A run that this browser began and this page knows nothing of was lost with an earlier page or line.
   * @param {AgentView} view
   */
  #dropWhatIsLost({ exchange }) {
    const own = this.#side?.ground.run === exchange.run;
    const begun = this.#side === null && this.progress.running;
    if (exchange.open && !own && !begun && (exchange.transcript || this.progress.runsBegun >= exchange.run)) {
      this.send({ type: "exchange.drop", run: exchange.run });
    } else if (!exchange.open && own) {
      this.#side = null;
      this.progress.running = false;
      this.progress.settled = null;
      this.changed();
    }
  }

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
