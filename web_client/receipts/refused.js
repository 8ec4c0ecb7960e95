/**
 * A receipt that does not hold. `reason` is the step that failed, as audit/FORMAT.md names it in section 14.
 *
 * @typedef {"form" | "proof" | "signature" | "inclusion" | "leaf" | "section" | "payload" | "statement" | "consent_key"
 *   | "consent_signature" | "consent_document" | "wording"} Reason
 */

export class ReceiptRefused extends Error {
  /** @param {Reason} reason */
  constructor(reason) {
    super(`the receipt does not hold: ${reason}`);
    this.name = "ReceiptRefused";
    this.reason = reason;
  }
}

/** The browser lacks what a check needs; nothing was checked. */
export class BrowserUnable extends Error {}

/** A key that was typed or chosen is not a verifier key. */
export class KeyRefused extends Error {}
