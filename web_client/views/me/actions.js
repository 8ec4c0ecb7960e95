/**
 * What a screen of the customer's own page can ask for; all resolve when the server has answered.
 *
 * @typedef {object} OwnHistory
 * @property {(before: number | null) => Promise<import("../../protocol/shapes").History>} page
 * @property {(index: number) => Promise<Blob>} file
 *
 * @typedef {object} OwnFactors
 * @property {() => Promise<void>} prove by a passkey
 * @property {(code: string) => Promise<void>} proveByCode
 * @property {() => Promise<import("../../protocol/shapes").Factors>} all
 * @property {(label: string) => Promise<void>} add
 * @property {(passkey: string) => Promise<void>} remove
 * @property {(device: string) => Promise<void>} forgetDevice
 * @property {(first: string, second: string) => Promise<boolean>} resynchronise whether the app's clock is known now
 * @property {() => Promise<string[]>} makeRecoveryCodes in groups of four; those before are void
 *
 * @typedef {object} OwnData
 * @property {(form: "html" | "json") => Promise<Blob>} copy
 * @property {() => Promise<import("../../protocol/shapes").OwnErasure | null>} erasure
 * @property {() => Promise<import("../../protocol/shapes").OwnErasure | null>} askErasure
 * @property {() => Promise<void>} takeErasureBack
 * @property {() => Promise<import("../../protocol/shapes").OwnAction[]>} actions changes in the account that wait
 * @property {(action: string) => Promise<void>} cancelAction
 *
 * @typedef {object} MeActions
 * @property {() => Promise<import("../../protocol/shapes").Talking>} talking
 * @property {OwnHistory} history
 * @property {OwnFactors} factors
 * @property {OwnData} data
 * @property {(work: () => Promise<void>) => Promise<string>} tried what went wrong, in a sentence; "" if nothing did
 * @property {() => Promise<void>} again the same screen, as things are now
 * @property {() => Promise<void>} signOut
 * @property {() => Promise<number>} signOutElsewhere
 * @property {() => void} signedOut the server no longer knows this browser
 *
 * @typedef {{ node: HTMLElement, stop: () => void }} MeScreen
 */

import { h } from "../h.js";
import { t } from "../i18n.js";

export const nothingToStop = () => {};

/** Back to the first screen. */
export function backLink() {
  return h("p", {}, h("a", { href: "#", class: "back-link" }, t("me.back")));
}

/** Back to the screen of all that the customer is known by. */
export function backToFactors() {
  return h("p", {}, h("a", { href: "#factors", class: "back-link" }, t("me.back_factors")));
}

/**
 * No code is typed or shown while an agent may be looking at a screen: it could be this one.
 * @param {MeActions} actions
 */
export async function inSession(actions) {
  const { ways } = await actions.talking();
  return ways.some(({ channel }) => channel === "session");
}
