/** On every page of staff: whether they must prove again who they are, and what officers wrote to them. */

import { get, post } from "../protocol/api.js";
import { whileVisible } from "../protocol/page_visible.js";
import { byId, h } from "../views/h.js";
import { messageNotice } from "../views/officer_message.js";

/** @typedef {import("../views/officer_message.js").MessageToRead} MessageToRead */

const ASKED_EVERY_MS = 3_000;
const door = location.pathname.startsWith("/security") ? "security" : "agent";
const place = h("div", { class: "officer-messages" });
byId("main", HTMLElement).before(place);

async function look() {
  const news = await get(`/staff/me/news?door=${door}`).catch(() => null);
  if (news?.must_prove) location.assign(`/${door}/prove?then=${location.pathname}`);
  if (news) show(news.messages);
}

/**
 * What stands there already stays as it is: nobody loses their place, and nothing is said twice.
 * @param {MessageToRead[]} messages
 */
function show(messages) {
  const wanted = new Set(messages.map(({ id }) => id));
  const there = new Set();
  for (const child of [...place.children]) {
    const id = child instanceof HTMLElement ? child.dataset.message : undefined;
    if (id && wanted.has(id)) there.add(id);
    else child.remove();
  }
  for (const message of messages) if (!there.has(message.id)) place.append(messageNotice(message, read));
}

/** @param {MessageToRead} message */
async function read({ id }) {
  await post(`/staff/me/messages/${id}/read`);
  await look();
}

whileVisible(look, ASKED_EVERY_MS);
