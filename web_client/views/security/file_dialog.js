/** A dialog that asks into which case file something belongs: one that is open, or a new one. */

import { h } from "../h.js";
import { t } from "../i18n.js";
import { formDialog } from "./form_dialog.js";

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
  const options = open.map(({ id, title }) => h("option", { value: id }, title));
  const file = h("select", { id: "into-file" }, options, h("option", { value: NEW }, t("files.new_one")));
  const title = h("input", {
    id: "into-title",
    type: "text",
    autocomplete: "off",
    maxlength: LONGEST_TITLE,
    "aria-describedby": "into-title-hint",
  });
  const named = h(
    "div",
    { class: "stack", hidden: open.length > 0 },
    h("label", { for: title.id }, t("files.name")),
    h("p", { class: "hint", id: "into-title-hint" }, t("files.name_hint")),
    title,
  );
  file.addEventListener("change", () => {
    named.hidden = file.value !== NEW;
  });
  const done = () => {
    const chosen = { file: file.value, title: title.value.trim() };
    return chosen.file === NEW && !chosen.title ? t("files.name_missing") : add(chosen);
  };
  return formDialog({
    id: "into-file",
    title: t("files.add_this", { what }),
    fields: [h("label", { for: file.id }, t("files.which")), file, named],
    yes: t("files.add"),
    done,
  });
}
