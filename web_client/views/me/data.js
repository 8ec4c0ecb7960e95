/** The customer's own data: a copy of it, and asking that it be erased. Both ask for a passkey first. */

import { h } from "../h.js";
import { dateAndTime, t } from "../i18n.js";
import { announce } from "../announce.js";
import { confirmed } from "../confirm.js";
import { actionButton, errorPlace, notice, screenHeading, setError } from "../parts.js";
import { saveFile } from "../save_file.js";
import { backLink, nothingToStop } from "./actions.js";
import { isProved, proofCard } from "./proof.js";

/**
 * @param {import("../../protocol/shapes").Me} me
 * @param {import("./actions.js").MeActions} actions
 * @returns {Promise<import("./actions.js").MeScreen>}
 */
export async function dataScreen(me, actions) {
  const asked = await actions.data.erasure();
  const error = errorPlace();
  const proved = isProved(me);
  const node = h(
    "div",
    { class: "screen" },
    screenHeading(t("me.data_title")),
    asked === null ? null : askedNotice(asked, actions, error),
    proved ? null : proofCard(t("me.prove_for_data"), actions),
    h("h2", {}, t("me.copy_title")),
    h("p", {}, t("me.copy_lead")),
    proved ? copyButtons(actions, error) : null,
    h("h2", {}, t("me.erase_title")),
    h("p", {}, t("me.erase_lead")),
    proved && asked === null ? eraseButton(actions, error) : null,
    error,
    backLink(),
  );
  return { node, stop: nothingToStop };
}

/**
 * @param {import("./actions.js").MeActions} actions
 * @param {HTMLElement} error
 */
function copyButtons(actions, error) {
  /** @param {"html" | "json"} form @param {string} label @param {string} kind */
  const button = (form, label, kind) =>
    actionButton(label, kind, async () => {
      setError(error, "");
      setError(
        error,
        await actions.tried(async () => {
          saveFile(await actions.data.copy(form), `my-data.${form}`);
          announce(t("me.copy_saved"));
        }),
      );
    });
  return h(
    "div",
    { class: "actions" },
    button("html", t("me.copy_html"), "button-main"),
    button("json", t("me.copy_json"), "button-plain"),
  );
}

/**
 * @param {import("../../protocol/shapes").OwnErasure} asked
 * @param {import("./actions.js").MeActions} actions
 * @param {HTMLElement} error
 */
function askedNotice({ due_at_ms: due, approved }, actions, error) {
  const text = t(approved ? "me.erase_approved" : "me.erase_waiting", { at: dateAndTime(due) });
  return notice(
    "warning",
    h("p", {}, text),
    h(
      "div",
      { class: "actions" },
      actionButton(t("me.erase_take_back"), "button-main", async () => {
        setError(error, "");
        setError(
          error,
          await actions.tried(async () => {
            await actions.data.takeErasureBack();
            await actions.again();
          }),
        );
      }),
    ),
  );
}

/**
 * @param {import("./actions.js").MeActions} actions
 * @param {HTMLElement} error
 */
function eraseButton(actions, error) {
  return h(
    "div",
    { class: "actions" },
    actionButton(t("me.erase_ask"), "button-danger", async () => {
      const question = { title: t("me.erase_confirm_title"), text: t("me.erase_confirm_text") };
      if (!(await confirmed({ ...question, yes: t("me.erase_ask") }))) return;
      setError(error, "");
      setError(
        error,
        await actions.tried(async () => {
          await actions.data.askErasure();
          await actions.again();
        }),
      );
    }),
  );
}
