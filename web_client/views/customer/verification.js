/**
 * The state `verifying`: the only one with a field for a code. The customer chooses how to prove who they are, or says
 * that they cannot. The agent never sees what is typed.
 */

import { serverNow } from "../clock.js";
import { fill, h } from "../h.js";
import { t } from "../i18n.js";
import { actionButton, agentBadge, notice, screenHeading } from "../parts.js";
import { actionScreen } from "./action.js";
import { passkeyToShow } from "./limits.js";
import { appCodeForm, showAttempts, withoutApp } from "./methods.js";
import { passkeyChoice } from "./passkey.js";
import { talkOnlyScreen } from "./talk_only.js";

/**
 * @typedef {import("./screen.js").CustomerView} CustomerView
 * @typedef {import("./screen.js").Actions} Actions
 * @typedef {import("./screen.js").Screen} Screen
 */

/**
 * @param {CustomerView} view
 * @param {Actions} actions
 * @returns {Screen}
 */
export function verificationScreen(view, actions) {
  const node = h("div", {});
  let newest = view;
  /** @type {((newer: CustomerView) => void) | undefined} */
  let follow;

  /** @param {Screen} screen */
  function put(screen) {
    fill(node, screen.node);
    follow = screen.update;
    follow?.(newest);
    screen.node.querySelector("h1")?.focus({ preventScroll: true });
  }
  const prove = () => put(question());
  const question = () =>
    newest.asked?.action
      ? actionScreen(newest, actions)
      : questionScreen(newest, actions, () => put(talkOnlyScreen(newest, actions, prove)));

  const waitMs = view.fields_from_ms - serverNow();
  if (view.methods.length === 0) put(view.verification ? provedScreen(view, actions) : talkOnlyScreen(view, actions));
  else if (waitMs > 0) {
    put(closingScreen(view));
    window.setTimeout(() => node.isConnected && prove(), waitMs);
  } else if (view.talk_only) put(talkOnlyScreen(view, actions, prove));
  else prove();
  return {
    node,
    update: (newer) => {
      newest = newer;
      follow?.(newer);
    },
  };
}

/**
 * @param {CustomerView} view
 * @param {Actions} actions
 * @param {() => void} cannot show what is possible without a proof
 * @returns {Screen}
 */
function questionScreen(view, actions, cannot) {
  const attempts = h("p", { class: "quiet", id: "attempts-left" });
  const agent = view.agent.name;
  const offered = new Set(view.methods);
  const node = h(
    "div",
    { class: "screen" },
    screenHeading(t(view.asked && !isFirst(view) ? "verify.more_title" : "verify.title")),
    notice("danger", h("p", {}, h("strong", {}, t("verify.warning_question"), " "), t(warningKey(offered)))),
    h("p", {}, t(leadKey(view), { agent })),
    view.purpose === "share" && offered.size > 1 && offered.has("passkey") ? passkeyToShow() : null,
    offered.has("totp") ? appCodeForm(actions, attempts) : null,
    offered.has("recovery_code") ? withoutApp(actions, attempts) : null,
    offered.has("passkey") ? byPasskey(offered.size === 1, actions, attempts) : null,
    h("div", { class: "actions" }, wayOut(view, actions, cannot), leaveButton(actions)),
  );
  return { node, update: (newer) => showAttempts(attempts, newer.code_attempts_left) };
}

/**
 * @param {boolean} only nothing else is offered
 * @param {Actions} actions
 * @param {HTMLElement} attempts
 */
function byPasskey(only, actions, attempts) {
  const button = passkeyChoice(actions, (left) => showAttempts(attempts, left), only ? "button-main" : "button-plain");
  return only ? [button, attempts] : button;
}

/**
 * Nothing was proved or allowed before that could have ended.
 * @param {CustomerView} view
 */
function isFirst({ purpose, verification }) {
  return purpose === "verify" && !verification;
}

/** @param {CustomerView} view */
function leadKey(view) {
  const { asked } = view;
  if (!asked) return "verify.lead";
  if (isFirst(view)) return asked.level === "V1" ? "verify.lead" : "verify.lead_v2";
  return asked.level === "V1" ? "verify.more_lead_v1" : "verify.more_lead_v2";
}

/** @param {Set<string>} offered */
function warningKey(offered) {
  return offered.has("totp") || offered.has("recovery_code") ? "verify.warning" : "verify.warning_no_code";
}

/**
 * @param {CustomerView} view
 * @param {Actions} actions
 * @param {() => void} cannot
 */
function wayOut({ asked, verification }, actions, cannot) {
  const asBefore = asked && verification && verification.until_ms > serverNow();
  if (asBefore) return actionButton(t("verify.as_before"), "button-plain", actions.declineProof);
  return actionButton(t("verify.none"), "button-plain", () => {
    actions.declineProof();
    cannot();
  });
}

/** @param {Actions} actions */
function leaveButton(actions) {
  return actionButton(t("verify.leave"), "button-plain", actions.leave);
}

/**
 * Until no picture of this screen can reach the agent any more, there is no field.
 * @param {CustomerView} view
 * @returns {Screen}
 */
function closingScreen(view) {
  const node = h(
    "div",
    { class: "screen" },
    screenHeading(t("verify.closing_title")),
    h("p", { class: "lead" }, t("verify.closing", { agent: view.agent.name })),
  );
  return { node };
}

/**
 * A session for a verification alone, once that is done: nothing more is asked.
 * @param {CustomerView} view
 * @param {Actions} actions
 * @returns {Screen}
 */
function provedScreen(view, actions) {
  const agent = view.agent.name;
  const node = h(
    "div",
    { class: "screen" },
    screenHeading(t("verify.proved_title")),
    h("p", { class: "lead" }, t("verify.proved", { agent })),
    notice("good", h("p", {}, t("verify.proved_safe"))),
    h("p", {}, t("verify.proved_next", { agent })),
    h("div", { class: "actions" }, actionButton(t("verify.finish"), "button-plain", actions.leave)),
    agentBadge(view),
  );
  return { node };
}
