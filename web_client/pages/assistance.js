/** The customer's side of one session: the live connection, the picture, and the screen for the state they are in. */

import { get, post } from "../protocol/api.js";
import { openDeviceKey } from "../protocol/device_key.js";
import { signConsent, wordingFor } from "../protocol/consent.js";
import { fromBase64url, toBase64url, toHex } from "../protocol/base64url.js";
import { ownTranscript } from "../protocol/own_transcript.js";
import { PasskeyFailure } from "../protocol/passkey.js";
import { proveByPasskey } from "../protocol/session_passkey.js";
import { Chat } from "../protocol/chat.js";
import { LiveConnection } from "../protocol/socket.js";
import { fits } from "../media/surface.js";
import { CustomerKeys } from "../media/picture_keys.js";
import { OfferAgain } from "../media/offer_again.js";
import { Publisher } from "../media/publisher.js";
import { byId, fill } from "../views/h.js";
import { language, t } from "../views/i18n.js";
import { announce } from "../views/announce.js";
import { ChatPanel } from "../views/chat.js";
import { setServerTime } from "../views/clock.js";
import { showEncryption } from "../views/encryption.js";
import { choiceSentence, Refusal } from "../views/customer/choice_problem.js";
import { screenFor, screenName } from "../views/customer/screens.js";
import { agreedSurface } from "../views/customer/agreed.js";
import { shareBar } from "../views/customer/sharing.js";
import { canAgree, provedOnlyScreen } from "../views/customer/limits.js";
import { detachedScreen } from "../views/customer/ended.js";
import { Reminder } from "../views/customer/reminder.js";
import { LastMinute } from "../views/last_minute.js";
import { followLine } from "../views/customer/line.js";
import { showDoubt } from "../views/customer/doubt.js";
import { showScreen, showStep } from "../views/customer/screen.js";
import { CustomerGuidance } from "./customer_guidance.js";
import { CustomerIntroduction } from "./customer_introduction.js";
import { OWN_RECEIPTS } from "./own_receipts.js";
import { problemSentence } from "../views/words.js";

/**
 * @typedef {import("../protocol/shapes").CustomerView} CustomerView
 * @typedef {import("../protocol/shapes").ServerMessage} ServerMessage
 * @typedef {import("../views/customer/screen.js").ConsentChoice} ConsentChoice
 */

const GIVE_UP_AFTER_MS = 30_000;
const SHOWING = new Set(["sharing", "paused"]);
const CONNECTED_STATES = new Set(["ready", "sharing", "paused"]);

