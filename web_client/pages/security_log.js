/** The decrypted log, newest first. Reading it is itself an entry, and the page says so. */

import { get } from "../protocol/api.js";
import { announce } from "../views/announce.js";
import { sentenceOf, showFailure } from "../views/failure.js";
import { byId, fill, h } from "../views/h.js";
import { t } from "../views/i18n.js";
import { actionButton, notice } from "../views/parts.js";
import { entryText, entryTable } from "../views/security/entries.js";
import { integrityNotice, integrityTitle } from "../views/security/integrity.js";

/** @typedef {import("../views/security/entries.js").LogEntry} LogEntry */

const PAGE_SIZE = 100;
const SESSION = /^ses_[A-Za-z0-9_-]{22}$/;

/** @type {LogEntry[]} */
let entries = [];
/** @type {number | null} where the next reading stops: all from there on has been looked at */
let readFrom = null;
/** @type {string | null} whose entries alone are asked for */
let session = null;
/** Counts the readings begun anew, so that an answer that comes late is not put under another question. */
let reading = 0;

const filter = byId("filter", HTMLInputElement);

async function loadOlder() {
  const asked = reading;
  const before = readFrom === null ? "" : `&before=${readFrom}`;
  const which = session === null ? "" : `&session=${session}`;
  const page = await get(`/security/log?limit=${PAGE_SIZE}${before}${which}`);
  if (asked !== reading) return;
  const received = [...page.entries].sort((one, other) => other.index - one.index);
  entries = [...entries, ...received];
  readFrom = page.read_from;
  byId("log-size", HTMLElement).textContent = t("log.size", { count: page.size });
  show();
}

function show() {
  const wanted = filter.value.trim().toLowerCase();
  const shown = wanted ? entries.filter((entry) => entryText(entry).includes(wanted)) : entries;
  fill(byId("entries", HTMLElement), entryTable(shown));
  byId("shown-count", HTMLElement).textContent = t("log.shown", {
    shown: shown.length,
    loaded: entries.length,
  });
  fill(
    byId("older", HTMLElement),
    readFrom === 0
      ? h("p", { class: "quiet" }, t(session === null ? "log.start" : "log.session_start"))
      : actionButton(t("log.older"), "button-plain", tryOlder),
  );
}

async function tryOlder() {
  try {
    await loadOlder();
  } catch (problem) {
    showFailure("older", problem, tryOlder);
  }
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

async function refresh() {
  reading += 1;
  entries = [];
  readFrom = null;
  await tryOlder();
}

/** The fragment names the one session to show; a click on a session's name sets it. */
function followAddress() {
  const named = location.hash.slice(1);
  session = SESSION.test(named) ? named : null;
  fill(byId("only", HTMLElement), session === null ? null : onlySession(session));
  void refresh();
}

/** @param {string} name */
function onlySession(name) {
  return notice(
    "info",
    h("p", {}, t("log.only_session"), " ", h("code", {}, name)),
    h("p", {}, h("a", { class: "lone-link", href: "#" }, t("log.show_all"))),
  );
}

filter.addEventListener("input", show);
byId("verify", HTMLButtonElement).addEventListener("click", verify);
byId("refresh", HTMLButtonElement).addEventListener("click", refresh);
window.addEventListener("hashchange", followAddress);
followAddress();
void verify();
