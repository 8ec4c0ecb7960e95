/** With which key a receipt is checked: the one that came with the page, or one that the reader brings. */

import { hexOf, sha256, utf8 } from "../../receipts/octets.js";
import { KeyRefused } from "../../receipts/refused.js";
import { parseVerifiers } from "../../receipts/verifier.js";
import { h } from "../h.js";
import { t } from "../i18n.js";
import { errorPlace, setError } from "../parts.js";

const MAX_KEY_FILE = 65_536;

/**
 * @param {string | null} served the key that came with the page
 * @param {() => void} changed
 */
export function keyChoice(served, changed) {
  const error = errorPlace();
  error.id = "receipt-key-error";
  const field = h("textarea", {
    id: "receipt-key",
    rows: 3,
    spellcheck: "false",
    autocomplete: "off",
    "aria-describedby": error.id,
    onchange: changed,
  });
  const chooser = h("input", { id: "receipt-key-file", type: "file", onchange: () => void take() });

  async function take() {
    const file = chooser.files?.[0];
    if (!file) return;
    if (file.size > MAX_KEY_FILE) return setError(error, t("receipt.key_wrong"));
    field.value = await file.text();
    changed();
  }

  const own = h(
    "div",
    { class: "stack" },
    h("label", { for: "receipt-key" }, t("receipt.key_paste")),
    field,
    h("label", { for: "receipt-key-file" }, t("receipt.key_file")),
    chooser,
    error,
  );
  const node = h(
    "section",
    { class: "receipt-key", "aria-labelledby": "receipt-key-title" },
    h("h2", { id: "receipt-key-title" }, t("receipt.key_title")),
    served === null ? h("p", {}, t("receipt.key_needed")) : servedKey(served),
    served === null ? own : h("details", {}, h("summary", {}, t("receipt.key_other")), own),
  );
  return { node, read: () => read(field.value, served, error) };
}

/**
 * @param {string} typed
 * @param {string | null} served
 * @param {HTMLElement} error
 * @returns {Promise<import("../../receipts/verifier.js").Verifier[] | null>} null where there is none that can be used
 */
async function read(typed, served, error) {
  setError(error, "");
  const keys = typed.trim() || served || "";
  if (!keys) {
    setError(error, t("receipt.key_missing"));
    return null;
  }
  try {
    return await parseVerifiers(keys);
  } catch (refused) {
    if (!(refused instanceof KeyRefused)) throw refused;
    setError(error, t("receipt.key_wrong"));
    return null;
  }
}

/** @param {string} served */
function servedKey(served) {
  const place = h("code", { class: "receipt-fingerprint" });
  void fingerprint(served).then((text) => {
    place.textContent = text;
  });
  return [
    h("p", {}, t("receipt.key_served")),
    h("p", {}, h("span", { class: "quiet" }, t("receipt.key_fingerprint")), h("br"), place),
    h("p", {}, h("span", { class: "quiet" }, t("receipt.key_whole")), h("br"), h("code", {}, served)),
  ];
}

/**
 * SHA-256 of the key's line, in groups that can be read aloud.
 * @param {string} line
 */
async function fingerprint(line) {
  const groups = hexOf(await sha256(utf8(line))).match(/.{4}/g) ?? [];
  return groups.join(" ");
}