export class Assistance {
  /** @type {CustomerView | null} */
  #view = null;
  /** @type {import("../views/customer/screen.js").Screen | null} */
  #screen = null;
  #screenName = "";
  #barName = "";
  #takenOver = false;
  /** @type {{ resolve: () => void, reject: (reason: Error) => void } | null} */
  #startAsked = null;
  #offerAgain = new OfferAgain(() => {
    if (this.#view && CONNECTED_STATES.has(this.#view.state)) void this.publisher.connect();
  });
  #title = document.title;
  /** @type {import("../protocol/shapes").PauseCause} */
  #pausedBy = "customer";
  #lastMinute = new LastMinute();
  #reminder = new Reminder({ stop: () => this.#stop("page") });
  /** @type {ChatPanel | null} */
  #chatPanel = null;

  /** @param {{ ableToShow: boolean }} browser what it can do */
  constructor({ ableToShow }) {
    this.ableToShow = ableToShow;
    this.connection = new LiveConnection({
      ticket: async () => (await post("/socket-tickets", { purpose: "session" })).ticket,
      onMessage: (message) => void this.#receive(message),
      onLink: (link, problem) => this.#linkChanged(link, problem),
      giveUpAfterMs: GIVE_UP_AFTER_MS,
    });
    this.publisher = new Publisher({
      sendOffer: (sdp, share) => this.connection.send({ type: "media.offer", sdp, key_share: share }),
      keys: new CustomerKeys({
        view: () => this.#view,
        deviceKey: () => this.deviceKey ?? null,
        introduction: () => this.introduction,
      }),
      onEncryption: (state) => this.#encryptionChanged(state),
      onForged: () => this.introduction.notSigned(),
      onBrowserStop: () => this.#stop("browser"),
      onDoubt: (why) => this.#pause(why),
      relay: () => this.#view?.relay ?? null,
    });
    followLine({
      view: () => (this.connection.link === "open" ? this.#view : null),
      publisher: this.publisher,
      offerAgain: this.#offerAgain,
    });
    this.introduction = new CustomerIntroduction({
      send: (message) => this.connection.send(message),
      sendSurely: (message) => this.connection.sendSurely(message),
      changed: () => this.#view && this.#render(this.#view),
      refused: () => this.publisher.stop(),
    });
    this.guidance = new CustomerGuidance({
      track: () => this.publisher.track,
      stop: () => this.#stop("page"),
      keyPressed: (event) => this.#keyPressed(event),
    });
    this.chat = new Chat({ party: "customer", send: (message) => this.connection.send(message) });
    this.actions = {
      introduction: this.introduction.forScreens(),
      acceptBadge: () => void this.introduction.accept(),
      leave: () => this.#stop("page"),
      prolong: () => void this.connection.send({ type: "help.prolong" }),
      submitCode: (/** @type {string} */ code) => post("/customer/session/verification", { code }),
      submitRecoveryCode: (/** @type {string} */ code) =>
        post("/customer/session/verification", { code, method: "recovery_code" }),
      usePasskey: (/** @type {Uint8Array | undefined} */ action) => this.#usePasskey(action),
      askedAction: () => get("/customer/session/action"),
      declineProof: () => void this.connection.send({ type: "verification.decline" }),
      agree: (/** @type {ConsentChoice} */ choice) => this.#agree(choice),
      decline: () => void this.connection.send({ type: "consent.decline" }),
      choose: () => this.#choose(),
      pause: () => this.#pause("customer"),
      pausedBy: () => this.#pausedBy,
      resume: () => this.#resume(),
      stop: () => this.#stop("page"),
      longer: () => void this.connection.send({ type: "consent.extend" }),
      somethingElse: () => this.#somethingElse(),
      showAgain: showScreen,
      receipts: OWN_RECEIPTS,
    };
  }

  async start() {
    this.deviceKey = await openDeviceKey();
    this.introduction.deviceKey = this.deviceKey;
    document.addEventListener("keydown", (event) => this.#keyPressed(event));
    this.connection.start();
  }

  /** @param {ServerMessage} message */
  async #receive(message) {
    if (message.type === "welcome" || message.type === "state") {
      if (message.type === "welcome") {
        this.publisher.forgetUnanswered();
        this.chat.lineLost();
      }
      await this.#show(/** @type {CustomerView} */ (message.view));
    } else if (message.type === "media.answer") await this.publisher.accept(message.sdp);
    else if (message.type === "media.keys") {
      this.#offerAgain.taken();
      await this.publisher.keyed(message.key_share, message.customer_key);
    }
    else if (message.type === "media.restart") {
      this.#offerAgain.taken();
      await this.publisher.connect();
    } else if (message.type === "problem") this.#refused(message);
    else if (message.type === "bye") this.#dismissed(message.reason);
    else if (!this.chat.receive(message) && !this.guidance.receive(message))
      await this.introduction.receive(message);
  }

  /** @param {CustomerView} view */
  async #show(view) {
    this.#view = view;
    setServerTime(view.server_now_ms);
    await this.#followMedia(view);
    if (view.state !== "ready") this.#startAnswered(null);
    this.#render(view);
    this.#followChat(view);
    this.guidance.follow(view);
    void this.introduction.follow(view);
    if (view.state === "joined") this.connection.send({ type: "badge.shown" });
  }

  /** @param {CustomerView} view */
  #followChat(view) {
    const name = () => this.#view?.agent.name ?? "";
    this.#chatPanel ??= new ChatPanel(byId("chat", HTMLElement), this.chat, {
      label: () => t("chat.label_customer", { agent: name() }),
      never: t("chat.never_customer"),
      other: name,
    });
    this.chat.follow(view);
  }

  /**
   * What takes the picture away comes before anything is drawn.
   * @param {CustomerView} view
   */
  async #followMedia(view) {
    if (view.state === "ended") {
      this.publisher.stop();
      return;
    }
    await this.publisher.follow(view.state === "sharing");
    if (!CONNECTED_STATES.has(view.state) && view.state !== "interrupted") this.publisher.stop();
    else if (CONNECTED_STATES.has(view.state) && !this.publisher.connected) await this.publisher.connect();
  }

  /** @param {CustomerView} view */
  #render(view) {
    const name = screenName(view, this.introduction.progress);
    if (name === this.#screenName) {
      this.#screen?.update?.(view);
    } else {
      this.#screenName = name;
      const provesOnly = view.state === "consenting" && !(this.ableToShow && canAgree(view));
      this.#screen = (provesOnly ? provedOnlyScreen : screenFor)(view, this.actions);
      showStep(provesOnly || view.purpose === "verify" ? "" : view.state);
      showScreen(this.#screen.node);
    }
    this.#renderBar(view);
    showDoubt(view, () => {
      this.publisher.stop();
      this.introduction.impostor();
    });
  }

  /** @param {CustomerView} view */
  #renderBar(view) {
    this.#reminder.follow(view);
    this.#lastMinute.follow(SHOWING.has(view.state) ? (view.consent?.until_ms ?? null) : null);
    const name = SHOWING.has(view.state)
      ? `${view.state} ${view.surface_shown} ${view.consent?.until_ms}`
      : "";
    if (name === this.#barName) return;
    this.#barName = name;
    fill(byId("share-bar", HTMLElement), name ? shareBar(view, this.actions) : null);
    document.title = view.state === "sharing" ? `● ${t("bar.title")} – ${this.#title}` : this.#title;
  }

  /**
   * @param {Uint8Array} [action] hash of the action that the screen shows. Where the server asks about one and the screen
   *   shows none, or another, nothing is signed.
   */
  async #usePasskey(action = new Uint8Array()) {
    const view = this.#view;
    if (!view || !this.deviceKey) throw new Error("no session");
    if (toBase64url(action) !== (view.asked?.action ?? "")) throw new PasskeyFailure("untrue");
    const transcript = ownTranscript(view);
    // Keys were exchanged, the server says, and not by this page: it cannot tell with whom.
    if (view.exchange.transcript && !transcript) throw new PasskeyFailure("impossible");
    return proveByPasskey({
      session: view.session,
      transcript,
      number: view.agent.number,
      device: this.deviceKey.id,
      level: action.length > 0 ? "V3" : "V2",
      action,
    });
  }

  /** @param {ConsentChoice} choice */
  async #agree({ surface, extras, durationMs }) {
    const view = this.#view;
    if (!view?.proposal || !this.deviceKey) return;
    const transcript = ownTranscript(view);
    const signed = await signConsent({
      view,
      transcript: transcript ? toHex(fromBase64url(transcript)) : "",
      wording: wordingFor(view.proposal, language),
      shownText: byId("consent-wording", HTMLElement).textContent ?? "",
      surface,
      extras,
      durationMs,
      deviceKey: this.deviceKey,
      pageTimeMs: Date.now(),
    });
    await post("/customer/session/consent", signed);
  }

  async #choose() {
    const view = this.#view;
    if (!view) return;
    try {
      const surface = await this.publisher.choose(agreedSurface(view));
      await this.#askToStart(surface);
    } catch (error) {
      this.publisher.dropTrack();
      throw new Error(choiceSentence(error));
    }
  }

  /**
   * Resolves when the session has moved on, rejects when the server refuses to start.
   * @param {import("../protocol/shapes").CapturedSurface} surface
   * @returns {Promise<void>}
   */
  #askToStart(surface) {
    return new Promise((resolve, reject) => {
      this.#startAsked = { resolve, reject };
      if (!this.connection.send({ type: "share.start", surface })) this.#startAnswered(new Error("offline"));
    });
  }

  /** @param {Error | null} refusal */
  #startAnswered(refusal) {
    const asked = this.#startAsked;
    this.#startAsked = null;
    if (refusal) asked?.reject(refusal);
    else asked?.resolve();
  }

  /** @param {import("../protocol/shapes").PauseCause} by */
  #pause(by) {
    this.#pausedBy = by;
    void this.publisher.follow(false);
    this.connection.sendSurely({ type: "share.pause", by });
  }

  #resume() {
    if (!this.#view || !fits(this.publisher.surface, agreedSurface(this.#view))) return t("paused.more_than_agreed");
    this.connection.send({ type: "share.resume" });
    return "";
  }

  /**
   * The capture ends here and now; the server is told as soon as it can be reached.
   * @param {"page" | "browser"} by
   */
  #stop(by) {
    this.publisher.stop();
    this.connection.sendSurely({ type: "share.stop", by });
  }

  /** As `#stop`: what is shown ends first. */
  #somethingElse() {
    this.publisher.stop();
    this.connection.sendSurely({ type: "consent.reopen" });
  }

  /** @param {KeyboardEvent} event */
  #keyPressed(event) {
    if (event.key === "Escape" && this.#view && SHOWING.has(this.#view.state)) this.#stop("page");
  }

  /** @param {{ code: string, detail: string, of: string | null }} problem */
  #refused({ code, detail, of }) {
    if (this.chat.refused({ code, detail, of })) return;
    if (of === "exchange.start") this.introduction.lineLost();
    if (of === "share.start") this.#startAnswered(new Refusal(problemSentence({ code, detail })));
    if (of === "media.offer") this.#offerAgain.refused({ code, detail });
  }

  /** @param {import("../media/sealed_way.js").EncryptionState} state */
  #encryptionChanged(state) {
    showEncryption(state, "customer");
    if (state === "unchecked") this.#offerAgain.later();
  }

  /** @param {string} reason */
  #dismissed(reason) {
    this.#takenOver = reason === "taken_over";
    this.publisher.stop();
    this.connection.stop();
    if (this.#view?.state !== "ended") void this.#detach(null);
  }

  /**
   * @param {import("../protocol/socket.js").Link} link
   * @param {import("../protocol/api.js").Problem | null} problem
   */
  #linkChanged(link, problem) {
    byId("link-state", HTMLElement).hidden = link !== "reconnecting";
    if (link === "reconnecting") {
      this.introduction.lineLost();
      this.chat.lineLost();
      this.guidance.lineLost();
      void this.publisher.follow(false);
      announce(t("link.reconnecting"));
    }
    if (link === "lost" && this.#view?.state !== "ended") {
      this.publisher.stop();
      void this.#detach(problem);
    }
  }

  /**
   * The line is gone for good. If the session has ended meanwhile the page says why, else what can be done.
   * @param {import("../protocol/api.js").Problem | null} problem
   */
  async #detach(problem) {
    const last = this.#takenOver ? null : await get("/customer/session").catch(() => null);
    if (last?.state === "ended" && last.end) return this.#show(last);
    fill(byId("share-bar", HTMLElement));
    this.#reminder.follow(null);
    byId("chat", HTMLElement).hidden = true;
    this.guidance.follow(null);
    showDoubt(null, () => {});
    document.title = this.#title;
    showStep("");
    showScreen(detachedScreen(problem, this.#takenOver));
  }
}
