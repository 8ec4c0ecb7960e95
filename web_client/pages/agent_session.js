/** The agent's side of one session: the invitation, where the customer is, the picture under its curtain, the end. */

import { get, post } from "../protocol/api.js";
import { Chat } from "../protocol/chat.js";
import { Guidance } from "../protocol/guidance.js";
import { KeyShareRefused } from "../protocol/key_share.js";
import { LiveConnection } from "../protocol/socket.js";
import { Curtain } from "../media/curtain.js";
import { AgentKeys } from "../media/picture_keys.js";
import { Viewer } from "../media/viewer.js";
import { announce } from "../views/announce.js";
import { ChatPanel } from "../views/chat.js";
import { setServerTime } from "../views/clock.js";
import { confirmed } from "../views/confirm.js";
import { showEncryption } from "../views/encryption.js";
import { byId, fill, h } from "../views/h.js";
import { t } from "../views/i18n.js";
import { actionButton, notice } from "../views/parts.js";
import { FullScreen } from "../views/agent/full_screen.js";
import { curtainSentence, pictureNeeded } from "../views/agent/picture.js";
import { PictureHealthLine } from "../views/agent/picture_health.js";
import { PointingPanel } from "../views/agent/pointing.js";
import { invitationPanel } from "../views/agent/invitation.js";
import { meetingPanel } from "../views/agent/meeting.js";
import { verifyBoard, verifyBoardName } from "../views/agent/verify_board.js";
import { customerProgress, endPanel, sessionFacts, sidePanel } from "../views/agent/status.js";
import { introductionPanel, introductionPlace } from "../views/agent/introduction.js";
import { LastMinute } from "../views/last_minute.js";
import { Unreached } from "../views/unreached.js";
import { problemSentence, STATE_KEYS } from "../views/words.js";
import { HandOverPanel } from "../views/agent/hand_over.js";
import { AgentIntroduction } from "./agent_introduction.js";
import { caseNotes } from "./case_notes.js";
import { SessionActions } from "./session_actions.js";
import { forgetInvitation, recallInvitation } from "./invitation_memory.js";

/**
 * @typedef {import("../protocol/shapes").AgentView} AgentView
 * @typedef {import("../protocol/shapes").ServerMessage} ServerMessage
 */

const SESSION = location.pathname.split("/").at(-1) ?? "";
const GIVE_UP_AFTER_MS = 60_000;
const INTRODUCING = new Set(["joined", "introducing"]);

/** @type {AgentView | null} */
let view = null;
/** Why there is no way for the picture yet. @type {import("../protocol/api.js").Problem | { code: string, detail: string } | null} */
let notPlaced = null;
let shownState = "";
let shownBoard = "";

const connection = new LiveConnection({
  ticket: async () => (await post("/socket-tickets", { session: SESSION })).ticket,
  onMessage: receive,
  onLink: linkChanged,
  giveUpAfterMs: GIVE_UP_AFTER_MS,
});
const introduction = new AgentIntroduction({
  send: (message) => connection.send(message),
  sendSurely: (message) => connection.sendSurely(message),
  changed: () => view && renderBoard(view),
  refused: () => viewer.close(),
});
const chat = new Chat({ party: "agent", send: (message) => connection.send(message) });
new ChatPanel(byId("chat", HTMLElement), chat, {
  label: () => t("chat.label_agent"),
  never: t("chat.never_agent"),
  other: () => t("chat.customer"),
});
const video = byId("picture", HTMLVideoElement);
const guidance = new Guidance((message) => connection.send(message));
new PointingPanel(byId("pointing", HTMLElement), video, guidance);
const viewer = new Viewer({
  video,
  sendAnswer: (sdp, share) => connection.send({ type: "media.answer", sdp, key_share: share }),
  keys: new AgentKeys({ view: () => view, introduction: () => introduction }),
  onEncryption: encryptionChanged,
  relay: () => view?.relay ?? null,
});
const curtain = new Curtain(
  byId("curtain", HTMLElement),
  () => ({ view, linked: connection.link === "open", silentForMs: connection.silentForMs, readable: viewer.readable }),
  (covered) => announce(t(covered ? "picture.covered" : "picture.visible")),
);
const fullScreen = new FullScreen(byId("session-main", HTMLElement), () =>
  announce(t("picture.full_screen_refused")),
);
const lastMinute = new LastMinute();
const actions = new SessionActions(SESSION);
new Unreached(pictureTrouble);
new PictureHealthLine(async () => (view?.state === "sharing" && !curtain.covered ? viewer.sample() : null));
const endButton = actionButton(t("session.end"), "button-danger", end);

