/** Base64url without padding (RFC 4648 section 5), the form of every binary value on the wire. */

/**
 * @param {ArrayBuffer | Uint8Array} bytes
 * @returns {string}
 */
export function toBase64url(bytes) {
  const view = bytes instanceof Uint8Array ? bytes : new Uint8Array(bytes);
  let text = "";
  for (const byte of view) text += String.fromCharCode(byte);
  return btoa(text).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}

/**
 * The bytes of canonical base64url, and nothing else.
 * @param {string} text
 * @param {number} size
 * @returns {Uint8Array<ArrayBuffer> | null} null where it is not `size` bytes in that form
 */
export function exactBytes(text, size) {
  if (!/^[A-Za-z0-9_-]*$/.test(text) || text.length !== Math.ceil((size * 4) / 3)) return null;
  const bytes = Uint8Array.from(
    atob(text.replaceAll("-", "+").replaceAll("_", "/")),
    (character) => character.codePointAt(0) ?? 0,
  );
  return bytes.length === size && toBase64url(bytes) === text ? bytes : null;
}

/**
 * @param {ArrayBuffer | Uint8Array} bytes
 * @returns {string}
 */
export function toHex(bytes) {
  const view = bytes instanceof Uint8Array ? bytes : new Uint8Array(bytes);
  return Array.from(view, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/**
 * @param {number} count
 * @returns {string} `count` random bytes
 */
export function randomBase64url(count) {
  return toBase64url(crypto.getRandomValues(new Uint8Array(count)));
}

/**
 * @param {string} text canonical base64url
 * @returns {Uint8Array<ArrayBuffer>}
 * @throws {Error} when it is not
 */
export function fromBase64url(text) {
  const plain = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  const bytes = Uint8Array.from(plain, (character) => character.charCodeAt(0));
  if (toBase64url(bytes) !== text) throw new Error("not canonical base64url");
  return bytes;
}
