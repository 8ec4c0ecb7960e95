/** How the customer gets in: a link to send, a code to say, a QR code to show. Shown once, to this agent's tab. */

import { h } from "../h.js";
import { t } from "../i18n.js";
import { linkRow } from "../link_row.js";
import { notice } from "../parts.js";
import { qrElement } from "../qr.js";
import { spokenCode } from "../spoken_code.js";
import { countdownElement } from "../times.js";

/**
 * @param {import("../../pages/invitation_memory.js").Invitation | null} invitation
 * @returns {HTMLElement}
 */
export function invitationPanel(invitation) {
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
        [linkRow(invitation.link, "invite-link")],
        t("invite.link_hint"),
      ),
      way(t("invite.by_qr"), [qrElement(invitation.qr_svg, t("invite.qr_label"))], ""),
    ),
  );
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
