/** A file has nobody who chooses its language: the address says it, else the browser. It runs before the words are read. */

/** @type {Record<string, Record<string, string>>} */
const TEXTS = JSON.parse(document.getElementById("catalogues")?.textContent || "{}");

export const LANGUAGES = { en: "English", ja: "日本語", es: "Español", fr: "Français", de: "Deutsch" };

export const offered = Object.keys(TEXTS);

const wished = [location.hash.slice(1), ...navigator.languages].map((tag) => tag.split("-")[0] ?? "");
const chosen = wished.find((code) => Object.hasOwn(TEXTS, code)) ?? "en";
const catalogue = document.getElementById("catalogue");

document.documentElement.lang = chosen;
if (catalogue) catalogue.textContent = JSON.stringify(TEXTS[chosen] ?? {});
