/** Writing to an agent, beside what officers wrote to them before and when it was read. */

import { h } from "../h.js";
import { t } from "../i18n.js";
import { secretIn } from "../../protocol/typed_secrets.js";
import { errorPlace, setError, submitButton } from "../parts.js";
import { pill } from "../table.js";
import { dateTimeElement } from "../times.js";

/**
 * @typedef {object} WrittenMessage
 * @property {string} id
 * @property {string} text
 * @property {string} officer
 * @property {number} written_at_ms
 * @property {number | null} read_at_ms
 */

const LONGEST_TEXT = 300;

/**
 * @param {string} name whom it goes to
 * @param {WrittenMessage[]} before the latest first
 * @param {(text: string) => Promise<string>} send answers with a sentence of what is wrong; "" once it is sent
 * @returns {Promise<boolean>} whether it was sent
 */
export function writeMessage(name, before, send) {
  return new Promise((resolve) => {
    const text = h("textarea", {
      id: "message-text",
      rows: 3,
      maxlength: LONGEST_TEXT,
      "aria-describedby": "message-hint",
    });
    const error = errorPlace();
    const cancel = h("button", { type: "button", class: "button button-plain" }, t("confirm.cancel"));
    const form = h(
      "form",
      { class: "stack", novalidate: true },
      h("label", { for: text.id }, t("message.text")),
      h("p", { class: "hint", id: "message-hint" }, t("message.hint")),
      text,
      error,
      h("div", { class: "actions" }, submitButton(t("message.send")), cancel),
    );
    const dialog = h(
      "dialog",
      { class: "dialog", "aria-labelledby": "message-title" },
      h("h2", { id: "message-title" }, t("message.write_title", { name })),
      form,
      before.length > 0 ? earlier(before) : null,
    );
    cancel.addEventListener("click", () => dialog.close());
    form.addEventListener("submit", async (submitted) => {
      submitted.preventDefault();
      const written = text.value.replace(/\s+/gu, " ").trim();
      setError(error, unfit(written));
      if (unfit(written)) {
        text.focus();
        return;
      }
      const wrong = await send(written);
      setError(error, wrong);
      if (!wrong) dialog.close("sent");
    });
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(dialog.returnValue === "sent");
    });
    document.body.append(dialog);
    dialog.showModal();
    text.focus();
  });
}

/** @param {string} written */
function unfit(written) {
  if (!written) return t("message.missing");
  return secretIn(written) ? t("problem.note_secret") : "";
}

/** @param {WrittenMessage[]} messages */
function earlier(messages) {
  return h(
    "section",
    { class: "messages-before" },
    h("h3", {}, t("message.before")),
    h(
      "ul",
      { class: "plain-list" },
      messages.map((one) =>
        h(
          "li",
          {},
          h("p", {}, one.text),
          h(
            "p",
            { class: "quiet" },
            dateTimeElement(one.written_at_ms),
            ` · ${one.officer} · `,
            one.read_at_ms === null
              ? pill(t("message.unread"), "warn")
              : [pill(t("message.was_read"), "good"), " ", dateTimeElement(one.read_at_ms)],
          ),
        ),
      ),
    ),
  );
}
