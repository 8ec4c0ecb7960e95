/** What two officers decide. The second approval shows a link, once: it stays on the page until the page is left. */

import { get, post } from "../protocol/api.js";
import { announce } from "../views/announce.js";
import { confirmed } from "../views/confirm.js";
import { sentenceOf, showFailure } from "../views/failure.js";
import { byId, fill, h } from "../views/h.js";
import { t } from "../views/i18n.js";
import { linkRow } from "../views/link_row.js";
import { errorPlace, notice, setError } from "../views/parts.js";
import { resetList } from "../views/security/resets.js";
import { dateTimeElement } from "../views/times.js";

/** @typedef {import("../views/security/resets.js").Reset} Reset */

const error = errorPlace();
byId("approvals-error", HTMLElement).append(error);

async function load() {
  try {
    fill(byId("approvals", HTMLElement), resetList(await get("/security/approvals"), approve, refuse));
  } catch (problem) {
    showFailure("approvals", problem, load);
  }
}

/** @param {Reset} reset */
async function approve(reset) {
  const name = reset.subject.name;
  const title = t("approvals.approve_title", { name });
  const text = t("approvals.approve_text", { name });
  if (!(await confirmed({ title, text, yes: t("approvals.approve") }))) return;
  await attempt(async () => {
    const { url, expires_at_ms: until } = await post(`/security/approvals/${reset.id}/approve`);
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

/** @param {() => Promise<void>} act */
async function attempt(act) {
  setError(error, "");
  try {
    await act();
  } catch (problem) {
    setError(error, sentenceOf(problem));
  }
  await load();
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
