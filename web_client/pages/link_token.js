/** The secret part of a one-use link: in the fragment, which no server sees, and out of sight at once. */

const TOKEN = /^[A-Za-z0-9_-]{22}$/;

/**
 * It leaves the address bar, the history and every later referrer before anything else happens.
 * @returns {string | null} null where there is none, or none of ours
 */
export function takeToken() {
  const token = location.hash.slice(1);
  if (location.hash) history.replaceState(null, "", location.pathname + location.search);
  return TOKEN.test(token) ? token : null;
}

/**
 * Changing the language loads the page anew; a link that was not claimed yet must survive that.
 * @param {string} token
 */
export function keepTokenOverLanguages(token) {
  for (const link of document.querySelectorAll("a[data-language]")) {
    link.addEventListener("click", () => {
      if (link instanceof HTMLAnchorElement) link.hash = token;
    });
  }
}

/** A claimed link is known by its cookie: the languages' links need its token no more. */
export function dropTokenFromLanguages() {
  for (const link of document.querySelectorAll("a[data-language]")) link.replaceWith(link.cloneNode(true));
}
