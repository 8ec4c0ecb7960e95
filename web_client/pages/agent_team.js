/** A supervisor's team: asking two officers for a new start of somebody who lost their factor. */

import { get, post } from "../protocol/api.js";
import { announce } from "../views/announce.js";
import { confirmed } from "../views/confirm.js";
import { sentenceOf, showFailure } from "../views/failure.js";
import { byId, fill } from "../views/h.js";
import { t } from "../views/i18n.js";
import { errorPlace, setError } from "../views/parts.js";
import { memberTable } from "../views/security/staff.js";
import { withStepUp } from "./step_up.js";

const error = errorPlace();
byId("team-error", HTMLElement).append(error);

async function load() {
  try {
    fill(byId("team", HTMLElement), memberTable(t("team.title"), await get("/team"), { reset }));
  } catch (problem) {
    showFailure("team", problem, load);
  }
}

/** @param {import("../views/security/staff.js").Member} member */
async function reset({ id, name }) {
  const question = { title: t("staff.reset_title", { name }), text: t("staff.reset_text"), yes: t("staff.reset") };
  if (!(await confirmed(question))) return;
  setError(error, "");
  try {
    await withStepUp("agent", () => post(`/team/${id}/reset`));
    announce(t("staff.reset_asked", { name }));
  } catch (problem) {
    setError(error, sentenceOf(problem));
  }
}

void load();
