/** Regular reports on the log and on those who keep it. Looking and taking one are entries, and the page says so. */

import { get } from "../protocol/api.js";
import { showFailure } from "../views/failure.js";
import { byId, fill } from "../views/h.js";
import { reportTable } from "../views/security/reports.js";

async function look() {
  try {
    const { reports } = await get("/security/reports");
    fill(byId("reports", HTMLElement), reportTable(reports));
  } catch (problem) {
    showFailure("reports", problem, look);
  }
}

void look();
