/** The dialog in which an administrator gives somebody another role or team. */

import { h } from "../h.js";
import { t } from "../i18n.js";
import { submitButton } from "../parts.js";
import { roleWord } from "../words.js";

const ROLES = ["agent", "supervisor"];

/** @param {{ role: string }} member */
export function mayBeChanged({ role }) {
  return ROLES.includes(role);
}

/**
 * @param {import("./staff.js").Member} member
 * @returns {Promise<{ role: string, team: string } | null>} null where the dialog was left
 */
export function changeDialog({ name, role, team }) {
  return new Promise((resolve) => {
    const roleField = h(
      "select",
      { id: "change-role", class: "select-field" },
      ROLES.map((one) => h("option", { value: one, selected: one === role }, roleWord(one))),
    );
    const teamField = h("input", {
      id: "change-team",
      type: "text",
      value: team,
      autocomplete: "off",
      required: true,
      maxlength: 64,
      "aria-describedby": "change-team-hint",
    });
    const cancel = h("button", { type: "button", class: "button button-plain" }, t("confirm.cancel"));
    const form = h(
      "form",
      { class: "stack" },
      h("label", { for: "change-role" }, t("staff.role")),
      roleField,
      h("label", { for: "change-team" }, t("staff.team")),
      h("p", { class: "hint", id: "change-team-hint" }, t("staff.team_hint")),
      teamField,
      h("div", { class: "actions" }, submitButton(t("staff.change_save")), cancel),
    );
    const dialog = h(
      "dialog",
      { class: "dialog", "aria-labelledby": "change-title" },
      h("h2", { id: "change-title" }, t("staff.change_title", { name })),
      h("p", {}, t("staff.change_text")),
      form,
    );
    cancel.addEventListener("click", () => dialog.close());
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      dialog.close("changed");
    });
    dialog.addEventListener("close", () => {
      dialog.remove();
      const changed = dialog.returnValue === "changed";
      resolve(changed ? { role: roleField.value, team: teamField.value.trim() } : null);
    });
    document.body.append(dialog);
    dialog.showModal();
  });
}
