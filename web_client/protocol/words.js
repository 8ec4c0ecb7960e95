/**
 * The words that are said and typed: a list of 2,048 a language, and what counts as having typed one of them.
 * How the lists were chosen: verification/words/DECISIONS.md.
 */

export const LIST_LENGTH = 2_048;
const SUGGESTED = 6;
const ACCENTS = /[\u0300-\u036f]/g;
const KATAKANA = /[\u30a1-\u30f6]/g;
const TO_HIRAGANA = 0x60;

/** @type {Record<string, () => Promise<{ WORDS: string[] }>>} */
const LISTS = { en: () => import("../words/en.js"), ja: () => import("../words/ja.js") };

/**
 * Of the languages that have a list, the one for a page in `language`.
 * @param {string} language
 */
export function listLanguage(language) {
  const short = language.split("-")[0] ?? "";
  return short in LISTS ? short : "en";
}

/**
 * @param {string} language one that `listLanguage` gives; any other is refused
 * @returns {Promise<string[]>}
 */
export async function wordList(language) {
  const load = Object.hasOwn(LISTS, language) ? LISTS[language] : undefined;
  if (!load) throw new RangeError(`no list of words for ${language}`);
  return (await load()).WORDS;
}

/**
 * What was typed, with everything away that a keyboard adds by itself: NFKC, lower case, accents, katakana, spaces.
 * @param {string} text
 */
export function folded(text) {
  return text
    .normalize("NFKC")
    .toLowerCase()
    .normalize("NFD")
    .replace(ACCENTS, "")
    .normalize("NFC")
    .replace(KATAKANA, (one) => String.fromCharCode(one.charCodeAt(0) - TO_HIRAGANA))
    .replace(/\s/g, "");
}

/**
 * @param {string} text as typed
 * @param {string[]} list
 * @returns {number} the word's place in the list, -1 where it is none of them
 */
export function indexOfWord(text, list) {
  const wanted = folded(text);
  return list.findIndex((word) => folded(word) === wanted);
}

/**
 * @param {string} text the beginning of a word
 * @param {string[]} list
 */
export function completions(text, list) {
  const begun = folded(text);
  return begun ? list.filter((word) => folded(word).startsWith(begun)).slice(0, SUGGESTED) : [];
}
