/** Staff by their ids in the log. */

/**
 * @typedef {{ id: string, name: string, number: string, role: string }} ActingStaff
 */

/** @param {ActingStaff} one */
export function staffText({ name, number }) {
  return `${name} (${number})`;
}
