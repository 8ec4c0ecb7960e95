/** The part of an agent's session page that proposes exact changes. */

import { get, post } from "../protocol/api.js";
import { actionForm, proposedList } from "../views/agent/action_form.js";
import { sentenceOf } from "../views/failure.js";
import { byId, fill, h } from "../views/h.js";
import { t } from "../views/i18n.js";

/** @typedef {import("../protocol/shapes").AgentView} AgentView */

const ASKABLE = new Set(["verifying", "consenting", "ready", "sharing", "paused"]);

export class SessionActions {
  #known = "";
  #list = h("div", {});

  /** @param {string} session */
  constructor(session) {
    this.session = session;
    fill(
      byId("actions", HTMLElement),
      h(
        "details",
        { class: "card" },
        h("summary", {}, t("actions.title")),
        h("p", { class: "hint" }, t("actions.lead")),
        this.#list,
        actionForm((kind, summary) => this.#propose(kind, summary)),
        h("p", {}, h("a", { href: "/agent/actions", target: "_blank", rel: "noopener" }, t("actions.waiting_link"))),
      ),
    );
  }

  /** @param {AgentView} view */
  follow(view) {
    byId("actions", HTMLElement).hidden = !ASKABLE.has(view.state);
    const known = `${view.asked?.action ?? ""} ${view.confirmation?.at_ms ?? ""}`;
    if (known === this.#known) return;
    this.#known = known;
    void this.#load();
  }

  async #load() {
    const found = await get(`/sessions/${this.session}/actions`).catch(() => []);
    fill(this.#list, proposedList(found));
  }

  /**
   * @param {string} kind
   * @param {string} summary
   * @returns {Promise<string>}
   */
  async #propose(kind, summary) {
    try {
      await post(`/sessions/${this.session}/actions`, { kind, summary });
      return "";
    } catch (problem) {
      return sentenceOf(problem);
    }
  }
}
