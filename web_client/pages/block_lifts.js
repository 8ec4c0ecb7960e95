/** Blocks that wait for a second officer, on the page of approvals. */

import { get, post } from "../protocol/api.js";
import { announce } from "../views/announce.js";
import { confirmed } from "../views/confirm.js";
import { sentenceOf, showFailure } from "../views/failure.js";
import { byId, fill, h } from "../views/h.js";
import { t } from "../views/i18n.js";
import { errorPlace, setError } from "../views/parts.js";
import { liftList } from "../views/security/block_lifts.js";
import { withStepUp } from "./step_up.js";

/** @typedef {import("../views/security/block_lifts.js").BlockLift} BlockLift */

export function mountBlockLifts() {
  const error = errorPlace();
  const list = h("div", { id: "lift-list" });

  async function load() {
    try {
      fill(list, liftList(await get("/security/block-lifts"), approve, refuse));
    } catch (problem) {
      showFailure("lift-list", problem, load);
    }
  }

  /** @param {BlockLift} lift */
  async function approve(lift) {
    const { name } = lift.subject;
    const title = t("staff.lift_title", { name });
    if (!(await confirmed({ title, text: t("lifts.approve_text", { name }), yes: t("staff.unblock") }))) return;
    await attempt(async () => {
      await withStepUp("security", () => post(`/security/block-lifts/${lift.id}/approve`));
      announce(t("staff.unblocked", { name }));
    });
  }

  /** @param {BlockLift} lift */
  async function refuse(lift) {
    const { name } = lift.subject;
    const question = { title: t("approvals.refuse_title"), text: t("lifts.refuse_text", { name }), yes: t("approvals.refuse") };
    if (!(await confirmed(question))) return;
    await attempt(async () => {
      await post(`/security/block-lifts/${lift.id}/refuse`);
      announce(t("approvals.refused"));
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

  fill(byId("block-lifts", HTMLElement), error, list);
  void load();
}
