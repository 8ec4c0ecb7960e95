/** The part of an agent's account that links them to the organisation's own sign-in, where there is one. */

import { get, post } from "../protocol/api.js";
import { identityPart, providerWord } from "../views/account/identity.js";
import { confirmed } from "../views/confirm.js";
import { sentenceOf, showFailure } from "../views/failure.js";
import { byId, fill } from "../views/h.js";
import { t } from "../views/i18n.js";
import { errorPlace, setError } from "../views/parts.js";
import { withStepUp } from "./step_up.js";

/** @typedef {import("../views/account/identity.js").OwnIdentity} OwnIdentity */

const WAY = "/staff/me/identity";

export async function showIdentity() {
  const error = errorPlace();
  byId("identity-error", HTMLElement).append(error);
  /** @type {OwnIdentity} */
  let own;
  try {
    own = await get(WAY);
  } catch (problem) {
    byId("identity-section", HTMLElement).hidden = false;
    showFailure("identity", problem, () => location.reload());
    return;
  }
  byId("identity-section", HTMLElement).hidden = own.provider === null;
  fill(
    byId("identity", HTMLElement),
    identityPart(own, {
      link: () => attempt(link),
      unlink: () => attempt(() => unlink(providerWord(own.provider ?? ""))),
    }),
  );

  async function link() {
    const { url } = await withStepUp("agent", () => post(`${WAY}/begin`));
    location.assign(url);
  }

  /** @param {string} provider */
  async function unlink(provider) {
    const title = t("account.unlink_title", { provider });
    if (!(await confirmed({ title, text: t("account.unlink_text"), yes: t("account.unlink") }))) return;
    await withStepUp("agent", () => post(`${WAY}/remove`));
    location.reload(); // this sign-in may be one that has ended by it
  }

  /** @param {() => Promise<void>} act */
  async function attempt(act) {
    setError(error, "");
    try {
      await act();
    } catch (problem) {
      setError(error, sentenceOf(problem));
    }
  }
}
