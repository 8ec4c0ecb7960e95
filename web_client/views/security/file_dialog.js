/** A dialog that asks into which case file something belongs: one that is open, or a new one. */

import { h } from "../h.js";
import { t } from "../i18n.js";
import { errorPlace, setError, submitButton } from "../parts.js";

/** @typedef {{ file: string, title: string }} Chosen `file`: "" for a new one, which has `title` */

const LONGEST_TITLE = 120;
const NEW = "";

/**
 * @param {string} what names what is added, as the reader knows it
 * @param {{ id: string, title: string }[]} open files that are open
 * @param {(chosen: Chosen) => Promise<string>} add answers with what stands against it; "" once it is done
 * @returns {Promise<boolean>} whether it was added
 */
export function fileDialog(what, open, add) {
  return new Promise((resolve) => {
    const options = [...open.map(({ id, title }) => h("option", { value: id }, title)), h("option", { value: NEW }, t("files.new_one"))];
    const file = h("select", { id: "into-file" }, options);
    const title = h("input", { id: "into-title", type: "text", autocomplete: "off", maxlength: LONGEST_TITLE, "aria-describedby": "into-title-hint" });
    const named = h(
      "div",
      { class: "stack", hidden: open.length > 0 },
      h("label", { for: title.id }, t("files.name")),
      h("p", { class: "hint", id: "into-title-hint" }, t("files.name_hint")),
      title,
    );
    const error = errorPlace();
    const cancel = h("button", { type: "button", class: "button button-plain" }, t("confirm.cancel"));
    const form = h(
      "form",
      { class: "stack", novalidate: true },
      h("label", { for: file.id }, t("files.which")),
      file,
      named,
      error,
      h("div", { class: "actions" }, submitButton(t("files.add")), cancel),
    );
    const dialog = h(
      "dialog",
      { class: "dialog", "aria-labelledby": "into-file-title" },
      h("h2", { id: "into-file-title" }, t("files.add_this", { what })),
      form,
    );
    file.addEventListener("change", () => {
      named.hidden = file.value !== NEW;
    });
    cancel.addEventListener("click", () => dialog.close());
    form.addEventListener("submit", async (submitted) => {
      submitted.preventDefault();
      const chosen = { file: file.value, title: title.value.trim() };
      const wrong = chosen.file === NEW && !chosen.title ? t("files.name_missing") : await add(chosen);
      setError(error, wrong);
      if (!wrong) dialog.close("added");
    });
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(dialog.returnValue === "added");
    });
    document.body.append(dialog);
    dialog.showModal();
  });
}
