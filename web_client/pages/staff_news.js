/** On every page of staff: whether they must prove again who they are. Then nothing that the page shows stays. */

import { get } from "../protocol/api.js";
import { whileVisible } from "../protocol/page_visible.js";

const ASKED_EVERY_MS = 3_000;
const door = location.pathname.startsWith("/security") ? "security" : "agent";

async function look() {
  const news = await get(`/staff/me/news?door=${door}`).catch(() => null);
  if (news?.must_prove) location.assign(`/${door}/prove?then=${location.pathname}`);
}

whileVisible(look, ASKED_EVERY_MS);
