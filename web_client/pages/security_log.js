/** The decrypted log, newest first, and the search in it. Reading it is itself an entry, and the page says so. */

import { get, post, postFile, Problem } from "../protocol/api.js";
import { announce } from "../views/announce.js";
import { saying, sentenceOf, showFailure } from "../views/failure.js";
import { byId, fill, h } from "../views/h.js";
import { t } from "../views/i18n.js";
import { actionButton, errorPlace, notice } from "../views/parts.js";
import { saveFile } from "../views/save_file.js";
import { entryTable, entryText } from "../views/security/entries.js";
import { evidenceForm } from "../views/security/evidence_form.js";
import { filterChips, filterForm } from "../views/security/filter_form.js";
import { integrityNotice, integrityTitle } from "../views/security/integrity.js";
import { filtersOf, fragmentOf, isPseudonym } from "../views/security/log_filters.js";
import { indexState, matchesText } from "../views/security/reach.js";
import { fileThis } from "./file_this.js";
import { withStepUp } from "./step_up.js";

/**
 * @typedef {import("../views/security/entries.js").LogEntry} LogEntry
 * @typedef {import("../views/security/log_filters.js").Filters} Filters
 * @typedef {import("../views/security/acting_staff.js").ActingStaff} ActingStaff
 */

const PAGE_SIZE = 100;

/** @type {Filters} */
let filters = {};
/** @type {LogEntry[]} */
let entries = [];
/** @type {ActingStaff[]} everybody, or those who acted in what was read, while the others are not known */
let staff = [];
/** @type {import("../views/security/entries.js").NamedCase[]} those that the entries read so far are about */
let cases = [];
/** @type {number | null} where the next reading stops: all from there on has been looked at */
let readFrom = null;
/** @type {import("../views/security/reach.js").Matches | null} */
let matches = null;
/** Counts the readings begun anew, so that an answer that comes late is not put under another question. */
let reading = 0;

const fileError = errorPlace();
byId("entries", HTMLElement).before(fileError);
const word = byId("filter", HTMLInputElement);
const form = filterForm({ onSearch: search, onClear: () => goTo({}) });

async function loadOlder() {
  const asked = reading;
  const which = fragmentOf(filters);
  const before = readFrom === null ? "" : `&before=${readFrom}`;
  const page = await get(`/security/log?limit=${PAGE_SIZE}${before}${which && `&${which}`}`);
  if (asked !== reading) return;
  const received = [...page.entries].sort((one, other) => other.index - one.index);
  entries = [...entries, ...received];
  staff = [...staff, ...page.staff.filter((/** @type {ActingStaff} */ one) => !staff.some(({ id }) => id === one.id))];
  cases = [...cases, ...page.cases.filter((/** @type {{ id: string }} */ one) => !cases.some(({ id }) => id === one.id))];
  if (readFrom === null) matches = page.matches;
  readFrom = page.read_from;
  byId("log-size", HTMLElement).textContent = t("log.size", { count: page.size });
  fill(byId("index-state", HTMLElement), filtered() ? indexState(page.index, page.size) : null);
  show();
  if (filtered()) announce(byId("found", HTMLElement).textContent || t("log.shown", counts()));
}

const filtered = () => Object.keys(filters).length > 0;

function shownEntries() {
  const wanted = word.value.trim().toLowerCase();
  return wanted ? entries.filter((entry) => entryText(entry).includes(wanted)) : entries;
}

const counts = () => ({ shown: shownEntries().length, loaded: entries.length });

function show() {
  const nothing = readFrom ? t("log.nothing_yet", { index: readFrom }) : t("log.nothing");
  fill(byId("entries", HTMLElement), entryTable(shownEntries(), staff, cases, nothing, file));
  showChips();
  byId("found", HTMLElement).textContent = matchesText(matches);
  byId("shown-count", HTMLElement).textContent = t("log.shown", counts());
  fill(byId("older", HTMLElement), readFrom === 0 ? endLine() : wayOn());
}

/**
 * @param {"entry" | "session"} kind
 * @param {string} named
 */
const file = (kind, named) => saying(fileError, () => fileThis(kind, named));

function showChips() {
  fill(byId("only", HTMLElement), filterChips(filters, staff, cases, remove));
}

function endLine() {
  if (entries.length === 0) return null;
  return h("p", { class: "quiet" }, t(filtered() ? "log.filtered_start" : "log.start"));
}

