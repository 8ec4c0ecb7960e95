/** The part of one's account that shows one's passkeys, adds one and removes one. */

import { get, post } from "../protocol/api.js";
import { createPasskey, PasskeyFailure, passkeysKnown } from "../protocol/passkey.js";
import { passkeyTable } from "../views/account/passkeys.js";
import { announce } from "../views/announce.js";
import { confirmed } from "../views/confirm.js";
import { sentenceOf, showFailure } from "../views/failure.js";
import { byId, fill, h } from "../views/h.js";
import { t } from "../views/i18n.js";
import { errorPlace, setError } from "../views/parts.js";
import { passkeyForm } from "../views/passkey_add.js";
import { withStepUp } from "./step_up.js";

/** @param {"agent" | "security"} door */
export function showPasskeys(door) {
  const error = errorPlace();
  byId("passkeys-error", HTMLElement).append(error);

  async function load() {
    try {
      fill(byId("passkeys", HTMLElement), passkeyTable(await get(`/staff/me/passkeys?door=${door}`), remove));
    } catch (problem) {
      showFailure("passkeys", problem, load);
    }
  }

  /** @param {string} label */
  async function add(label) {
    try {
      const options = await withStepUp(door, () => post(`/staff/me/passkeys/options?door=${door}`));
      const passkey = await createPasskey(options);
      await post(`/staff/me/passkeys?door=${door}`, { label, passkey });
      announce(t("account.passkey_kept"));
    } catch (problem) {
      return problem instanceof PasskeyFailure
        ? t(`problem.passkey_${problem.reason}`)
        : sentenceOf(problem);
    }
    await load();
    return "";
  }

  /** @param {import("../views/account/passkeys.js").OwnPasskey} passkey */
  async function remove(passkey) {
    setError(error, "");
    const title = t("account.passkey_remove_title", { label: passkey.label });
    const text = t("account.passkey_remove_text");
    if (!(await confirmed({ title, text, yes: t("account.passkey_remove") }))) return;
    try {
      await withStepUp(door, () => post(`/staff/me/passkeys/${passkey.id}/remove?door=${door}`));
      announce(t("account.passkey_removed"));
    } catch (problem) {
      setError(error, sentenceOf(problem));
    }
    await load();
  }

  const known = passkeysKnown();
  fill(
    byId("passkey-add", HTMLElement),
    known ? passkeyForm(add, "button-main") : h("p", {}, t("problem.passkey_impossible")),
  );
  void load();
}
