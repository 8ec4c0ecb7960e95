/** One's own account: live sign-ins, ended one by one or all others at once. */

import { get, post } from "../protocol/api.js";
import { loginTable } from "../views/account/logins.js";
import { announce } from "../views/announce.js";
import { sentenceOf, showFailure } from "../views/failure.js";
import { byId, fill } from "../views/h.js";
import { t } from "../views/i18n.js";
import { actionButton, errorPlace, setError } from "../views/parts.js";
import { showIdentity } from "./own_identity.js";
import { showPasskeys } from "./own_passkeys.js";

/** @typedef {import("../views/account/logins.js").OwnLogin} OwnLogin */

const { door } = JSON.parse(byId("data", HTMLElement).textContent || "{}");
const error = errorPlace();
byId("logins-error", HTMLElement).append(error);

async function load() {
  try {
    /** @type {OwnLogin[]} */
    const logins = await get(`/staff/me/logins?door=${door}`);
    fill(byId("logins", HTMLElement), loginTable(logins, end));
    const others = logins.length > 1;
    fill(
      byId("others", HTMLElement),
      others ? actionButton(t("account.end_others"), "button-danger", endOthers) : null,
    );
  } catch (problem) {
    showFailure("logins", problem, load);
  }
}

/** @param {OwnLogin} login */
function end(login) {
  return attempt(async () => {
    await post(`/staff/me/logins/${login.id}/end?door=${door}`);
    announce(t("account.ended_one"));
  });
}

function endOthers() {
  return attempt(async () => {
    const { ended } = await post(`/staff/me/logins/end-others?door=${door}`);
    announce(t("account.ended_others", { count: ended }));
  });
}

/** @param {() => Promise<void>} act */
async function attempt(act) {
  setError(error, "");
  try {
    await act();
  } catch (problem) {
    setError(error, sentenceOf(problem));
  }
  await load();
}

void load();
showPasskeys(door);
if (door === "agent") void showIdentity();
