/** Receipts of all sessions of the customer, the latest first. */

import { h } from "../h.js";
import { dateAndTime, t } from "../i18n.js";
import { historyScreen, saveButton } from "./history_screen.js";

const TITLE_KEYS = {
  consent: "receipt.consent_title",
  withdrawal: "receipt.withdrawal_title",
  end: "receipt.end_title",
};

/**
 * @param {import("../../protocol/shapes").Me} _me
 * @param {import("./actions.js").MeActions} actions
 * @returns {Promise<import("./actions.js").MeScreen>}
 */
export function receiptsScreen(_me, { history }) {
  return historyScreen(history, {
    title: t("me.receipts_title"),
    lead: t("receipts.lead"),
    none: t("me.receipts_none"),
    rows: (page, error) => page.receipts.map((row) => receipt(row, history, error)),
  });
}

/**
 * @param {import("../../protocol/shapes").OwnReceipt} row
 * @param {import("./actions.js").OwnHistory} history
 * @param {HTMLElement} error
 */
function receipt({ index, kind, at_ms: at }, history, error) {
  const name = `${kind}-${index}.tachiai-receipt`;
  return h(
    "li",
    { class: "card look" },
    h("p", { class: "look-what" }, t(TITLE_KEYS[kind])),
    h("p", {}, h("time", { datetime: new Date(at).toISOString() }, dateAndTime(at))),
    h("div", { class: "actions" }, saveButton(t("me.save_receipt"), name, () => history.file(index), error)),
  );
}
