/** The form by which an administrator invites somebody. */

import { h } from "../h.js";
import { t } from "../i18n.js";
import { errorPlace, setError, submitButton } from "../parts.js";
import { roleWord } from "../words.js";

const ROLES = ["agent", "supervisor", "security", "admin"];
const FIELDS = /** @type {const} */ ([
  ["username", "staff.username", "staff.username_hint", 64],
  ["name", "staff.full_name", "staff.full_name_hint", 128],
  ["number", "staff.number", "staff.number_hint", 32],
  ["team", "staff.team", "staff.team_hint", 64],
]);

/**
 * @param {(member: Record<string, string>) => Promise<string>} invite answers "" once it is done, else a sentence
 */
export function inviteForm(invite) {
  const error = errorPlace();
  const fields = FIELDS.map(([name, label, hint, longest]) => field(name, label, hint, longest));
  const role = h(
    "select",
    { id: "invite-role", name: "role", class: "select-field" },
    ROLES.map((one) => h("option", { value: one }, roleWord(one))),
  );
  const form = h(
    "form",
    { class: "stack" },
    fields,
    h("label", { for: "invite-role" }, t("staff.role")),
    role,
    error,
    h("div", { class: "actions" }, submitButton(t("staff.invite"))),
  );
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    setError(error, "");
    const given = new FormData(form);
    const member = Object.fromEntries([...given].map(([name, value]) => [name, String(value).trim()]));
    const sentence = await invite(member);
    if (sentence === "") form.reset();
    setError(error, sentence);
  });
  return form;
}

/**
 * @param {string} name
 * @param {string} label
 * @param {string} hint
 * @param {number} longest
 */
function field(name, label, hint, longest) {
  const id = `invite-${name}`;
  return [
    h("label", { for: id }, t(label)),
    h("p", { class: "hint", id: `${id}-hint` }, t(hint)),
    h("input", {
      id,
      name,
      type: "text",
      autocomplete: "off",
      autocapitalize: "none",
      required: true,
      maxlength: longest,
      "aria-describedby": `${id}-hint`,
    }),
  ];
}
