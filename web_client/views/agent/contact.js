/** "I am about to call": said before it is done, so that the customer's own page can say who calls. */

import { announce } from "../announce.js";
import { fill, h } from "../h.js";
import { t, timeOfDay } from "../i18n.js";
import { actionButton, notice } from "../parts.js";

/**
 * @typedef {{ channel: "phone" | "mail" | "chat", noted_at_ms: number, until_ms: number }} Noted
 *
 * @typedef {object} ContactSource
 * @property {() => Promise<{ contact: Noted | null }>} shown
 * @property {(channel: string) => Promise<Noted>} note
 * @property {() => Promise<void>} end
 */

const NOTE_KEYS = { phone: "contact.phone", mail: "contact.mail", chat: "contact.chat" };
const HOW_KEYS = { phone: "me.by_phone", mail: "me.by_mail", chat: "me.by_chat" };

/**
 * @param {ContactSource} source
 * @param {(work: () => Promise<void>) => Promise<void>} attempt says what went wrong, if anything
 */
export function contactCard(source, attempt) {
  const place = h("div", {});
  const show = (/** @type {Noted | null} */ noted) => fill(place, noted ? shown(noted) : offer());
  const offer = () =>
    h(
      "div",
      { class: "actions" },
      Object.entries(NOTE_KEYS).map(([channel, key]) =>
        actionButton(t(key), "button-plain", () =>
          attempt(async () => {
            show(await source.note(channel));
            announce(t("contact.noted"));
          }),
        ),
      ),
    );
  const shown = (/** @type {Noted} */ { channel, until_ms: until }) => [
    notice("good", h("p", {}, t("contact.shown", { until: timeOfDay(until), how: t(HOW_KEYS[channel]) }))),
    h(
      "div",
      { class: "actions" },
      actionButton(t("contact.end"), "button-plain", () =>
        attempt(async () => {
          await source.end();
          show(null);
          announce(t("contact.ended"));
        }),
      ),
    ),
  ];
  void attempt(async () => show((await source.shown()).contact));
  return h(
    "section",
    { class: "card", "aria-labelledby": "contact" },
    h("h2", { id: "contact" }, t("contact.title")),
    h("p", {}, t("contact.lead")),
    place,
  );
}
