/** The customer asked first: the agent types the ticket that the customer reads out, and so shows whom they talk to. */

import { h } from "../h.js";
import { languageName, t } from "../i18n.js";
import { codeForm, errorPlace, facts, setError } from "../parts.js";
import { sentenceOf } from "../failure.js";
import { countdownElement } from "../times.js";
import { topicWord } from "../words.js";
import { foldTicket, looksLikeCode } from "../../protocol/meeting_ticket.js";

/**
 * @param {import("../../protocol/shapes").AskedForFacts} asked
 * @param {(ticket: string) => Promise<{ outcome: string, tries_left: number }>} hear
 */
export function meetingPanel(asked, hear) {
  const error = errorPlace();
  const { form, field, button } = codeForm(
    { label: t("meeting.label"), hint: t("meeting.hint"), error, submit: t("meeting.submit") },
    {
      id: "ticket",
      autocomplete: "off",
      autocapitalize: "characters",
      spellcheck: "false",
      maxlength: 16,
      placeholder: "XXXX-XXXX",
    },
  );
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const ticket = foldTicket(field.value);
    setError(error, ticket ? "" : t(looksLikeCode(field.value) ? "meeting.digits" : "problem.meeting_mistyped"));
    if (!ticket) return field.focus();
    button.disabled = true;
    try {
      const { outcome, tries_left: count } = await hear(ticket);
      if (outcome !== "met") setError(error, t("meeting.refused", { count }));
    } catch (problem) {
      setError(error, sentenceOf(problem));
    }
    button.disabled = false;
    field.select();
  });
  return h(
    "section",
    { class: "card", "aria-labelledby": "meeting-title" },
    h("h2", { id: "meeting-title" }, t("meeting.title")),
    h("p", {}, t("meeting.lead")),
    facts([
      [
        t("meeting.asked_about"),
        asked.handed_by ? t("hand.from", { agent: asked.handed_by }) : topicWord(asked.topic),
      ],
      [t("line.language"), asked.language ? languageName(asked.language) : "–"],
      [t("meeting.valid"), countdownElement(asked.until_ms)],
    ]),
    form,
  );
}
