/** The receipts of the session that this browser holds, or held last: asked for by its cookie alone. */

import { get, getFile } from "../protocol/api.js";

/** @type {import("../views/customer/receipts.js").ReceiptSource} */
export const OWN_RECEIPTS = {
  list: () => get("/customer/receipts"),
  file: (index) => getFile(`/customer/receipts/${index}`),
};
