/** What the log says about the customer who is signed in, and receipts of it. */

import { get, getFile } from "../protocol/api.js";

/** @type {import("../views/me/actions.js").OwnHistory} */
export const OWN_HISTORY = {
  page: (before) => get(before === null ? "/me/history" : `/me/history?before=${before}`),
  file: (index) => getFile(`/me/receipts/${index}`),
};
