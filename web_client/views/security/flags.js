/** Flags with their reason in one sentence that a person can check. */

import { h } from "../h.js";
import { hasText, t } from "../i18n.js";
import { pill } from "../table.js";
import { dateTimeElement } from "../times.js";
import { flagActionWord } from "../words.js";

/** @typedef {import("../../protocol/shapes").FlagView} FlagView */

/** @param {FlagView[]} flags */
export function flagList(flags) {
  if (flags.length === 0) return h("p", { class: "empty" }, t("flags.none"));
  const newestFirst = [...flags].sort((one, other) => other.at_ms - one.at_ms);
  return h("ul", { class: "flags" }, newestFirst.map(flagItem));
}

/** @param {FlagView} flag */
function flagItem(flag) {
  return h(
    "li",
    { class: "flag" },
    h("p", { class: "flag-sentence" }, flagSentence(flag)),
    h(
      "p",
      { class: "quiet" },
      dateTimeElement(flag.at_ms),
      " · ",
      flag.detector,
      " · ",
      h("span", { class: "identifier" }, flag.target),
    ),
    pill(flagActionWord(flag.action), flag.action === "flag" ? "warn" : "bad"),
  );
}

/** @param {FlagView} flag */
function flagSentence({ sentence_key: key, facts, detector }) {
  if (!hasText(key)) return t("flags.unnamed", { detector });
  const values = Object.fromEntries(
    Object.entries(facts).map(([name, value]) => [name, typeof value === "boolean" ? String(value) : value]),
  );
  return t(key, values);
}
