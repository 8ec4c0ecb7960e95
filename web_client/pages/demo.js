/** The demonstration's doors: each account with its live code. */

import { get } from "../protocol/api.js";
import { byId, fill, h } from "../views/h.js";
import { t } from "../views/i18n.js";
import { showFailure } from "../views/failure.js";

/**
 * @typedef {object} DemoAccount
 * @property {"agent" | "security" | "customer"} door
 * @property {string} name
 * @property {string | null} username
 * @property {string | null} password
 * @property {string | null} case_reference
 * @property {string} totp_code
 * @property {number} seconds_left
 */

let askAgainAt = 0;
/** @type {DemoAccount[]} */
let accounts = [];

async function refresh() {
  accounts = await get("/demo");
  const soonest = Math.min(...accounts.map((account) => account.seconds_left));
  askAgainAt = performance.now() + soonest * 1_000 + 150;
  for (const door of /** @type {const} */ (["agent", "security", "customer"])) {
    fill(
      byId(`accounts-${door}`, HTMLElement),
      accounts.filter((account) => account.door === door).map(accountCard),
    );
  }
}

/** @param {DemoAccount} account */
function accountCard(account) {
  const rows = [
    account.name ? row(t("demo.name"), account.name) : null,
    account.case_reference ? row(t("badge.case"), account.case_reference) : null,
    account.username ? row(t("sign_in.username"), h("code", {}, account.username)) : null,
    account.password ? row(t("sign_in.password"), h("code", {}, account.password)) : null,
    row(
      t("demo.code"),
      h("code", { class: "live-code" }, `${account.totp_code.slice(0, 3)} ${account.totp_code.slice(3)}`),
    ),
  ];
  return h("dl", { class: "facts demo-account" }, rows);
}

/**
 * @param {string} term
 * @param {import("../views/h.js").Child} description
 */
function row(term, description) {
  return h("div", { class: "fact" }, h("dt", {}, term), h("dd", {}, description));
}

async function tick() {
  if (performance.now() >= askAgainAt) await refresh();
  const left = Math.max(0, Math.ceil((askAgainAt - performance.now()) / 1_000));
  byId("code-life", HTMLElement).textContent = t("demo.seconds_left", { count: left });
}

async function main() {
  try {
    await tick();
    window.setTimeout(main, 500);
  } catch (problem) {
    showFailure("accounts-agent", problem, main);
  }
}

void main();
