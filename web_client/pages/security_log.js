/** The decrypted log, newest first. Reading it is itself an entry, and the page says so. */

import { get } from "../protocol/api.js";
import { announce } from "../views/announce.js";
import { sentenceOf, showFailure } from "../views/failure.js";
import { byId, fill, h } from "../views/h.js";
import { t } from "../views/i18n.js";
import { actionButton, notice } from "../views/parts.js";
import { entryText, entryTable } from "../views/security/entries.js";

/** @typedef {import("../views/security/entries.js").LogEntry} LogEntry */

const PAGE_SIZE = 100;

/** @type {LogEntry[]} */
let entries = [];
let reachedStart = false;

const filter = byId("filter", HTMLInputElement);

async function loadOlder() {
  const oldest = entries.at(-1);
  const before = oldest ? `&before=${oldest.index}` : "";
  const page = await get(`/security/log?limit=${PAGE_SIZE}${before}`);
  const received = [...page.entries].sort((one, other) => other.index - one.index);
  entries = [...entries, ...received];
  reachedStart = received.length === 0 || entries.at(-1)?.index === 0;
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
    reachedStart
      ? h("p", { class: "quiet" }, t("log.start"))
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
    const { exit_code: code, sentence } = await get("/security/log/integrity");
    fill(
      place,
      notice(
        code === 0 ? "good" : "danger",
        h("p", {}, h("strong", {}, t(code === 0 ? "log.intact" : "log.damaged"))),
        h("p", { lang: "en" }, sentence),
      ),
    );
    announce(t(code === 0 ? "log.intact" : "log.damaged"));
  } catch (problem) {
    fill(place, notice("danger", h("p", {}, sentenceOf(problem))));
  }
}

async function refresh() {
  entries = [];
  await tryOlder();
}

filter.addEventListener("input", show);
byId("verify", HTMLButtonElement).addEventListener("click", verify);
byId("refresh", HTMLButtonElement).addEventListener("click", refresh);
void refresh();
void verify();
