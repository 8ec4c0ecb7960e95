/** The dialog in which an administrator says why a block is lifted: the reason is recorded. */

import { t } from "../i18n.js";
import { reasonGiven } from "./reason_dialog.js";

/**
 * @param {string} name whose block it is
 * @returns {Promise<string | null>} the reason; null where the dialog was left
 */
export function reasonToLift(name) {
  return reasonGiven({
    id: "lift",
    title: t("staff.lift_title", { name }),
    label: t("staff.lift_reason"),
    hint: t("staff.lift_hint"),
    missing: t("staff.lift_reason_missing"),
    yes: t("staff.unblock"),
  });
}
