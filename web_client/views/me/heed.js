/** What the customer should not overlook: changes in their account that wait, and what looks as if somebody misled them. */

import { fill, h } from "../h.js";
import { dateAndTime, t } from "../i18n.js";
import { actionButton, errorPlace, notice, setError } from "../parts.js";
import { actionKindWord } from "../words.js";

const HEEDED_MS = 30 * 86_400_000;
const WARNING_KEYS = {
  code_replayed: "me.code_replayed",
  passkey_copied: "me.passkey_copied",
  records_merged: "me.records_merged",
  record_overridden: "me.record_overridden",
};

/**
 * Shows nothing where it does not come: the answer above it waits for nothing.
 * @param {import("./actions.js").MeActions} actions
 */
export function heedPlace(actions) {
  const waiting = h("div", {});
  const warnings = h("div", {});
  void showWaiting(waiting, actions).catch(() => waiting.replaceChildren());
  void showWarnings(warnings, actions).catch(() => warnings.replaceChildren());
  return h("div", {}, waiting, warnings);
}

/**
 * @param {HTMLElement} place
 * @param {import("./actions.js").MeActions} actions
 */
async function showWaiting(place, actions) {
  const found = await actions.data.actions();
  fill(
    place,
    found.map((one) => waitingNotice(one, actions)),
  );
}

/**
 * @param {import("../../protocol/shapes").OwnAction} action
 * @param {import("./actions.js").MeActions} actions
 */
function waitingNotice({ id, kind, summary, due_at_ms: due }, actions) {
  const error = errorPlace();
  const cancel = actionButton(t("me.action_cancel"), "button-danger", async () => {
    setError(error, "");
    setError(
      error,
      await actions.tried(async () => {
        await actions.data.cancelAction(id);
        await actions.again();
      }),
    );
  });
  return notice(
    "warning",
    h("p", { class: "look-what" }, actionKindWord(kind)),
    h("p", {}, summary),
    h("p", {}, due === null ? t("me.action_proposed") : t("me.action_due", { at: dateAndTime(due) })),
    h("div", { class: "actions" }, cancel),
    error,
  );
}

/**
 * @param {HTMLElement} place
 * @param {import("./actions.js").MeActions} actions
 */
async function showWarnings(place, { history }) {
  const { warnings } = await history.page(null);
  const recent = warnings.filter(({ at_ms: at }) => Date.now() - at < HEEDED_MS);
  fill(
    place,
    recent.map(({ at_ms: at, what }) =>
      notice(
        "danger",
        h("p", {}, t(WARNING_KEYS[what], { at: dateAndTime(at) })),
        h("p", {}, t("me.warning_next")),
      ),
    ),
  );
}
