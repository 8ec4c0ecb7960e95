/** A supervisor's page: cases that agents opened themselves, and that wait for somebody else. */

import { get, post } from "../protocol/api.js";
import { announce } from "../views/announce.js";
import { confirmed } from "../views/confirm.js";
import { sentenceOf, showFailure } from "../views/failure.js";
import { byId, fill, h } from "../views/h.js";
import { t } from "../views/i18n.js";
import { actionButton, errorPlace, facts, setError } from "../views/parts.js";
import { dateTimeElement } from "../views/times.js";
import { withStepUp } from "./step_up.js";

/**
 * @typedef {object} WaitingCase
 * @property {string} id
 * @property {string} reference
 * @property {string} named
 * @property {string} reason
 * @property {string} opener_name
 * @property {string} opener_number
 * @property {number} until_ms
 * @property {string | null} mine why the viewer cannot approve it
 */

/** @type {Record<string, string>} */
const MINE_KEYS = { own: "provisional.own", tied: "provisional.tied" };
const error = errorPlace();
byId("provisional-error", HTMLElement).append(error);

async function load() {
  try {
    /** @type {WaitingCase[]} */
    const waiting = await get("/provisional-cases");
    fill(
      byId("provisional", HTMLElement),
      waiting.length === 0
        ? h("p", { class: "empty" }, t("provisional.none"))
        : h("ul", { class: "flags" }, waiting.map(item)),
    );
  } catch (problem) {
    showFailure("provisional", problem, load);
  }
}

/** @param {WaitingCase} one */
function item(one) {
  const heading = `waits-${one.id}`;
  return h(
    "li",
    { class: "flag", "aria-labelledby": heading },
    h("h2", { id: heading, class: "flag-sentence" }, t("case.title", { reference: one.reference })),
    facts([
      [t("provisional.opener"), `${one.opener_name} (${one.opener_number})`],
      [t("provisional.named"), one.named],
      [t("case.reason"), one.reason],
      [t("provisional.until"), dateTimeElement(one.until_ms)],
    ]),
    h("p", {}, t(MINE_KEYS[one.mine ?? ""] ?? "provisional.check")),
    h(
      "div",
      { class: "actions" },
      one.mine ? null : actionButton(t("provisional.approve"), "button-main", () => approve(one)),
      actionButton(t("provisional.decline"), "button-plain", () => decline(one)),
    ),
  );
}

/** @param {WaitingCase} one */
async function approve({ id, reference }) {
  const title = t("provisional.approve_title", { reference });
  if (!(await confirmed({ title, text: t("provisional.approve_text"), yes: t("provisional.approve") }))) return;
  await attempt(async () => {
    await withStepUp("agent", () => post(`/provisional-cases/${id}/approve`));
    announce(t("provisional.approved", { reference }));
  });
}

/** @param {WaitingCase} one */
async function decline({ id, reference }) {
  const title = t("provisional.decline_title", { reference });
  if (!(await confirmed({ title, text: t("provisional.decline_text"), yes: t("provisional.decline") }))) return;
  await attempt(async () => {
    await post(`/provisional-cases/${id}/decline`);
    announce(t("provisional.declined", { reference }));
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

void load();
