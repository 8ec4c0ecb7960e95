/** Before anything else opens, staff prove again who they are; then the page leads on to what they asked for. */

import { get } from "../protocol/api.js";
import { whileVisible } from "../protocol/page_visible.js";
import { sentenceOf } from "../views/failure.js";
import { byId, fill, h } from "../views/h.js";
import { t } from "../views/i18n.js";
import { actionButton, notice } from "../views/parts.js";
import { timeElement } from "../views/times.js";
import { proofWays, proved } from "./step_up.js";

const ASKED_EVERY_MS = 3_000;
/** @type {{ door: "agent" | "security", then: string, doubted_since_ms: number | null }} */
const data = JSON.parse(byId("data", HTMLElement).textContent || "{}");

/** An officer may have waived it, or it was proved in another window. */
async function lookWhetherItIsOver() {
  const news = await get(`/staff/me/news?door=${data.door}`).catch(() => null);
  if (news !== null && !news.must_prove) location.replace(data.then);
}

async function ask() {
  if (await proved(data.door, await proofWays(data.door))) location.replace(data.then);
}

async function main() {
  const place = byId("prove", HTMLElement);
  const since = document.getElementById("doubted-since");
  if (since && data.doubted_since_ms !== null) fill(since, timeElement(data.doubted_since_ms));
  try {
    const { passkey, code, provider } = await proofWays(data.door);
    const able = passkey || code || provider !== null;
    const now = h("div", { class: "actions" }, actionButton(t("prove.now"), "button-main", ask));
    fill(place, able ? now : notice("warning", h("p", {}, t("prove.no_way"))));
  } catch (problem) {
    fill(place, notice("danger", h("p", {}, sentenceOf(problem))));
  }
}

void main();
whileVisible(lookWhetherItIsOver, ASKED_EVERY_MS);
