/** Who waits without having signed in. Nobody is named; what the agent types is the ticket that the visitor reads out. */

import { get, post, Problem } from "../protocol/api.js";
import { whileVisible } from "../protocol/page_visible.js";
import { announce } from "../views/announce.js";
import { sentenceOf } from "../views/failure.js";
import { byId, fill, h } from "../views/h.js";
import { languageName, t } from "../views/i18n.js";
import { actionButton, errorPlace, setError } from "../views/parts.js";
import { table } from "../views/table.js";
import { agoElement, countdownElement } from "../views/times.js";
import { topicWord } from "../views/words.js";

/**
 * @typedef {object} VisitRow
 * @property {string} visit
 * @property {"waiting" | "accepted" | "met"} state
 * @property {string} topic
 * @property {string} language
 * @property {number} since_ms
 * @property {number} until_ms
 * @property {number} tries_left
 */

const ASKED_EVERY_MS = 3_000;
const HEADINGS = ["line.topic", "line.language", "line.since", "line.until", "visit.act"];

const error = errorPlace();
/** What is being typed stays while the list around it changes. @type {Map<string, HTMLElement>} */
const forms = new Map();
let shown = "";
let count = 0;

/** @param {VisitRow[]} rows */
function show(rows) {
  const now = JSON.stringify(rows.map(({ tries_left: _, ...row }) => row));
  if (now === shown) return;
  shown = now;
  const focused = document.activeElement;
  const headings = HEADINGS.map((key) => t(key));
  fill(byId("visits", HTMLElement), error, table(t("visit.title"), headings, rows.map(cells), t("visit.nobody")));
  byId("visits-count", HTMLElement).textContent = String(rows.length);
  if (rows.length > count) announce(t("visit.came", { count: rows.length }));
  count = rows.length;
  if (focused instanceof HTMLElement && focused.isConnected) focused.focus();
}

/**
 * @param {VisitRow} row
 * @returns {import("../views/h.js").Child[]}
 */
function cells(row) {
  return [
    topicWord(row.topic),
    row.language ? languageName(row.language) : "–",
    agoElement(row.since_ms),
    countdownElement(row.until_ms),
    actOf(row),
  ];
}

/** @param {VisitRow} row */
function actOf({ visit, state }) {
  if (state === "waiting") return button(t("line.accept"), `/visits/${visit}/accept`);
  const end = button(t("visit.end"), `/visits/${visit}/end`);
  if (state === "met") return h("div", { class: "actions visit-ticket" }, h("p", {}, t("visit.met")), end);
  const form = forms.get(visit) ?? ticketForm(visit);
  forms.set(visit, form);
  return h("div", { class: "actions visit-ticket" }, form, end);
}

/**
 * @param {string} label
 * @param {string} path
 */
function button(label, path) {
  return actionButton(label, "button-small", () => act(() => post(path)));
}

/** @param {string} visit */
function ticketForm(visit) {
  const field = h("input", {
    type: "text",
    id: `ticket-${visit}`,
    maxlength: 20,
    autocomplete: "off",
  });
  const form = h(
    "form",
    { class: "actions visit-ticket", novalidate: true },
    h("label", { for: `ticket-${visit}` }, t("visit.ticket_of")),
    field,
    h("button", { type: "submit", class: "button button-small" }, t("visit.check")),
  );
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    await act(async () => {
      const heard = await post(`/visits/${visit}/meeting`, { heard: field.value });
      if (heard.outcome === "met") return;
      field.value = "";
      const left = heard.tries_left;
      setError(error, left ? t("visit.tries", { count: left }) : t("visit.over"));
    });
  });
  return form;
}

/** @param {() => Promise<unknown>} work */
async function act(work) {
  setError(error, "");
  try {
    await work();
  } catch (problem) {
    setError(error, sentenceOf(problem));
  }
  await ask();
}

async function ask() {
  try {
    show(await get("/visits"));
  } catch (problem) {
    if (problem instanceof Problem && problem.status === 401) location.reload();
    else setError(error, sentenceOf(problem));
  }
}

export function followVisits() {
  byId("visits", HTMLElement).append(error);
  whileVisible(ask, ASKED_EVERY_MS);
}
