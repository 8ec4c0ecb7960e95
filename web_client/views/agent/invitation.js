/** How the customer gets in: a link to send, a code to say, a QR code to show. Shown once, to this agent's tab. */

import { h } from "../h.js";
import { sentenceOf } from "../failure.js";
import { t } from "../i18n.js";
import { linkRow } from "../link_row.js";
import { actionButton, errorPlace, notice, setError } from "../parts.js";
import { qrElement } from "../qr.js";
import { spokenCode } from "../spoken_code.js";
import { countdownElement } from "../times.js";

/**
 * @param {import("../../pages/invitation_memory.js").Invitation | null} invitation
 * @param {(token: string) => Promise<unknown>} mail to the customer's own addresses
 * @returns {HTMLElement}
 */
export function invitationPanel(invitation, mail) {
  if (!invitation) return notice("warning", h("p", {}, t("invite.gone")));
  return h(
    "section",
    { class: "card invite", "aria-labelledby": "invite-title" },
    h("h2", { id: "invite-title" }, t("invite.title")),
    h("p", { class: "quiet" }, t("invite.valid_for"), " ", countdownElement(invitation.expires_at_ms)),
    h(
      "div",
      { class: "invite-ways" },
      way(t("invite.by_voice"), spokenCode(invitation.code), t("invite.voice_hint")),
      way(
        h("label", { for: "invite-link" }, t("invite.by_link")),
        [linkRow(invitation.link, "invite-link"), mailRow(invitation.link, mail)],
        t("invite.link_hint"),
      ),
      way(t("invite.by_qr"), [qrElement(invitation.qr_svg, t("invite.qr_label"))], ""),
    ),
  );
}

/**
 * Sent once; where to is the record's to know.
 * @param {string} link
 * @param {(token: string) => Promise<unknown>} mail
 */
function mailRow(link, mail) {
  const error = errorPlace();
  const sent = h("p", { class: "quiet", role: "status" });
  const button = actionButton(t("invite.mail"), "button-small", async () => {
    setError(error, "");
    try {
      await mail(link.slice(link.indexOf("#") + 1));
      button.hidden = true;
      sent.textContent = t("invite.mailed");
    } catch (problem) {
      setError(error, sentenceOf(problem));
    }
  });
  return h("div", { class: "stack invite-mail" }, button, sent, error);
}

/**
 * @param {import("../h.js").Child} title
 * @param {import("../h.js").Child[]} content
 * @param {string} hint
 */
function way(title, content, hint) {
  return h(
    "div",
    { class: "invite-way" },
    h("h3", {}, title),
    content,
    hint ? h("p", { class: "hint" }, hint) : null,
  );
}
