/** Checks a receipt with the key that this server's log signs with, or with one that the reader brings. */

import { byId, fill } from "../views/h.js";
import { receiptPage } from "../views/receipt/page.js";

const { key } = JSON.parse(byId("data", HTMLElement).textContent || "{}");

fill(byId("receipt", HTMLElement), receiptPage(typeof key === "string" ? key : null));
