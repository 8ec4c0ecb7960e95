/**
 * Back from the organisation's own sign-in, within a sign-in of ours. What the provider told counts once this page asks
 * for it from here: only then does the browser send the sign-in's strict cookie along. A link asks for a fresh proof
 * once more: what was proved before the way there may be old by now.
 */

import { post } from "../protocol/api.js";
import { PROOFS, PROVED } from "../protocol/proof_channel.js";
import { sentenceOf } from "../views/failure.js";
import { byId, fill, h } from "../views/h.js";
import { t } from "../views/i18n.js";
import { notice } from "../views/parts.js";
import { withStepUp } from "./step_up.js";

const { purpose, finish } = JSON.parse(byId("data", HTMLElement).textContent || "{}");
const outcome = byId("outcome", HTMLElement);

async function goOn() {
  try {
    await withStepUp("agent", () => post(finish));
  } catch (problem) {
    const back = h("a", { class: "button button-main", href: "/agent/account" }, t("provider.to_account"));
    fill(outcome, notice("danger", h("p", {}, sentenceOf(problem))), h("div", { class: "actions" }, back));
    return;
  }
  if (purpose === "link") {
    location.replace("/agent/account");
    return;
  }
  new BroadcastChannel(PROOFS).postMessage(PROVED);
  fill(outcome, notice("good", h("p", {}, t("provider.confirmed"))));
}

if (finish) void goOn();
