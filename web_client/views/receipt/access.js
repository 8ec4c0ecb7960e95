/** What was looked at, in words: the same on a receipt and on the customer's own page. */

import { t } from "../i18n.js";
import { fieldWord } from "../words.js";

/** @type {Record<string, string>} */
const WHAT_KEYS = { record: "access.record", contact: "access.contact" };

/**
 * @param {{ what: string, field: string | null }} access
 * @returns {string}
 */
export function accessWord({ what, field }) {
  if (field !== null) return t("access.field", { field: fieldWord(field) });
  const key = Object.hasOwn(WHAT_KEYS, what) ? WHAT_KEYS[what] : undefined;
  return key ? t(key) : what;
}
