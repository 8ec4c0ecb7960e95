/** The customer's side of one session: the live connection, the picture, and the screen for the state they are in. */

import { get, post } from "../protocol/api.js";
import { openDeviceKey } from "../protocol/device_key.js";
import { signConsent, wordingFor } from "../protocol/consent.js";
import { LiveConnection } from "../protocol/socket.js";
import { Publisher, SurfaceMismatch } from "../media/publisher.js";
import { byId, fill } from "../views/h.js";
import { language, t } from "../views/i18n.js";
import { announce } from "../views/announce.js";
import { setServerTime } from "../views/clock.js";
import { screenFor } from "../views/customer/screens.js";
import { agreedSurface, shareBar } from "../views/customer/sharing.js";
import { provedOnlyScreen } from "../views/customer/limits.js";
import { detachedScreen } from "../views/customer/ended.js";
import { LastMinute } from "../views/last_minute.js";
import { showScreen, showStep } from "../views/customer/screen.js";
import { problemSentence, SURFACE_KEYS } from "../views/words.js";

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
  #title = document.title;
  #lastMinute = new LastMinute();

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
      sendOffer: (sdp) => this.connection.send({ type: "media.offer", sdp }),
      onBrowserStop: () => this.#stop("browser"),
    });
    this.actions = {
      acceptBadge: () => void this.connection.send({ type: "badge.accept" }),
      leave: () => this.#stop("page"),
      submitCode: (/** @type {string} */ code) => post("/customer/session/verification", { code }),
      agree: (/** @type {ConsentChoice} */ choice) => this.#agree(choice),
      decline: () => void this.connection.send({ type: "consent.decline" }),
      choose: () => this.#choose(),
      pause: () => this.#pause(),
      resume: () => void this.connection.send({ type: "share.resume" }),
      stop: () => this.#stop("page"),
    };
  }

  async start() {
    this.deviceKey = await openDeviceKey();
    document.addEventListener("keydown", (event) => this.#keyPressed(event));
    this.connection.start();
  }

  /** @param {ServerMessage} message */
  async #receive(message) {
    if (message.type === "welcome" || message.type === "state") {
      if (message.type === "welcome") this.publisher.forgetUnanswered();
      await this.#show(/** @type {CustomerView} */ (message.view));
    } else if (message.type === "media.answer") await this.publisher.accept(message.sdp);
    else if (message.type === "media.restart") await this.publisher.connect();
    else if (message.type === "problem") this.#refused(message);
    else if (message.type === "bye") this.#dismissed(message.reason);
  }

  /** @param {CustomerView} view */
  async #show(view) {
    this.#view = view;
    setServerTime(view.server_now_ms);
    await this.#followMedia(view);
    if (view.state !== "ready") this.#startAnswered(null);
    this.#render(view);
    if (view.state === "joined") this.connection.send({ type: "badge.shown" });
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
    const name = screenName(view);
    if (name === this.#screenName) {
      this.#screen?.update?.(view);
    } else {
      this.#screenName = name;
      const provesOnly = view.state === "consenting" && !this.ableToShow;
      this.#screen = (provesOnly ? provedOnlyScreen : screenFor)(view, this.actions);
      showStep(provesOnly ? "" : view.state);
      showScreen(this.#screen.node);
    }
    this.#renderBar(view);
  }

  /** @param {CustomerView} view */
  #renderBar(view) {
    this.#lastMinute.follow(SHOWING.has(view.state) ? (view.consent?.until_ms ?? null) : null);
    const name = SHOWING.has(view.state)
      ? `${view.state} ${view.surface_shown} ${view.consent?.until_ms}`
      : "";
    if (name === this.#barName) return;
    this.#barName = name;
    fill(byId("share-bar", HTMLElement), name ? shareBar(view, this.actions) : null);
    document.title = view.state === "sharing" ? `● ${t("bar.title")} – ${this.#title}` : this.#title;
  }

  /** @param {ConsentChoice} choice */
  async #agree({ surface, durationMs }) {
    const view = this.#view;
    if (!view?.proposal || !this.deviceKey) return;
    const signed = await signConsent({
      view,
      wording: wordingFor(view.proposal, language),
      shownText: byId("consent-wording", HTMLElement).textContent ?? "",
      surface,
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

  #pause() {
    void this.publisher.follow(false);
    this.connection.sendSurely({ type: "share.pause" });
  }

  /**
   * The capture ends here and now; the server is told as soon as it can be reached.
   * @param {"page" | "browser"} by
   */
  #stop(by) {
    this.publisher.stop();
    this.connection.sendSurely({ type: "share.stop", by });
  }

  /** @param {KeyboardEvent} event */
  #keyPressed(event) {
    if (event.key === "Escape" && this.#view && SHOWING.has(this.#view.state)) this.#stop("page");
  }

  /** @param {{ code: string, detail: string, of: string | null }} problem */
  #refused({ code, detail, of }) {
    if (of === "share.start") this.#startAnswered(new Refusal(problemSentence({ code, detail })));
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
    document.title = this.#title;
    showStep("");
    showScreen(detachedScreen(problem, this.#takenOver));
  }
}

/** The server would not start the share, with its reason as a sentence. */
class Refusal extends Error {}

/**
 * Two views with the same name show the same screen; the newer only updates it.
 * @param {CustomerView} view
 */
function screenName(view) {
  const state = view.state === "joined" ? "introducing" : view.state;
  if (state === "interrupted") return `${state} ${view.agent_present}`;
  return `${state} ${view.proposal?.nonce ?? ""}`;
}

/** @param {unknown} error */
function choiceSentence(error) {
  if (error instanceof SurfaceMismatch)
    return t("ready.mismatch", { surface: t(SURFACE_KEYS[error.captured]) });
  if (error instanceof Refusal) return error.message;
  const name = error instanceof DOMException ? error.name : "";
  return t(name === "NotAllowedError" ? "ready.nothing_chosen" : "ready.capture_failed");
}
