/** The demonstration's doors: each account with its live code. */

import { get, post } from "../protocol/api.js";
import { byId, fill, h } from "../views/h.js";
import { t } from "../views/i18n.js";
import { sentenceOf, showFailure } from "../views/failure.js";
import { linkRow } from "../views/link_row.js";
import { actionButton, errorPlace, setError } from "../views/parts.js";

/**
 * @typedef {object} DemoAccount
 * @property {"agent" | "security" | "customer"} door
 * @property {string} name
 * @property {string | null} username
 * @property {string | null} password
 * @property {string | null} reference
 * @property {string | null} case_reference
 * @property {string | null} totp_code null where what was set up took the app's place
 * @property {number} seconds_left
 */

let askAgainAt = 0;
/** @type {DemoAccount[]} */
let accounts = [];

async function refresh() {
  accounts = await get("/demo");
  const soonest = Math.min(...accounts.map((account) => account.seconds_left));
  askAgainAt = performance.now() + soonest * 1_000 + 150;
  const of = (/** @type {DemoAccount["door"]} */ door) => accounts.filter((account) => account.door === door);
  const [officer, ...others] = of("security");
  show("agent", of("agent"));
  show("customer", of("customer"));
  show("security", officer ? [officer] : []);
  show("second", others);
}

/**
 * @param {string} place
 * @param {DemoAccount[]} shown
 */
function show(place, shown) {
  fill(byId(`accounts-${place}`, HTMLElement), shown.map(accountCard));
}

/** @param {DemoAccount} account */
function accountCard(account) {
  const rows = [
    account.name ? row(t("demo.name"), account.name) : null,
    account.case_reference ? row(t("badge.case"), account.case_reference) : null,
    account.username ? row(t("sign_in.username"), h("code", {}, account.username)) : null,
    account.password ? row(t("sign_in.password"), h("code", {}, account.password)) : null,
    row(t("demo.code"), account.totp_code === null ? t("demo.no_code") : liveCode(account.totp_code)),
  ];
  const facts = h("dl", { class: "facts demo-account" }, rows);
  return account.reference === null ? facts : h("div", {}, facts, ownPage(account.reference));
}

/** @param {string} code */
function liveCode(code) {
  return h("code", { class: "live-code" }, `${code.slice(0, 3)} ${code.slice(3)}`);
}

/**
 * What the organisation's own site would do: send its signed-in customer to their page.
 * @param {string} reference
 */
function ownPage(reference) {
  const error = errorPlace();
  const own = opening(t("demo.own_page"), "/demo/handoffs", reference, error);
  const passkey = opening(t("demo.set_up_passkey"), "/demo/enrolments", reference, error);
  return h("div", {}, h("div", { class: "actions" }, own, passkey), error);
}

/**
 * @param {string} label
 * @param {string} path
 * @param {string} reference
 * @param {HTMLElement} error
 */
function opening(label, path, reference, error) {
  return actionButton(label, "button-plain", async () => {
    setError(error, "");
    try {
      const { url } = await post(path, { customer: reference });
      window.open(url, "_blank", "noopener");
    } catch (problem) {
      setError(error, sentenceOf(problem));
    }
  });
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

fill(byId("second-door-place", HTMLElement), linkRow(new URL("/security", location.href).href, "second-door"));
void main();
