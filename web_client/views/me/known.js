/** One more proof before something is shown: a code of the app, or a passkey. */

import { h } from "../h.js";
import { t } from "../i18n.js";
import { codeForm, errorPlace, notice, screenHeading, setError } from "../parts.js";
import { backLink, inSession } from "./actions.js";
import { proofCard } from "./proof.js";

/** @param {import("./actions.js").MeActions} actions */
export async function knownScreen(actions) {
  const seen = await inSession(actions);
  return h(
    "div",
    { class: "screen" },
    screenHeading(t("me.prove_to_see")),
    notice("warning", h("p", {}, t(seen ? "problem.in_session" : "me.signed_out_doubt"))),
    seen ? null : h("section", { class: "card", "aria-label": t("me.code_label") }, codeField(actions)),
    proofCard(t("me.or_passkey"), actions),
    backLink(),
  );
}

/** @param {import("./actions.js").MeActions} actions */
function codeField(actions) {
  const error = errorPlace();
  const words = { label: t("me.code_label"), hint: t("me.code_hint"), error, submit: t("me.code_submit") };
  const { form, field, button } = codeForm(words, {
    id: "own-code",
    inputmode: "numeric",
    autocomplete: "one-time-code",
    maxlength: 7,
  });
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    setError(error, "");
    button.disabled = true;
    const code = field.value.replace(/\s/g, "");
    const sentence = await actions.tried(async () => {
      await actions.factors.proveByCode(code);
      await actions.again();
    });
    button.disabled = false;
    field.value = "";
    setError(error, sentence);
  });
  return form;
}
