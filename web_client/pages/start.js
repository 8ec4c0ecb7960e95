/** The front door: a spoken code can be typed here already; the rest happens on the customer's one page. */

import { missingCapabilities } from "../media/capability.js";
import { joinCodeForm, unableScreen } from "../views/customer/gate.js";
import { byId, fill } from "../views/h.js";
import { claimInvitation } from "./claim.js";

const place = byId("join-by-code", HTMLElement);
const missing = missingCapabilities();

if (missing.length > 0) fill(place, unableScreen(missing));
else fill(place, joinCodeForm(claimAndGo));

/** @param {string} code */
async function claimAndGo(code) {
  await claimInvitation({ code });
  location.assign("/join");
}
