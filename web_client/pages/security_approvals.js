/** What two officers decide. The second approval shows a link, once: it stays on the page until the page is left. */

import { get, post } from "../protocol/api.js";
import { announce } from "../views/announce.js";
import { confirmed } from "../views/confirm.js";
import { sentenceOf, showFailure } from "../views/failure.js";
import { byId, fill, h } from "../views/h.js";
import { t } from "../views/i18n.js";
import { linkRow } from "../views/link_row.js";
import { errorPlace, notice, setError } from "../views/parts.js";
import { erasureList, receiptTable } from "../views/security/erasures.js";
import { resetList } from "../views/security/resets.js";
import { mountBlockLifts } from "./block_lifts.js";
import { mountFactorRequests } from "./factor_requests.js";
import { withStepUp } from "./step_up.js";
import { dateTimeElement } from "../views/times.js";

/** @typedef {import("../views/security/resets.js").Reset} Reset */
/** @typedef {import("../views/security/erasures.js").Erasure} Erasure */

const error = errorPlace();
byId("approvals-error", HTMLElement).append(error);

async function load() {
  try {
    fill(byId("approvals", HTMLElement), resetList(await get("/security/approvals"), approve, refuse));
  } catch (problem) {
    showFailure("approvals", problem, load);
  }
}

async function loadErasures() {
  try {
    const { waiting, done } = await get("/security/erasures");
    fill(byId("erasures", HTMLElement), erasureList(waiting, approveErasure, refuseErasure));
    fill(byId("erased", HTMLElement), receiptTable(done));
  } catch (problem) {
    showFailure("erasures", problem, loadErasures);
  }
}

/** @param {Erasure} erasure */
async function approveErasure(erasure) {
  const name = erasure.subject.name;
  const title = t("erasures.approve_title", { name });
  const text = t("erasures.approve_text", { name });
  if (!(await confirmed({ title, text, yes: t("approvals.approve") }))) return;
  await attempt(async () => {
    const { step } = await confirmedPost(`/security/erasures/${erasure.id}/approve`);
    announce(step === "first" ? t("approvals.approved_first") : t("erasures.approved"));
  });
}

/** @param {Erasure} erasure */
async function refuseErasure(erasure) {
  const title = t("approvals.refuse_title");
  const text = t("erasures.refuse_text", { name: erasure.subject.name });
  if (!(await confirmed({ title, text, yes: t("approvals.refuse") }))) return;
  await attempt(async () => {
    await confirmedPost(`/security/erasures/${erasure.id}/refuse`);
    announce(t("approvals.refused"));
  });
}

/** @param {Reset} reset */
async function approve(reset) {
  const name = reset.subject.name;
  const title = t("approvals.approve_title", { name });
  const text = t("approvals.approve_text", { name });
  if (!(await confirmed({ title, text, yes: t("approvals.approve") }))) return;
  await attempt(async () => {
    const { url, expires_at_ms: until } = await confirmedPost(`/security/approvals/${reset.id}/approve`);
    if (url) showLink(name, url, until);
    else announce(t("approvals.approved_first"));
  });
}

/** @param {Reset} reset */
async function refuse(reset) {
  const title = t("approvals.refuse_title");
  const text = t("approvals.refuse_text", { name: reset.subject.name });
  if (!(await confirmed({ title, text, yes: t("approvals.refuse") }))) return;
  await attempt(async () => {
    await post(`/security/approvals/${reset.id}/refuse`);
    announce(t("approvals.refused"));
  });
}

/** @param {string} path */
function confirmedPost(path) {
  return withStepUp("security", () => post(path));
}

/** @param {() => Promise<void>} act */
async function attempt(act) {
  setError(error, "");
  try {
    await act();
  } catch (problem) {
    setError(error, sentenceOf(problem));
  }
  await Promise.all([load(), loadErasures()]);
}

/**
 * @param {string} name
 * @param {string} url
 * @param {number} until
 */
function showLink(name, url, until) {
  const title = h("h2", { tabindex: -1 }, t("approvals.link_title", { name }));
  const label = h("label", { for: "enrolment-link" }, t("approvals.link_text", { name }));
  const place = byId("link", HTMLElement);
  fill(
    place,
    notice(
      "good",
      title,
      label,
      linkRow(url, "enrolment-link"),
      h("p", { class: "quiet" }, t("approvals.link_until"), " ", dateTimeElement(until)),
    ),
  );
  title.focus();
}

void load();
void loadErasures();
mountBlockLifts();
mountFactorRequests("security");
