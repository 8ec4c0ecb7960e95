/** Leaving the customer to a colleague, or to the line: whom, and what it means for the customer. */

import { h } from "../h.js";
import { t } from "../i18n.js";
import { actionButton, errorPlace, setError } from "../parts.js";
import { sentenceOf } from "../failure.js";

/**
 * @typedef {object} Colleague
 * @property {string} id
 * @property {string} name
 * @property {string} number
 * @property {string} team
 * @property {boolean} here
 */

const ANYBODY = "";
const OWN = new Set(["invited", "ended"]); // nobody has come yet, or nobody is there any more

export class HandOverPanel {
  /**
   * @param {object} desk
   * @param {() => Promise<Colleague[]>} desk.colleagues
   * @param {(to: string | null) => Promise<unknown>} desk.handOver
   */
  constructor(desk) {
    this.desk = desk;
    this.button = actionButton(t("hand.button"), "button-plain", () => this.#open());
    this.button.hidden = true;
  }

  /** @param {import("../../protocol/shapes").AgentView} view */
  follow({ state }) {
    this.button.hidden = OWN.has(state);
  }

  async #open() {
    const error = errorPlace();
    const list = h("select", { id: "hand-to", class: "select-field", "aria-describedby": "hand-hint" });
    try {
      list.append(...choices(await this.desk.colleagues()));
    } catch (problem) {
      setError(error, sentenceOf(problem));
    }
    const cancel = h("button", { type: "button", class: "button button-plain", autofocus: true }, t("confirm.cancel"));
    const act = actionButton(t("hand.act"), "button-main", async () => {
      setError(error, "");
      try {
        await this.desk.handOver(list.value === ANYBODY ? null : list.value);
        dialog.close();
      } catch (problem) {
        setError(error, sentenceOf(problem));
      }
    });
    const dialog = h(
      "dialog",
      { class: "dialog", "aria-labelledby": "hand-title" },
      h("h2", { id: "hand-title" }, t("hand.title")),
      h("p", { id: "hand-hint" }, t("hand.hint")),
      h("div", { class: "stack" }, h("label", { for: "hand-to" }, t("hand.to")), list, error),
      h("div", { class: "actions" }, act, cancel),
    );
    cancel.addEventListener("click", () => dialog.close());
    dialog.addEventListener("close", () => dialog.remove());
    document.body.append(dialog);
    dialog.showModal();
  }
}

/** @param {Colleague[]} colleagues those who are here first */
function choices(colleagues) {
  return [
    h("option", { value: ANYBODY }, t("hand.anybody")),
    ...colleagues.map((one) => h("option", { value: one.id }, optionText(one))),
  ];
}

/** @param {Colleague} colleague */
function optionText({ name, number, team, here }) {
  const who = `${name} (${number}), ${team}`;
  return here ? who : `${who} – ${t("hand.away")}`;
}
