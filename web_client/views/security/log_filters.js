/**
 * Which entries the log's page shows. The address's fragment says it, so that a view can be passed on: pseudonyms and
 * words of the log only, never a reference. What a fragment holds is sent as it is; the server judges it.
 *
 * @typedef {Record<string, string>} Filters by the names below; times are UTC milliseconds
 */

export const FILTER_NAMES = ["actor", "kind", "customer", "case", "session", "event", "outcome", "from", "to"];
const SESSION = /^ses_[A-Za-z0-9_-]{22}$/;
const PSEUDONYMS = { customer: /^cus_[A-Za-z0-9_-]{22}$/, case: /^cas_[A-Za-z0-9_-]{22}$/ };

/**
 * @param {string} fragment with or without its "#"; a session's name alone means that session
 * @returns {Filters}
 */
export function filtersOf(fragment) {
  const text = fragment.replace(/^#/, "");
  if (SESSION.test(text)) return { session: text };
  return Object.fromEntries([...new URLSearchParams(text)].filter(([, value]) => value !== ""));
}

/**
 * In one order, so that one view has one address.
 * @param {Filters} filters
 */
export function fragmentOf(filters) {
  return new URLSearchParams(ordered(filters)).toString();
}

/**
 * The log's page with these entries alone.
 * @param {Filters} filters
 */
export function addressOf(filters) {
  return `/security/log#${fragmentOf(filters)}`;
}

/**
 * Whether this is an id as entries have it, so that nothing has to be looked up.
 * @param {"customer" | "case"} kind
 * @param {string} text
 */
export function isPseudonym(kind, text) {
  return PSEUDONYMS[kind].test(text);
}

/**
 * @param {number} ms
 * @returns {string} in the reader's zone, as a field for date and time takes it
 */
export function localMoment(ms) {
  const at = new Date(ms);
  const parts = [at.getMonth() + 1, at.getDate(), at.getHours(), at.getMinutes(), at.getSeconds()];
  const [month, day, hour, minute, second] = parts.map((part) => String(part).padStart(2, "0"));
  const year = String(at.getFullYear()).padStart(4, "0");
  return `${year}-${month}-${day}T${hour}:${minute}:${second}`;
}

/**
 * @param {string} local as such a field gives it
 * @returns {string} UTC milliseconds; "" if it is no moment
 */
export function momentOf(local) {
  const ms = local ? new Date(local).getTime() : Number.NaN;
  return Number.isFinite(ms) && ms >= 0 ? String(ms) : "";
}

/** @param {Filters} filters */
function ordered(filters) {
  const rank = (/** @type {string} */ name) => (FILTER_NAMES.indexOf(name) + 1 || FILTER_NAMES.length + 1);
  return Object.entries(filters)
    .filter(([, value]) => value !== "")
    .sort(([one], [other]) => rank(one) - rank(other));
}
