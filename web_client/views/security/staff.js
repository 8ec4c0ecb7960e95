/** Who works here, each with what the viewer may do about them. */

import { h } from "../h.js";
import { t } from "../i18n.js";
import { actionButton } from "../parts.js";
import { pill, table } from "../table.js";
import { dateTimeElement } from "../times.js";
import { roleWord } from "../words.js";
import { mayBeChanged } from "./change_member.js";

/**
 * @typedef {object} Member
 * @property {string} id
 * @property {string} username
 * @property {string} name
 * @property {string} number
 * @property {string} team
 * @property {string} role
 * @property {"active" | "pending" | "blocked" | "disabled"} state
 * @property {number | null} blocked_until_ms
 * @property {number | null} must_prove_since_ms
 * @property {number} logins
 * @property {boolean} linked to the organisation's own sign-in
 * @property {boolean} you
 *
 * @typedef {"signOut" | "write" | "change" | "unlink" | "reset" | "block" | "unblock" | "waive"} ActName
 * @typedef {Record<ActName, ((member: Member) => unknown) | undefined>} Acts
 */

const STATES = /** @type {const} */ ({
  active: ["staff.active", "good"],
  pending: ["staff.pending", "warn"],
  blocked: ["staff.blocked", "bad"],
  disabled: ["staff.disabled", "bad"],
});
const HEADINGS = ["staff.name", "staff.role", "staff.team", "staff.state", "staff.logins", "account.act"];

/**
 * @param {string} caption
 * @param {Member[]} members
 * @param {Partial<Acts>} acts what the viewer may do at all
 */
export function memberTable(caption, members, acts) {
  const headings = HEADINGS.map((key) => t(key));
  return table(
    caption,
    headings,
    members.map((one) => row(one, acts)),
    t("staff.nobody"),
  );
}

/**
 * @param {Member} member
 * @param {Partial<Acts>} acts
 * @returns {import("../h.js").Child[]}
 */
function row(member, acts) {
  const [state, kind] = STATES[member.state];
  const until = member.blocked_until_ms;
  return [
    h(
      "div",
      {},
      member.name,
      member.you ? [" ", pill(t("staff.you"), "plain")] : null,
      h("div", { class: "quiet" }, `${member.number} · ${member.username}`),
    ),
    roleWord(member.role),
    member.team,
    [pill(t(state), kind), until === null ? null : [" ", dateTimeElement(until)], proofPart(member)],
    String(member.logins),
    h("div", { class: "actions" }, buttons(member, acts)),
  ];
}

/** @param {Member} member */
function proofPart({ must_prove_since_ms: since }) {
  return since === null ? null : h("div", {}, pill(t("staff.must_prove"), "warn"), " ", dateTimeElement(since));
}

/**
 * @param {Member} member
 * @param {Partial<Acts>} acts
 */
function buttons(member, acts) {
  const out = member.state === "blocked" || member.state === "disabled";
  return [
    member.logins > 0 ? button("staff.sign_out", member, acts.signOut) : null,
    mayBeWrittenTo(member) ? button("message.write", member, acts.write) : null,
    member.you || !mayBeChanged(member) ? null : button("staff.change", member, acts.change),
    member.linked ? button("staff.unlink", member, acts.unlink) : null,
    out || member.state === "pending" ? null : button("staff.reset", member, acts.reset),
    member.you || member.must_prove_since_ms === null ? null : button("staff.waive", member, acts.waive),
    member.you || out ? null : button("staff.block", member, acts.block),
    out && !member.you ? button("staff.unblock", member, acts.unblock) : null,
  ];
}

/** @param {Member} member */
function mayBeWrittenTo({ you, role, state }) {
  return !you && (role === "agent" || role === "supervisor") && state !== "pending" && state !== "disabled";
}

/**
 * @param {string} key
 * @param {Member} member
 * @param {((member: Member) => unknown) | undefined} act
 */
function button(key, member, act) {
  if (!act) return null;
  const made = actionButton(t(key), "button-small", () => act(member));
  made.append(h("span", { class: "visually-hidden" }, ` (${member.name})`));
  return made;
}
