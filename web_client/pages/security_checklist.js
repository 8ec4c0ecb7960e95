/** What is weak here now, the gravest first, and how to mend it. Looking is itself an entry, and the page says so. */

import { get } from "../protocol/api.js";
import { announce } from "../views/announce.js";
import { showFailure } from "../views/failure.js";
import { byId, fill } from "../views/h.js";
import { t } from "../views/i18n.js";
import { findingList, standing } from "../views/security/findings.js";
import { dateTimeElement } from "../views/times.js";

async function look() {
  try {
    const { findings, looked_at_ms: at } = await get("/security/checklist");
    fill(byId("findings", HTMLElement), findingList(findings));
    fill(byId("looked-at", HTMLElement), t("checklist.looked_at"), " ", dateTimeElement(at));
    announce(standing(findings));
  } catch (problem) {
    showFailure("findings", problem, look);
  }
}

byId("again", HTMLButtonElement).addEventListener("click", look);
void look();
