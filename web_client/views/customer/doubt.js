/** Under every screen of a session: the way out for somebody who does not believe the other end any more. */

import { byId, fill } from "../h.js";
import { t } from "../i18n.js";
import { actionButton } from "../parts.js";

let shown = false;

/**
 * @param {{ state: import("../../protocol/shapes").SessionState, agent: { number: string } } | null} view null where the
 *   session is over for this page. While nobody has accepted there is nobody to doubt.
 * @param {() => void} impostor ends the session at once
 */
export function showDoubt(view, impostor) {
  const wanted = view !== null && view.state !== "ended" && view.agent.number !== "";
  if (wanted === shown) return;
  shown = wanted;
  const place = byId("doubt", HTMLElement);
  place.hidden = !wanted;
  fill(place, wanted ? actionButton(t("doubt.impostor"), "button-doubt", impostor) : null);
}
