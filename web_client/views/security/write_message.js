/** Writing to an agent, beside what officers wrote to them before and when it was read. */

import { h } from "../h.js";
import { t } from "../i18n.js";
import { secretIn } from "../../protocol/typed_secrets.js";
import { pill } from "../table.js";
import { dateTimeElement } from "../times.js";
import { formDialog } from "./form_dialog.js";

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
  const text = h("textarea", {
    id: "message-text",
    rows: 3,
    maxlength: LONGEST_TEXT,
    "aria-describedby": "message-hint",
  });
  const done = () => {
    const written = text.value.replace(/\s+/gu, " ").trim();
    return unfit(written) || send(written);
  };
  return formDialog({
    id: "message",
    title: t("message.write_title", { name }),
    fields: [
      h("label", { for: text.id }, t("message.text")),
      h("p", { class: "hint", id: "message-hint" }, t("message.hint")),
      text,
    ],
    yes: t("message.send"),
    done,
    below: before.length > 0 ? earlier(before) : null,
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
