/** The page that checks a receipt: a file, a key, an answer. The same in the product and in the file that needs none. */

import { checkReceipt, MAX_RECEIPT } from "../../receipts/checking.js";
import { announce } from "../announce.js";
import { fill, h } from "../h.js";
import { t } from "../i18n.js";
import { keyChoice } from "./keys.js";
import { badResult, goodResult } from "./result.js";

/** @param {string | null} served the key that came with the page; null where the reader has to bring one */
export function receiptPage(served) {
  /** @type {File | null} */
  let chosen = null;
  let run = 0;
  const answer = h("div", { class: "receipt-answer" });
  const keys = keyChoice(served, () => void check());
  const chooser = h("input", {
    id: "receipt-file",
    type: "file",
    accept: ".tachiai-receipt,application/json",
    "aria-describedby": "receipt-file-hint",
    // The same file chosen again is no change to a browser, and may be another one by now.
    onclick: () => {
      chooser.value = "";
      chosen = null;
      run += 1;
      fill(answer);
    },
    onchange: () => {
      chosen = chooser.files?.[0] ?? null;
      void check();
    },
  });
  const check = async () => {
    if (!chosen) return;
    run += 1;
    const mine = run;
    fill(answer, h("p", { class: "quiet" }, t("receipt.checking")));
    const verifiers = await keys.read();
    const found = verifiers && (await result(chosen, verifiers, (key) => key === served));
    if (mine !== run) return; // another file or key was chosen meanwhile, and its answer is the one to stand here
    fill(answer, found);
    const heading = answer.querySelector("h2");
    heading?.focus();
    if (heading) announce(heading.textContent ?? "");
  };
  takeDropped((file) => {
    chosen = file;
    void check();
  });
  const file = h(
    "section",
    { class: "card stack" },
    h("label", { for: "receipt-file" }, t("receipt.file")),
    h("p", { class: "hint", id: "receipt-file-hint" }, t("receipt.drop")),
    chooser,
  );
  return h(
    "div",
    { class: "screen" },
    h("h1", {}, t("receipt.title")),
    h("p", { class: "lead" }, t("receipt.lead")),
    served === null ? [keys.node, file] : [file, answer, keys.node],
    served === null ? answer : null,
  );
}

/**
 * @param {File} file
 * @param {import("../../receipts/verifier.js").Verifier[]} verifiers
 * @param {(key: string) => boolean} cameAlong
 */
async function result(file, verifiers, cameAlong) {
  try {
    // One byte more than fits is enough to see that it is too long.
    const data = new Uint8Array(await file.slice(0, MAX_RECEIPT + 1).arrayBuffer());
    const checked = await checkReceipt(data, verifiers);
    const used = verifiers.find(({ name }) => name === checked.origin);
    return goodResult(checked, used !== undefined && cameAlong(used.text));
  } catch (error) {
    return badResult(error);
  }
}

/** @param {(file: File) => void} take */
function takeDropped(take) {
  document.addEventListener("dragover", (event) => event.preventDefault());
  document.addEventListener("drop", (event) => {
    event.preventDefault();
    const file = event.dataTransfer?.files[0];
    if (file) take(file);
  });
}
