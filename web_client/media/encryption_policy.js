/** Whether a picture goes encrypted from page to page or not at all: the organisation's policy, with the page. */

let required = true;
const place = document.getElementById("data");
if (place?.textContent) required = JSON.parse(place.textContent).encryption !== "where_possible";

/** @returns {boolean} what is not known counts as required */
export function encryptionRequired() {
  return required;
}
