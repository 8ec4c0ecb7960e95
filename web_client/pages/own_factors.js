/** The customer's passkeys, browsers and data on their own page, as the server has them. */

import { get, post, postFile, remove } from "../protocol/api.js";
import { createPasskey, PasskeyFailure, usePasskey } from "../protocol/passkey.js";
import { t } from "../views/i18n.js";
import { sentenceOf } from "../views/failure.js";

/** A sign-in that began with no hand-off. */
export async function enterByPasskey() {
  await post("/me/passkey/logins", await usePasskey(await post("/me/passkey/options")));
}

/** @type {import("../views/me/actions.js").OwnFactors} */
export const OWN_FACTORS = {
  prove: async () => {
    await post("/me/passkey/proofs", await usePasskey(await post("/me/passkey/proof-options")));
  },
  proveByCode: (code) => post("/me/logins/current/code", { code }),
  all: () => get("/me/factors"),
  add: async (label) => {
    const passkey = await createPasskey(await post("/me/passkeys/options"));
    await post("/me/passkeys", { label, passkey });
  },
  remove: (passkey) => remove(`/me/passkeys/${passkey}`),
  resynchronise: async (first_code, second_code) => {
    const { outcome } = await post("/me/app/resynchronisation", { first_code, second_code });
    return outcome === "found";
  },
  makeRecoveryCodes: async () => (await post("/me/recovery-codes")).recovery_codes,
  forgetDevice: (device) => remove(`/me/devices/${device}`),
};

/** @type {import("../views/me/actions.js").OwnData} */
export const OWN_DATA = {
  copy: (form) => postFile("/me/copies", { form }),
  erasure: async () => (await get("/me/erasure")).asked,
  askErasure: async () => (await post("/me/erasure")).asked,
  takeErasureBack: () => remove("/me/erasure"),
  actions: () => get("/me/actions"),
  cancelAction: (action) => remove(`/me/actions/${action}`),
};

/** @param {unknown} error */
export function sentenceOfFailure(error) {
  if (error instanceof PasskeyFailure) return t(`problem.passkey_${error.reason}`);
  return sentenceOf(error);
}
