/** By what the customer is known: passkeys, the authenticator app, browsers. Adding and removing ask for a passkey. */

import { h } from "../h.js";
import { ago, dateAndTime, t } from "../i18n.js";
import { confirmed } from "../confirm.js";
import { actionButton, errorPlace, facts, screenHeading, setError } from "../parts.js";
import { passkeyForm } from "../passkey_add.js";
import { backLink, nothingToStop } from "./actions.js";
import { isProved, proofCard } from "./proof.js";

/**
 * @param {import("../../protocol/shapes").Me} me
 * @param {import("./actions.js").MeActions} actions
 * @returns {Promise<import("./actions.js").MeScreen>}
 */
export async function factorsScreen(me, actions) {
  const found = await actions.factors.all();
  const error = errorPlace();
  const proved = isProved(me);
  const node = h(
    "div",
    { class: "screen" },
    screenHeading(t("me.factors_title")),
    h("h2", {}, t("me.passkeys")),
    found.passkeys.length === 0
      ? h("p", {}, t("me.passkeys_none"))
      : found.passkeys.map((one) => passkeyCard(one, proved, actions, error)),
    changing(found, proved, actions),
    h("h2", {}, t("me.app")),
    appFacts(found.app),
    found.app === null ? null : wayTo("#app-clock", t("me.app_clock_link")),
    h("h2", {}, t("me.recovery")),
    h("p", {}, recoveryLeft(found.recovery_codes_left)),
    wayTo("#recovery-codes", t("me.recovery_make")),
    h("h2", {}, t("me.devices")),
    h("p", {}, t("me.devices_lead")),
    found.devices.length === 0
      ? h("p", {}, t("me.devices_none"))
      : found.devices.map((one) => deviceCard(one, actions, error)),
    error,
    backLink(),
  );
  return { node, stop: nothingToStop };
}

/** @param {number} left */
function recoveryLeft(left) {
  return left === 0 ? t("me.recovery_none") : t("me.recovery_left", { count: left });
}

/**
 * @param {string} href
 * @param {string} text
 */
function wayTo(href, text) {
  return h("p", { class: "actions" }, h("a", { href, class: "button button-plain" }, text));
}

/**
 * What adds or removes a passkey, or how to come by the first one.
 * @param {import("../../protocol/shapes").Factors} found
 * @param {boolean} proved
 * @param {import("./actions.js").MeActions} actions
 */
function changing({ passkeys }, proved, actions) {
  if (passkeys.length === 0) return h("p", {}, t("me.no_passkey"));
  return proved ? addCard(actions) : proofCard(t("me.prove_to_change"), actions);
}

/**
 * @param {import("../../protocol/shapes").PasskeyShown} passkey
 * @param {boolean} proved
 * @param {import("./actions.js").MeActions} actions
 * @param {HTMLElement} error
 */
function passkeyCard(passkey, proved, actions, error) {
  const used = passkey.last_used_ms;
  return h(
    "section",
    { class: "card look", "aria-label": passkey.label },
    h("p", { class: "look-what" }, passkey.label),
    passkey.state === "disabled" ? h("p", {}, t("me.passkey_disabled")) : null,
    facts([
      [t("me.since"), dateAndTime(passkey.created_at_ms)],
      [t("me.last_used"), used === null ? t("me.never_used") : ago(Math.max(0, Date.now() - used))],
    ]),
    proved
      ? h(
          "div",
          { class: "actions" },
          removeButton(
            t("me.remove_named", { label: passkey.label }),
            { title: t("me.remove_title"), text: t("me.remove_text", { label: passkey.label }) },
            () => actions.factors.remove(passkey.id),
            actions,
            error,
          ),
        )
      : null,
  );
}

/** @param {import("./actions.js").MeActions} actions */
function addCard(actions) {
  const add = (/** @type {string} */ label) =>
    actions.tried(async () => {
      await actions.factors.add(label);
      await actions.again();
    });
  return h(
    "section",
    { class: "card", "aria-label": t("passkey.add") },
    h("p", {}, t("passkey.what")),
    passkeyForm(add, "button-main"),
  );
}

/** @param {import("../../protocol/shapes").Factors["app"]} app */
function appFacts(app) {
  if (app === null) return h("p", {}, t("me.app_none"));
  const used = app.last_used_ms;
  return facts([
    [t("me.app_state"), t(app.state === "good" ? "me.app_good" : "me.app_disabled")],
    [t("me.last_used"), used === null ? t("me.never_used") : ago(Math.max(0, Date.now() - used))],
  ]);
}

/**
 * @param {import("../../protocol/shapes").OwnDevice} device
 * @param {import("./actions.js").MeActions} actions
 * @param {HTMLElement} error
 */
function deviceCard(device, actions, error) {
  const name = t(device.here ? "me.device_here" : "me.device_other", { at: dateAndTime(device.since_ms) });
  return h(
    "section",
    { class: "card look", "aria-label": name },
    h("p", { class: "look-what" }, name),
    facts([[t("me.last_seen"), ago(Math.max(0, Date.now() - device.last_seen_ms))]]),
    h(
      "div",
      { class: "actions" },
      removeButton(
        t("me.forget_device"),
        { title: t("me.forget_title"), text: t("me.forget_text") },
        () => actions.factors.forgetDevice(device.id),
        actions,
        error,
      ),
    ),
  );
}

/**
 * @param {string} label
 * @param {{ title: string, text: string }} question
 * @param {() => Promise<void>} work
 * @param {import("./actions.js").MeActions} actions
 * @param {HTMLElement} error
 */
function removeButton(label, question, work, actions, error) {
  return actionButton(label, "button-danger", async () => {
    if (!(await confirmed({ ...question, yes: t("me.remove") }))) return;
    setError(error, "");
    setError(
      error,
      await actions.tried(async () => {
        await work();
        await actions.again();
      }),
    );
  });
}