/** Why there is no picture where there should be one, with the hop that fails; empty while there is one. */
function pictureTrouble() {
  if (!view || !pictureNeeded(view.state) || connection.link !== "open") return "";
  if (notPlaced) return `${problemSentence(notPlaced)} ${t("offer.customer_tries")}`;
  if (view.state !== "sharing") return "";
  if (!viewer.reached) return t("unreached.agent_own");
  return video.videoWidth === 0 ? t("unreached.agent_other") : "";
}

/** @param {ServerMessage} message */
function receive(message) {
  if (message.type === "welcome") chat.lineLost();
  if (message.type === "welcome" || message.type === "state") show(/** @type {AgentView} */ (message.view));
  else if (message.type === "media.offer") {
    notPlaced = null;
    void viewer.accept(message).catch(notAccepted);
  }
  else if (message.type === "problem") showRefusal(message);
  else if (message.type === "bye") dismissed(message.reason);
  else if (!chat.receive(message) && !guidance.receive(message)) void introduction.receive(message);
  if (message.type === "welcome") guidance.lineBack();
  curtain.look();
}

/** @param {import("../media/sealed_way.js").EncryptionState} state */
function encryptionChanged(state) {
  showEncryption(state, "agent");
  curtain.look();
}

/** @param {unknown} error */
function notAccepted(error) {
  if (error instanceof KeyShareRefused) introduction.notSigned();
  else announce(t("picture.failed"));
}

/** @param {AgentView} newer */
function show(newer) {
  view = newer;
  setServerTime(view.server_now_ms);
  curtain.look();
  if (view.state === "ended") finish();
  render(view);
  chat.follow(view);
  guidance.follow(view);
  const notes = byId("notes", HTMLElement);
  if (!notes.firstChild) fill(notes, caseNotes(view.case));
  void introduction.follow(view);
}

/** @param {AgentView} current */
function render(current) {
  const changed = current.state !== shownState;
  shownState = current.state;
  byId("session-title", HTMLElement).textContent = t("session.title", { reference: current.case_reference });
  byId("session-bar", HTMLElement).hidden = false;
  fill(byId("session-facts", HTMLElement), sessionFacts(current));
  fill(byId("side", HTMLElement), sidePanel(current, askForProof));
  fill(byId("progress", HTMLElement), customerProgress(current));
  actions.follow(current);
  handing.follow(current);
  byId("stage", HTMLElement).hidden = current.purpose === "verify" || !pictureNeeded(current.state);
  byId("curtain-text", HTMLElement).textContent = curtainSentence(current);
  renderBoard(current);
  const shown = current.state === "sharing" || current.state === "paused";
  lastMinute.follow(shown ? (current.consent?.until_ms ?? null) : null);
  if (!changed) return;
  document.title = t("session.tab_title", {
    reference: current.case_reference,
    state: t(STATE_KEYS[current.state]),
    organisation: current.organisation,
  });
  announce(t(STATE_KEYS[current.state]));
  fullScreen.offer(current.purpose !== "verify" && pictureNeeded(current.state));
}

/**
 * What stands in the picture's place before there can be one, and after.
 * @param {AgentView} current
 */
function renderBoard(current) {
  const { badgeProblem, passkeyNeeded } = introduction.progress;
  const waits = current.state === "invited" && (badgeProblem || passkeyNeeded);
  const asked = INTRODUCING.has(current.state) || waits;
  const place = asked ? introductionPlace(current, introduction.progress) : "";
  const proof = verifying(current) ? verifyBoardName(current) : "";
  const name = `${current.state} ${place} ${proof}`;
  if (name === shownBoard) return;
  shownBoard = name;
  const board = byId("board", HTMLElement);
  if (place) {
    const invitation = passkeyNeeded && waits ? invitationPanel(recallInvitation(SESSION), mail) : null;
    fill(board, introductionPanel(current, introduction.forScreens()), invitation);
  } else if (current.state === "waiting" && current.waiting) fill(board, meetingPanel(current.waiting, hear));
  else if (current.state === "invited") fill(board, invitationPanel(recallInvitation(SESSION), mail));
  else if (current.state === "ended") fill(board, endPanel(current));
  else if (verifying(current)) fill(board, verifyBoard(current, end));
  else fill(board);
  if (current.state !== "invited") forgetInvitation(SESSION);
}

