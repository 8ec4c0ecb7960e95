/** The page's words: one catalogue of the page's language, delivered with the page; numbers and times through Intl. */

const LANGUAGE = document.documentElement.lang || "en";
/** @type {Record<string, string>} */
const CATALOGUE = JSON.parse(document.getElementById("catalogue")?.textContent || "{}");
const PLACEHOLDER = /\{([a-z_]+)\}/g;

const TIME = new Intl.DateTimeFormat(LANGUAGE, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
const DATE_TIME = new Intl.DateTimeFormat(LANGUAGE, {
  dateStyle: "medium",
  timeStyle: "medium",
  hourCycle: "h23",
});
const NUMBER = new Intl.NumberFormat(LANGUAGE);
const LANGUAGES = new Intl.DisplayNames(LANGUAGE, { type: "language" });
const RELATIVE = new Intl.RelativeTimeFormat(LANGUAGE, { numeric: "auto" });

export { LANGUAGE as language };

/**
 * @param {string} key
 * @param {Record<string, string | number>} [values]
 * @returns {string} the key itself where the catalogue has no such text
 */
export function t(key, values = {}) {
  const text = CATALOGUE[key] ?? key;
  return text.replace(PLACEHOLDER, (whole, name) => {
    const value = values[name];
    if (value === undefined) return whole;
    return typeof value === "number" ? NUMBER.format(value) : value;
  });
}

/**
 * @param {string} key
 * @returns {boolean}
 */
export function hasText(key) {
  return Object.hasOwn(CATALOGUE, key);
}

/**
 * A language's name in the page's own.
 * @param {string} code of a page, such as "ja"
 */
export function languageName(code) {
  return /^[a-z]{2}$/.test(code) ? (LANGUAGES.of(code) ?? code) : code;
}

/** @param {number} atMs UTC milliseconds */
export function timeOfDay(atMs) {
  return TIME.format(atMs);
}

/** @param {number} atMs UTC milliseconds */
export function dateAndTime(atMs) {
  return DATE_TIME.format(atMs);
}

/**
 * "5 minutes ago", in the page's language.
 * @param {number} agoMs not negative
 */
export function ago(agoMs) {
  const minutes = Math.round(agoMs / 60_000);
  if (minutes < 60) return RELATIVE.format(-minutes, "minute");
  if (minutes < 48 * 60) return RELATIVE.format(-Math.round(minutes / 60), "hour");
  return RELATIVE.format(-Math.round(minutes / (24 * 60)), "day");
}

/**
 * Time left as digits that do not jump: `4:05`.
 * @param {number} leftMs
 */
export function countdown(leftMs) {
  const seconds = Math.max(0, Math.ceil(leftMs / 1_000));
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}
