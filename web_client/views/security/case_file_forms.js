/** The forms of a case file. Each says beside itself what stood against it. */

import { secretIn } from "../../protocol/typed_secrets.js";
import { h } from "../h.js";
import { t } from "../i18n.js";
import { errorPlace, setError, submitButton } from "../parts.js";

/** @typedef {import("./case_files.js").Finding} Finding */

const LONGEST_TITLE = 120;
const LONGEST_NAME = 64;
const LONGEST_NOTE = 2000;
const LONGEST_REASON = 200;

/**
 * @param {string} flag the id of the one that it begins with; "" for none
 * @param {(title: string, flag: string) => Promise<string>} open
 */
export function openForm(flag, open) {
  const title = line("file-title", LONGEST_TITLE);
  const flagField = line("file-flag", LONGEST_NAME);
  flagField.value = flag;
  const form = [
    labelled(title, t("files.name"), t("files.name_hint")),
    labelled(flagField, t("files.from_flag"), t("files.from_flag_hint")),
  ];
  return card("open", t("files.open"), form, t("files.open"), () => {
    if (!title.value.trim()) return t("files.name_missing");
    return open(title.value.trim(), flagField.value.trim());
  });
}

/** @param {(kind: string, named: string) => Promise<string>} add */
export function addForm(add) {
  const kinds = /** @type {const} */ ([
    ["flag", "files.kind_flag"],
    ["entry", "files.kind_entry"],
    ["session", "files.kind_session"],
  ]);
  const kind = choice("file-kind", kinds.map(([value, key]) => [value, t(key)]));
  const named = line("file-named", LONGEST_NAME);
  const fields = [labelled(kind, t("files.kind")), labelled(named, t("files.named"), t("files.named_hint"))];
  return card("add", t("files.add"), fields, t("files.add"), () => {
    if (!named.value.trim()) return t("files.named_missing");
    return add(kind.value, named.value.trim());
  });
}

/** @param {(text: string) => Promise<string>} note */
export function noteForm(note) {
  const text = h("textarea", { id: "file-note", rows: 4, dir: "auto", maxlength: LONGEST_NOTE, "aria-describedby": "file-note-hint" });
  const fields = [labelled(text, t("files.note_label"), t("files.note_hint"))];
  return card("write-note", t("files.note"), fields, t("files.note_keep"), () => {
    const written = text.value.trim();
    if (!written) return t("files.note_missing");
    if (secretIn(written)) return t("problem.note_secret");
    return note(written);
  });
}

/** @param {(finding: Finding, reason: string) => Promise<string>} close */
export function closeForm(close) {
  const findings = /** @type {const} */ ([
    ["inconclusive", "files.inconclusive"],
    ["confirmed", "files.confirmed"],
    ["dismissed", "files.dismissed"],
  ]);
  const finding = choice("file-finding", findings.map(([value, key]) => [value, t(key)]));
  const reason = line("file-reason", LONGEST_REASON);
  const fields = [
    labelled(finding, t("files.finding"), t("files.finding_hint")),
    labelled(reason, t("files.reason"), t("flags.judge_hint")),
  ];
  return card("close", t("files.close"), fields, t("files.close"), () => {
    if (!reason.value.trim()) return t("flags.judge_reason_missing");
    return close(/** @type {Finding} */ (finding.value), reason.value.trim());
  });
}

/** @param {(reason: string) => Promise<string>} takeOut */
export function takeOutForm(takeOut) {
  const reason = line("file-evidence-reason", LONGEST_REASON);
  const fields = [labelled(reason, t("files.evidence_reason"), t("files.evidence_hint"))];
  return card("evidence", t("files.evidence"), fields, t("evidence.make"), () => {
    if (!reason.value.trim()) return t("evidence.reason_missing");
    return takeOut(reason.value.trim());
  });
}

/**
 * @param {string} id
 * @param {string} title
 * @param {HTMLElement[]} fields
 * @param {string} yes
 * @param {() => string | Promise<string>} work gives what stands against it
 */
function card(id, title, fields, yes, work) {
  const error = errorPlace();
  const button = submitButton(yes);
  const form = h("form", { class: "stack", novalidate: true }, fields, error, h("div", { class: "actions" }, button));
  form.addEventListener("submit", async (submitted) => {
    submitted.preventDefault();
    if (button.disabled) return;
    button.disabled = true;
    try {
      setError(error, "");
      setError(error, await work());
    } finally {
      button.disabled = false;
    }
  });
  return h("details", { class: "card", id: `file-${id}` }, h("summary", {}, title), form);
}

/**
 * @param {HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement} field
 * @param {string} label
 * @param {string} [hint]
 */
function labelled(field, label, hint) {
  if (hint) field.setAttribute("aria-describedby", `${field.id}-hint`);
  return h(
    "div",
    { class: "stack" },
    h("label", { for: field.id }, label),
    hint ? h("p", { class: "hint", id: `${field.id}-hint` }, hint) : null,
    field,
  );
}

/**
 * @param {string} id
 * @param {number} longest
 */
function line(id, longest) {
  return h("input", { id, type: "text", autocomplete: "off", maxlength: longest });
}

/**
 * @param {string} id
 * @param {(readonly [string, string])[]} options
 */
function choice(id, options) {
  return h("select", { id }, options.map(([value, text]) => h("option", { value }, text)));
}