/**
 * A session for a verification alone, under way.
 * @param {AgentView} current
 */
function verifying({ purpose, state }) {
  return purpose === "verify" && state !== "invited" && state !== "ended";
}

/** @param {string} token of the invitation */
function mail(token) {
  return post(`/sessions/${SESSION}/invitation/mail`, { token });
}

/** @param {string} heard the customer's ticket */
function hear(heard) {
  return post(`/sessions/${SESSION}/meeting`, { heard });
}

/** @param {"V1" | "V2"} level */
function askForProof(level) {
  connection.sendSurely({ type: "verification.ask", level });
}

async function end() {
  const sure = await confirmed({
    title: t("session.end_title"),
    text: t("session.end_text"),
    yes: t("session.end"),
  });
  if (sure) connection.sendSurely({ type: "session.leave" });
}

/** This page takes no more part in the session: nothing is seen, and no button pretends to reach it. */
function finish() {
  curtain.stop();
  viewer.close();
  fullScreen.offer(false);
  endButton.hidden = true;
  handing.button.hidden = true;
  byId("chat", HTMLElement).hidden = true;
  byId("pointing", HTMLElement).hidden = true;
}

/** @param {{ code: string, detail: string, of: string | null }} problem */
function showRefusal(problem) {
  if (problem.of === "media.offer") notPlaced = problem;
  else if (!chat.refused(problem) && !guidance.refused(problem)) announce(problemSentence(problem));
}

/** @param {string} reason */
function dismissed(reason) {
  finish();
  connection.stop();
  if (reason === "signed_out") location.assign("/agent/sign-in?signed-out");
  if (reason === "must_prove") location.assign(`/agent/prove?then=${location.pathname}`);
  if (reason === "taken_over")
    fill(byId("board", HTMLElement), notice("warning", h("p", {}, t("session.taken_over"))));
  else if (reason === "handed_over") left(t("hand.done"));
  else if (view?.state !== "ended" && reason !== "must_prove") void showOutcome(null);
}

/**
 * This page has nothing to do with the customer any more, and shows nothing of them.
 * @param {string} sentence
 */
function left(sentence) {
  for (const id of ["session-bar", "stage", "side", "actions", "notes"]) byId(id, HTMLElement).hidden = true;
  fill(byId("progress", HTMLElement));
  const back = h("a", { class: "button button-main", href: "/agent" }, t("session.back"));
  fill(
    byId("board", HTMLElement),
    h("section", { class: "card ended-card" }, h("p", { class: "lead" }, sentence), h("div", { class: "actions" }, back)),
  );
  announce(sentence);
}

/**
 * @param {import("../protocol/socket.js").Link} link
 * @param {import("../protocol/api.js").Problem | null} problem
 */
function linkChanged(link, problem) {
  curtain.look();
  byId("link-state", HTMLElement).hidden = link !== "reconnecting";
  if (link === "reconnecting") {
    introduction.lineLost();
    chat.lineLost();
    guidance.lineLost();
  }
  if (link === "reconnecting") announce(t("link.reconnecting"));
  if (link === "lost" && view?.state !== "ended") void showOutcome(problem);
}

/**
 * The line is gone for good. If the session has ended meanwhile the page says why, else what can be done.
 * @param {import("../protocol/api.js").Problem | null} problem
 */
async function showOutcome(problem) {
  finish();
  const last = await get(`/sessions/${SESSION}`).catch(() => null);
  if (view && last?.state === "ended") {
    show({ ...view, state: "ended", end: { cause: last.end_cause, at_ms: null } });
    return;
  }
  const sentence = problem && problem.code !== "offline" ? problemSentence(problem) : t("session.link_lost");
  const board = byId("board", HTMLElement);
  fill(
    board,
    notice(
      "danger",
      h("p", {}, sentence),
      h("p", {}, h("a", { class: "lone-link", href: "/agent" }, t("session.back"))),
    ),
  );
}

const handing = new HandOverPanel({
  colleagues: () => get("/colleagues"),
  handOver: async (to) => {
    await post(`/sessions/${SESSION}/hand-over`, { to });
    await introduction.handedOver();
  },
});
fill(byId("session-actions", HTMLElement), fullScreen.button, handing.button, endButton);
curtain.start();
connection.start();
