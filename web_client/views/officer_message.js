/** What an officer wrote to an agent: above the page, so that it covers nothing that the agent is doing. */

import { saying } from "./failure.js";
import { h } from "./h.js";
import { t } from "./i18n.js";
import { actionButton, errorPlace, notice } from "./parts.js";
import { dateTimeElement } from "./times.js";

/**
 * @typedef {object} MessageToRead
 * @property {string} id
 * @property {string} text
 * @property {string} officer
 * @property {number} written_at_ms
 */

/**
 * @param {MessageToRead} message
 * @param {(message: MessageToRead) => Promise<void>} read says that it was; throws where that could not be recorded
 */
export function messageNotice(message, read) {
  const error = errorPlace();
  const button = actionButton(t("message.read"), "button-small", () => saying(error, () => read(message)));
  const shown = notice(
    "warning",
    h("h2", {}, t("message.title", { officer: message.officer })),
    h("p", {}, message.text),
    h("p", { class: "quiet" }, dateTimeElement(message.written_at_ms), " · ", t("message.answer")),
    error,
    h("div", { class: "actions" }, button),
  );
  shown.classList.add("officer-message");
  shown.dataset.message = message.id;
  shown.setAttribute("role", "alert");
  return shown;
}
