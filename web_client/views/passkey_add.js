/** Adding a passkey: a name for it, and one button that opens the browser's own window. */

import { h } from "./h.js";
import { t } from "./i18n.js";
import { errorPlace, setError, submitButton } from "./parts.js";

const LONGEST_LABEL = 64;

/**
 * @param {(label: string) => Promise<string>} add resolves to what to say there, "" once it is done
 * @param {"button-main" | "button-plain"} kind one action of a screen is the main one
 * @returns {HTMLFormElement}
 */
export function passkeyForm(add, kind) {
  const error = errorPlace();
  error.id = "passkey-error";
  const field = h("input", {
    id: "passkey-label",
    type: "text",
    autocomplete: "off",
    maxlength: LONGEST_LABEL,
    value: t("passkey.label_value"),
    "aria-describedby": "passkey-label-hint passkey-error",
  });
  const button = submitButton(t("passkey.add"));
  button.className = `button ${kind}`;
  const form = h(
    "form",
    { class: "stack", novalidate: true },
    h("label", { for: "passkey-label" }, t("passkey.label")),
    h("p", { class: "hint", id: "passkey-label-hint" }, t("passkey.label_hint")),
    field,
    error,
    h("div", { class: "actions" }, button),
  );
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    setError(error, "");
    button.disabled = true;
    const sentence = await add(field.value.trim() || t("passkey.label_value"));
    button.disabled = false;
    setError(error, sentence);
  });
  return form;
}
