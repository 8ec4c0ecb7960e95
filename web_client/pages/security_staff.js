/** Who works here: ending sign-ins, blocking, asking for a new start; for administrators also inviting and changing. */

import { get, post } from "../protocol/api.js";
import { announce } from "../views/announce.js";
import { confirmed } from "../views/confirm.js";
import { saying, sentenceOf, showFailure } from "../views/failure.js";
import { byId, fill, h } from "../views/h.js";
import { t } from "../views/i18n.js";
import { linkRow } from "../views/link_row.js";
import { errorPlace, notice } from "../views/parts.js";
import { changeDialog } from "../views/security/change_member.js";
import { inviteForm } from "../views/security/invite_member.js";
import { reasonToLift } from "../views/security/lift_block.js";
import { reasonGiven } from "../views/security/reason_dialog.js";
import { memberTable } from "../views/security/staff.js";
import { dateTimeElement } from "../views/times.js";
import { messageTo } from "./message_to.js";
import { withStepUp } from "./step_up.js";

/** @typedef {import("../views/security/staff.js").Member} Member */

const PLACE = "/security/staff";
const administers = document.getElementById("invite") !== null;
const error = errorPlace();
byId("staff-error", HTMLElement).append(error);

async function load() {
  try {
    /** @type {Member[]} */
    const members = await get(PLACE);
    const acts = { signOut, write, unlink, reset, block, waive, ...(administers ? { change, unblock } : {}) };
    fill(byId("staff", HTMLElement), memberTable(t("staff.title"), members, acts));
  } catch (problem) {
    showFailure("staff", problem, load);
  }
}

/** @param {Member} member */
function signOut({ id, name }) {
  return attempt(async () => {
    const { ended } = await post(`${PLACE}/${id}/sign-out`);
    announce(t("staff.signed_out", { name, count: ended }));
  });
}

/** @param {Member} member */
function write(member) {
  return attempt(() => messageTo(member));
}

/** @param {Member} member */
async function unlink({ id, name }) {
  const question = { title: t("staff.unlink_title", { name }), text: t("staff.unlink_text"), yes: t("staff.unlink") };
  if (!(await confirmed(question))) return;
  await attempt(async () => {
    const { ended } = await post(`${PLACE}/${id}/unlink`);
    announce(t("staff.signed_out", { name, count: ended }));
  });
}

/** @param {Member} member */
async function change(member) {
  const wanted = await changeDialog(member);
  if (wanted === null) return;
  await attempt(async () => {
    const { ended } = await withStepUp("security", () => post(`${PLACE}/${member.id}/change`, wanted));
    announce(t("staff.changed", { name: member.name, count: ended }));
  });
}

/** @param {Member} member */
async function reset({ id, name }) {
  const question = { title: t("staff.reset_title", { name }), text: t("staff.reset_text"), yes: t("staff.reset") };
  if (!(await confirmed(question))) return;
  await attempt(async () => {
    await withStepUp("security", () => post(`${PLACE}/${id}/reset`));
    announce(t("staff.reset_asked", { name }));
  });
}

/** @param {Member} member */
async function block({ id, name }) {
  const question = { title: t("staff.block_title", { name }), text: t("staff.block_text"), yes: t("staff.block") };
  if (!(await confirmed(question))) return;
  await attempt(async () => {
    await withStepUp("security", () => post(`${PLACE}/${id}/block`, { minutes: null }));
    announce(t("staff.blocked_now", { name }));
  });
}

/** @param {Member} member */
async function waive({ id, name }) {
  const reason = await reasonGiven({
    id: "waive",
    title: t("staff.waive_title", { name }),
    label: t("staff.waive_reason"),
    hint: t("staff.waive_hint"),
    missing: t("staff.lift_reason_missing"),
    yes: t("staff.waive"),
  });
  if (reason === null) return;
  await attempt(async () => {
    await withStepUp("security", () => post(`${PLACE}/${id}/proof/waive`, { reason }));
    announce(t("staff.waived", { name }));
  });
}

/** @param {Member} member */
async function unblock({ id, name }) {
  const reason = await reasonToLift(name);
  if (reason === null) return;
  await attempt(async () => {
    const { lifted } = await withStepUp("security", () => post(`${PLACE}/${id}/unblock`, { reason }));
    const said = t(lifted ? "staff.unblocked" : "lifts.asked", { name });
    announce(said);
    if (!lifted) fill(byId("link", HTMLElement), notice("info", h("p", {}, said)));
  });
}

/** @param {Record<string, string>} member */
async function invite(member) {
  try {
    const { url, expires_at_ms: until } = await withStepUp("security", () => post(PLACE, member));
    showInvited(member.name ?? "", url, until);
  } catch (problem) {
    return sentenceOf(problem);
  }
  await load();
  return "";
}

/**
 * @param {string} name
 * @param {string | null} url
 * @param {number | null} until
 */
function showInvited(name, url, until) {
  const title = h("h2", { tabindex: -1 }, t("staff.invited", { name }));
  const rest =
    url === null || until === null
      ? h("p", {}, t("staff.second_officer"))
      : [
          h("label", { for: "enrolment-link" }, t("approvals.link_text", { name })),
          linkRow(url, "enrolment-link"),
          h("p", { class: "quiet" }, t("approvals.link_until"), " ", dateTimeElement(until)),
        ];
  fill(byId("link", HTMLElement), notice("good", title, rest));
  title.focus();
}

/** @param {() => Promise<void>} act */
async function attempt(act) {
  await saying(error, act);
  await load();
}

if (administers) fill(byId("invite", HTMLElement), inviteForm(invite));
void load();
