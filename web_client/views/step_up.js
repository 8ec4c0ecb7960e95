/** The dialog in which staff prove that it is still them, before an act that asks for it: by what they have. */

import { h } from "./h.js";
import { t } from "./i18n.js";
import { actionButton, codeForm, errorPlace, setError } from "./parts.js";

/**
 * @typedef {object} Ways each null where it may not be used; a proof answers "" if it was right, else a sentence
 * @property {(() => Promise<string>) | null} passkey
 * @property {((code: string) => Promise<string>) | null} code
 * @property {{ name: string, address: string, proved: (then: () => void) => () => void } | null} provider
 *   `proved` tells when it was done in another tab, and answers what stops the telling
 */

/**
 * @param {Ways} ways
 * @returns {Promise<boolean>} false where the dialog was left
 */
export function stepUpDialog(ways) {
  return new Promise((resolve) => {
    const error = errorPlace();
    const cancel = h("button", { type: "button", class: "button button-plain" }, t("confirm.cancel"));
    /** @param {Promise<string>} proof */
    const judge = async (proof) => {
      setError(error, "");
      const sentence = await proof;
      if (sentence === "") dialog.close("confirmed");
      else setError(error, sentence);
      return sentence === "";
    };
    const { passkey, code, provider } = ways;
    const dialog = h(
      "dialog",
      { class: "dialog", "aria-labelledby": "step-up-title" },
      h("h2", { id: "step-up-title" }, t("step_up.title")),
      h("p", {}, t(passkey || code || provider ? "step_up.text" : "step_up.none")),
      passkey
        ? h(
            "div",
            { class: "actions" },
            actionButton(t("step_up.passkey"), "button-main", () => judge(passkey())),
          )
        : null,
      provider ? providerLink(provider) : null,
      code ? codePart(code, error, judge, cancel) : [error, h("div", { class: "actions" }, cancel)],
    );
    const deaf = provider ? provider.proved(() => dialog.close("confirmed")) : null;
    cancel.addEventListener("click", () => dialog.close());
    dialog.addEventListener("close", () => {
      deaf?.();
      dialog.remove();
      resolve(dialog.returnValue === "confirmed");
    });
    document.body.append(dialog);
    dialog.showModal();
  });
}

/** @param {{ name: string, address: string }} provider */
function providerLink({ name, address }) {
  const label = name ? t("step_up.with", { provider: name }) : t("step_up.with_provider");
  const link = h("a", { class: "button button-plain", href: address, target: "_blank", rel: "noopener" }, label);
  return [h("p", { class: "hint" }, t("step_up.other_tab")), h("div", { class: "actions" }, link)];
}

/**
 * @param {(code: string) => Promise<string>} confirm
 * @param {HTMLElement} error
 * @param {(proof: Promise<string>) => Promise<boolean>} judge
 * @param {HTMLElement} cancel
 */
function codePart(confirm, error, judge, cancel) {
  const { form, field } = codeForm(
    { label: t("step_up.code"), hint: t("step_up.hint"), error, submit: t("step_up.submit") },
    {
      id: "step-up-code",
      inputmode: "numeric",
      autocomplete: "one-time-code",
      maxlength: 7,
    },
  );
  form.querySelector(".actions")?.append(cancel);
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (await judge(confirm(field.value.replace(/\s/g, "")))) return;
    field.value = "";
    field.focus();
  });
  return form;
}
