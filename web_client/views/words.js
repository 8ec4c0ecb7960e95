/** Catalogue keys of the closed vocabularies, written out so that a missing text is found by a search, not by a user. */

import { hasText, t } from "./i18n.js";

/** What an agent or officer reads. */
export const STATE_KEYS = {
  invited: "state.invited",
  waiting: "state.waiting",
  joined: "state.joined",
  introducing: "state.introducing",
  verifying: "state.verifying",
  consenting: "state.consenting",
  ready: "state.ready",
  sharing: "state.sharing",
  paused: "state.paused",
  interrupted: "state.interrupted",
  ended: "state.ended",
};

export const SURFACE_KEYS = {
  tab: "surface.tab",
  window: "surface.window",
  screen: "surface.screen",
  unknown: "surface.unknown",
};

/** Why it ended and what to do next, for the customer. */
export const CUSTOMER_END_KEYS = {
  customer_stopped: ["end.customer_stopped.title", "end.customer_stopped.next"],
  browser_stopped: ["end.browser_stopped.title", "end.browser_stopped.next"],
  agent_left: ["end.agent_left.title", "end.agent_left.next"],
  agent_signed_out: ["end.agent_signed_out.title", "end.agent_signed_out.next"],
  officer_ended: ["end.officer_ended.title", "end.officer_ended.next"],
  blocked: ["end.blocked.title", "end.blocked.next"],
  consent_expired: ["end.consent_expired.title", "end.consent_expired.next"],
  verification_failed: ["end.verification_failed.title", "end.verification_failed.next"],
  introduction_failed: ["end.introduction_failed.title", "end.introduction_failed.next"],
  invitation_expired: ["end.invitation_expired.title", "end.invitation_expired.next"],
  connection_lost: ["end.connection_lost.title", "end.connection_lost.next"],
  gate_failed: ["end.gate_failed.title", "end.gate_failed.next"],
  log_failed: ["end.log_failed.title", "end.log_failed.next"],
  server_restarted: ["end.server_restarted.title", "end.server_restarted.next"],
  verified: ["end.verified.title", "end.verified.next"],
};

/**
 * The same, where it was a wait and nobody had come to talk to the customer yet.
 * @type {Partial<Record<keyof typeof CUSTOMER_END_KEYS, [string, string]>>}
 */
export const WAIT_END_KEYS = {
  customer_stopped: ["wait_end.left", "wait_end.left_next"],
  invitation_expired: ["wait_end.expired", "wait_end.expired_next"],
  connection_lost: ["wait_end.lost", "wait_end.lost_next"],
  agent_left: ["wait_end.agent", "wait_end.agent_next"],
  agent_signed_out: ["wait_end.agent", "wait_end.agent_next"],
  introduction_failed: ["wait_end.mismatch", "wait_end.mismatch_next"],
};

/** What help is asked for. */
export const TOPIC_KEYS = {
  sign_in: "help.topic_sign_in",
  payment: "help.topic_payment",
  account: "help.topic_account",
  security: "help.topic_security",
  other: "help.topic_other",
};

/** Why it ended, for staff. */
export const STAFF_END_KEYS = {
  customer_stopped: "cause.customer_stopped",
  browser_stopped: "cause.browser_stopped",
  agent_left: "cause.agent_left",
  agent_signed_out: "cause.agent_signed_out",
  officer_ended: "cause.officer_ended",
  blocked: "cause.blocked",
  consent_expired: "cause.consent_expired",
  verification_failed: "cause.verification_failed",
  introduction_failed: "cause.introduction_failed",
  invitation_expired: "cause.invitation_expired",
  connection_lost: "cause.connection_lost",
  gate_failed: "cause.gate_failed",
  log_failed: "cause.log_failed",
  server_restarted: "cause.server_restarted",
  verified: "cause.verified",
};

const METHOD_KEYS = { totp: "method.totp", recovery_code: "method.recovery_code", passkey: "method.passkey" };
const ROLE_KEYS = {
  agent: "role.agent",
  supervisor: "role.supervisor",
  security: "role.security",
  admin: "role.admin",
  customer: "role.customer",
};
const LEVEL_KEYS = { V0: "level.V0", V1: "level.V1", V2: "level.V2", V3: "level.V3" };
const LEVEL_MEANING_KEYS = {
  V0: "level_meaning.V0",
  V1: "level_meaning.V1",
  V2: "level_meaning.V2",
  V3: "level_meaning.V3",
};
const ACTION_KEYS = {
  flag: "flag_action.flag",
  hold: "flag_action.hold",
  step_up: "flag_action.step_up",
  block: "flag_action.block",
  withheld: "flag_action.withheld",
  shadow: "flag_action.shadow",
};

const FIELD_KEYS = {
  name: "field.name",
  email: "field.email",
  phone: "field.phone",
  last_transfer: "field.last_transfer",
  payout_account: "field.payout_account",
};

export const ACTION_KIND_KEYS = {
  change_email: "action_kind.change_email",
  change_phone: "action_kind.change_phone",
  change_payout_address: "action_kind.change_payout_address",
  raise_limit: "action_kind.raise_limit",
  reset_authenticator: "action_kind.reset_authenticator",
};
const ACTION_STATE_KEYS = {
  proposed: "action_state.proposed",
  approved: "action_state.approved",
  released: "action_state.released",
  cancelled: "action_state.cancelled",
  expired: "action_state.expired",
  declined: "action_state.declined",
};

/** @param {string} topic */
export const topicWord = (topic) => word(TOPIC_KEYS, topic);

/** @param {string} kind */
export const actionKindWord = (kind) => word(ACTION_KIND_KEYS, kind);

/** @param {string} state */
export const actionStateWord = (state) => word(ACTION_STATE_KEYS, state);

/** @param {string} name */
export const fieldWord = (name) => word(FIELD_KEYS, name);

/** @param {string} method */
export const methodWord = (method) => word(METHOD_KEYS, method);

/** @param {string} role */
export const roleWord = (role) => word(ROLE_KEYS, role);

/** @param {string} level */
export const levelWord = (level) => word(LEVEL_KEYS, level);

/** @param {string} level */
export const levelMeaning = (level) => word(LEVEL_MEANING_KEYS, level);

/** @param {string} action */
export const flagActionWord = (action) => word(ACTION_KEYS, action);

/**
 * @param {Record<string, string>} keys
 * @param {string} name
 */
function word(keys, name) {
  const key = keys[name];
  return key ? t(key) : name;
}

/**
 * A refusal in words: the catalogue's sentence for its code, else the server's own sentence.
 * @param {{ code: string, detail: string }} problem
 * @returns {string}
 */
export function problemSentence({ code, detail }) {
  const key = `problem.${code}`;
  return hasText(key) ? t(key) : detail || t("problem.unknown");
}
