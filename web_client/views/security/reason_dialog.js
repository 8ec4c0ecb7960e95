/** A dialog that asks for a reason, which is recorded. */

import { h } from "../h.js";
import { formDialog } from "./form_dialog.js";

const LONGEST_REASON = 200;

/**
 * @param {{ id: string, title: string, label: string, hint: string, missing: string, yes: string }} words
 * @returns {Promise<string | null>} the reason; null where the dialog was left
 */
export async function reasonGiven({ id, title, label, hint, missing, yes }) {
  const reason = h("input", {
    id: `${id}-reason`,
    type: "text",
    autocomplete: "off",
    maxlength: LONGEST_REASON,
    "aria-describedby": `${id}-hint`,
  });
  const fields = [h("label", { for: reason.id }, label), h("p", { class: "hint", id: `${id}-hint` }, hint), reason];
  const done = () => (reason.value.trim() ? "" : missing);
  return (await formDialog({ id, title, fields, yes, done })) ? reason.value.trim() : null;
}
