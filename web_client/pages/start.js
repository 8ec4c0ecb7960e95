/** The front door: a spoken code can be typed here already; the rest happens on the customer's one page. */

import { canTakePart, missingCapabilities } from "../media/capability.js";
import { joinCodeForm, unableScreen } from "../views/customer/gate.js";
import { limitsNotice } from "../views/customer/limits.js";
import { byId, fill } from "../views/h.js";
import { claimInvitation } from "./claim.js";

const place = byId("join-by-code", HTMLElement);
const missing = missingCapabilities();

if (!canTakePart(missing)) fill(place, unableScreen());
else fill(place, limitsNotice(missing), joinCodeForm(claimAndGo));

/** @param {string} code */
async function claimAndGo(code) {
  await claimInvitation({ code });
  location.assign("/join");
}
