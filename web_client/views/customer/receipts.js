/** "Keep your receipt": each as a file, saved by one click. The page makes the file itself, so nothing else is asked. */

import { h, fill } from "../h.js";
import { t, timeOfDay } from "../i18n.js";
import { announce } from "../announce.js";
import { actionButton, errorPlace, setError } from "../parts.js";
import { saveFile } from "../save_file.js";

/**
 * @typedef {{ index: number, kind: "consent" | "withdrawal" | "end", at_ms: number }} ReceiptRow
 *
 * @typedef {object} ReceiptSource
 * @property {() => Promise<ReceiptRow[]>} list
 * @property {(index: number) => Promise<Blob>} file
 */

const GET_KEYS = { consent: "receipts.get_consent", withdrawal: "receipts.get_withdrawal", end: "receipts.get_end" };

/**
 * Shows nothing where there is nothing to keep, or where the list does not come: nobody waits for it.
 * @param {ReceiptSource} source
 * @param {(row: ReceiptRow) => boolean} wanted
 */
export function keepReceipts(source, wanted) {
  const place = h("section", { class: "receipts-keep", "aria-label": t("receipts.title"), hidden: true });
  void show(place, source, wanted).catch(() => {
    place.hidden = true;
  });
  return place;
}

/**
 * @param {HTMLElement} place
 * @param {ReceiptSource} source
 * @param {(row: ReceiptRow) => boolean} wanted
 */
async function show(place, source, wanted) {
  const rows = (await source.list()).filter(wanted);
  if (rows.length === 0) return;
  const error = errorPlace();
  fill(
    place,
    h(
      "div",
      { class: "card" },
      h("h2", {}, t("receipts.title")),
      h("p", {}, t("receipts.lead")),
      h(
        "div",
        { class: "actions" },
        rows.map((row) => saveButton(row, source, error, rows)),
      ),
      error,
      h("p", {}, h("a", { href: "/receipt", target: "_blank", rel: "noopener" }, t("receipts.check"))),
    ),
  );
  place.hidden = false;
}

/**
 * @param {ReceiptRow} row
 * @param {ReceiptSource} source
 * @param {HTMLElement} error
 * @param {ReceiptRow[]} rows
 */
function saveButton(row, source, error, rows) {
  const several = rows.filter(({ kind }) => kind === row.kind).length > 1;
  const label = several ? `${t(GET_KEYS[row.kind])} (${timeOfDay(row.at_ms)})` : t(GET_KEYS[row.kind]);
  return actionButton(label, "button-plain", async () => {
    setError(error, "");
    try {
      saveFile(await source.file(row.index), `${row.kind}-${row.index}.tachiai-receipt`);
      announce(t("receipts.saved"));
    } catch {
      setError(error, t("receipts.failed"));
    }
  });
}
