/** One case's record: masked; each look at a field is asked for and recorded by itself. */

import { get, post, remove } from "../protocol/api.js";
import { byId, fill, h } from "../views/h.js";
import { t } from "../views/i18n.js";
import { contactCard } from "../views/agent/contact.js";
import { announce } from "../views/announce.js";
import { sentenceOf, showFailure } from "../views/failure.js";
import { actionButton, errorPlace, facts, notice, setError } from "../views/parts.js";
import { pill } from "../views/table.js";
import { dateTimeElement } from "../views/times.js";
import { fieldWord } from "../views/words.js";
import { contactChoice } from "../views/agent/talking.js";
import { caseNotes } from "./case_notes.js";
import { openSession } from "./open_session.js";

const CASE = location.pathname.split("/").at(-1) ?? "";
const error = errorPlace();
const talking = contactChoice();
/** @type {import("../views/agent/contact.js").ContactSource} */
const CONTACT = {
  shown: () => get(`/cases/${CASE}/contact`),
  note: (channel) => post(`/cases/${CASE}/contact`, { channel }),
  end: () => remove(`/cases/${CASE}/contact`),
};

/**
 * @typedef {object} CaseRecord
 * @property {string} reference
 * @property {string} reason
 * @property {boolean} live
 * @property {number} last_activity_ms
 * @property {number | null} until_ms when it closes: opened without a live case
 * @property {{ label: string, fields: { name: string, masked: string, locked: boolean }[] }} customer
 */

async function show() {
  /** @type {CaseRecord} */
  const record = await get(`/cases/${CASE}`);
  byId("case-title", HTMLElement).textContent = t("case.title", { reference: record.reference });
  fill(
    byId("case", HTMLElement),
    error,
    h("div", {}, untilNotice(record.until_ms), aboutCase(record), record.live ? [contactCard(CONTACT, attempt), caseNotes(CASE)] : null),
    aboutCustomer(record),
  );
}

/** @param {number | null} until when it closes */
function untilNotice(until) {
  return until ? notice("warning", h("p", {}, t("override.until"), " ", dateTimeElement(until))) : null;
}

/** @param {CaseRecord} record */
function aboutCase(record) {
  return h(
    "section",
    { class: "card", "aria-labelledby": "about-case" },
    h("h2", { id: "about-case" }, t("case.about")),
    facts([
      [t("case.reason"), record.reason],
      [t("case.activity"), dateTimeElement(record.last_activity_ms)],
      [t("case.state"), record.live ? pill(t("case.live"), "good") : pill(t("case.not_live"), "plain")],
    ]),
    record.live
      ? h(
          "div",
          { class: "actions" },
          talking.node,
          actionButton(t("case.open_session"), "button-main", () =>
            attempt(() => openSession(CASE, talking.contact())),
          ),
          actionButton(t("case.verify_caller"), "button-plain", () =>
            attempt(() => openSession(CASE, talking.contact(), "verify")),
          ),
        )
      : null,
    record.live ? h("p", { class: "hint" }, t("case.verify_hint")) : null,
  );
}

/** @param {CaseRecord} record */
function aboutCustomer({ customer }) {
  return h(
    "section",
    { class: "card", "aria-labelledby": "about-customer" },
    h("h2", { id: "about-customer" }, t("case.customer_title", { label: customer.label })),
    notice("info", h("p", {}, t("case.looks_recorded"))),
    h("dl", { class: "facts facts-wide" }, customer.fields.map(fieldRow)),
  );
}

/** @param {{ name: string, masked: string, locked: boolean }} field */
function fieldRow({ name, masked, locked }) {
  const value = h("span", { class: "masked" }, masked);
  const button = actionButton(t("case.unmask"), "button-small", () =>
    attempt(async () => {
      const shown = await post(`/cases/${CASE}/unmaskings`, { field: name });
      value.textContent = shown.value;
      value.classList.remove("masked");
      button.remove();
      announce(t("case.unmasked", { field: fieldWord(name) }));
    }),
  );
  button.setAttribute("aria-label", t("case.unmask_field", { field: fieldWord(name) }));
  const hint = locked ? h("span", { class: "hint" }, t("case.locked")) : null;
  return h("div", { class: "fact" }, h("dt", {}, fieldWord(name)), h("dd", {}, value, " ", button, " ", hint));
}

/** @param {() => Promise<void>} work */
async function attempt(work) {
  setError(error, "");
  try {
    await work();
  } catch (problem) {
    setError(error, sentenceOf(problem));
  }
}

async function main() {
  try {
    await show();
  } catch (problem) {
    showFailure("case", problem, main);
  }
}

void main();