function wayOn() {
  const soFar = filtered() ? h("p", { class: "quiet" }, t("log.looked_back", { index: readFrom ?? 0 })) : null;
  return [actionButton(t("log.older"), "button-plain", tryOlder), soFar];
}

async function tryOlder() {
  try {
    await loadOlder();
  } catch (problem) {
    if (problem instanceof Problem && problem.status === 422) refuseAddress();
    else showFailure("older", problem, tryOlder);
  }
}

/** Nothing is shown under filters that are not understood: all entries would look like their result. */
function refuseAddress() {
  fill(byId("entries", HTMLElement), notice("danger", h("p", {}, t("filters.refused"))));
  fill(byId("older", HTMLElement));
  byId("shown-count", HTMLElement).textContent = "";
}

async function verify() {
  const place = byId("integrity", HTMLElement);
  fill(place, h("p", { class: "quiet" }, t("log.verifying")));
  try {
    const found = await get("/security/log/integrity");
    fill(place, integrityNotice(found));
    announce(integrityTitle(found));
  } catch (problem) {
    fill(place, notice("danger", h("p", {}, sentenceOf(problem))));
  }
}

/** What the chips say, and not what the word above the table picks out of it. */
function showTakingOut() {
  const label = t(filtered() ? "log.take_out_found" : "log.take_out_all");
  fill(
    byId("taking-out", HTMLElement),
    actionButton(label, "button-plain", () => takeOut("/security/log/exports", { filters }, "log", "jsonl")),
    h("p", { class: "quiet" }, t("log.take_out_recorded")),
  );
  const { session } = filters;
  fill(byId("evidence-place", HTMLElement), session ? evidenceForm((reason) => takeOut("/security/log/evidence", { session, reason }, "evidence", "zip")) : null);
  fill(byId("taken-out", HTMLElement));
}

/**
 * @param {string} path
 * @param {object} asked
 * @param {string} name
 * @param {string} ending
 */
async function takeOut(path, asked, name, ending) {
  const place = byId("taken-out", HTMLElement);
  fill(place);
  try {
    saveFile(await withStepUp("security", () => postFile(path, asked)), `${name}-${Date.now()}.${ending}`);
    announce(t("log.taken_out"));
  } catch (problem) {
    fill(place, notice("danger", h("p", {}, sentenceOf(problem))));
  }
}

async function refresh() {
  reading += 1;
  entries = [];
  readFrom = null;
  matches = null;
  await tryOlder();
}

/**
 * References become pseudonyms first: no address holds a reference.
 * @param {Filters} wanted
 */
async function search(wanted) {
  try {
    const customer = await resolved("customer", wanted.customer ?? "");
    const inCase = await resolved("case", wanted.case ?? "");
    goTo({ ...wanted, customer, case: inCase });
  } catch (problem) {
    form.refuse(sentenceOf(problem));
  }
}

/**
 * @param {"customer" | "case"} kind
 * @param {string} named
 * @returns {Promise<string>}
 */
async function resolved(kind, named) {
  if (named === "" || isPseudonym(kind, named)) return named;
  return (await post("/security/log/references", { kind, reference: named })).id;
}

/** @param {Filters} wanted */
function goTo(wanted) {
  const fragment = fragmentOf(wanted);
  if (fragment === location.hash.slice(1)) followAddress();
  else location.hash = fragment;
}

/** @param {string} name */
function remove(name) {
  goTo(Object.fromEntries(Object.entries(filters).filter(([other]) => other !== name)));
  byId("found", HTMLElement).focus();
}

/** The fragment names the filters; the form and the links set it. */
function followAddress() {
  filters = filtersOf(location.hash);
  form.show(filters);
  showChips();
  showTakingOut();
  void refresh();
}

async function offerChoices() {
  try {
    const choices = await get("/security/log/choices");
    form.offer(choices);
    staff = choices.staff;
    form.show(filters);
    if (readFrom === null) showChips();
    else show();
  } catch (problem) {
    form.refuse(sentenceOf(problem));
  }
}

byId("filters", HTMLElement).append(form.element);
word.addEventListener("input", show);
byId("verify", HTMLButtonElement).addEventListener("click", verify);
byId("refresh", HTMLButtonElement).addEventListener("click", refresh);
window.addEventListener("hashchange", followAddress);
followAddress();
void offerChoices();
void verify();
