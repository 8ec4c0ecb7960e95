/** Staff sign in: by a passkey first. Password and code are the page's own form, which needs no script. */

import { post } from "../protocol/api.js";
import { PasskeyFailure, usePasskey } from "../protocol/passkey.js";
import { sentenceOf } from "../views/failure.js";
import { byId, fill } from "../views/h.js";
import { t } from "../views/i18n.js";
import { actionButton, errorPlace, setError } from "../views/parts.js";

const { door, home } = JSON.parse(byId("data", HTMLElement).textContent || "{}");
const error = errorPlace();
const button = actionButton(t("sign_in.by_passkey"), "button-main", enter);
fill(byId("passkey", HTMLElement), button, error);

async function enter() {
  setError(error, "");
  try {
    const passkey = await usePasskey(await post("/logins/passkey-options", { door }));
    await post("/logins/passkey", { door, passkey });
    location.assign(home);
  } catch (problem) {
    const own = problem instanceof PasskeyFailure;
    setError(error, own ? t(`problem.passkey_${problem.reason}`) : sentenceOf(problem));
  }
}
