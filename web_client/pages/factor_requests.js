/** What two of the staff vouch for about customers' factors, on the officers' and on the supervisors' page alike. */

import { get, post } from "../protocol/api.js";
import { announce } from "../views/announce.js";
import { confirmed } from "../views/confirm.js";
import { sentenceOf, showFailure } from "../views/failure.js";
import { byId, fill, h } from "../views/h.js";
import { t } from "../views/i18n.js";
import { linkRow } from "../views/link_row.js";
import { errorPlace, notice, setError } from "../views/parts.js";
import { askForm, requestList } from "../views/security/factor_requests.js";
import { dateTimeElement } from "../views/times.js";
import { withStepUp } from "./step_up.js";

/** @typedef {import("../views/security/factor_requests.js").FactorRequest} FactorRequest */
/** @typedef {import("../views/security/factor_requests.js").Proof} Proof */

/** @param {"agent" | "security"} door officers have it below a heading of its own */
export function mountFactorRequests(door) {
  const heading = door === "agent" ? "h2" : "h3";
  const error = errorPlace();
  const link = h("div");
  const list = h("div", { id: "factor-list" });
  const query = `?door=${door}`;

  async function load() {
    try {
      const found = await get(`/factor-requests${query}`);
      fill(list, requestList(found, { vouch, carryOut, refuse }, heading));
    } catch (problem) {
      showFailure("factor-list", problem, load);
    }
  }

  /** @param {Proof & { kind: string, customer: string, absorbed: string }} asked */
  function ask(asked) {
    return attempt(async () => {
      await withStepUp(door, () => post(`/factor-requests${query}`, asked));
      announce(t("factor.made"));
    });
  }

  /** @param {FactorRequest} request @param {Proof} proof */
  function vouch(request, proof) {
    return attempt(async () => {
      await withStepUp(door, () => post(`/factor-requests/${request.id}/vouch${query}`, proof));
      announce(t("factor.vouched_now"));
    });
  }

  /** @param {FactorRequest} request */
  async function carryOut(request) {
    const { name } = request.subject;
    const title = t("factor.carry_title", { name });
    const text = request.absorbed
      ? t("factor.carry_merge", { absorbed: request.absorbed.number, kept: request.subject.number })
      : t("factor.carry_text");
    if (!(await confirmed({ title, text, yes: t("factor.carry_out") }))) return;
    await attempt(async () => {
      const { url, expires_at_ms: until } = await withStepUp(door, () =>
        post(`/factor-requests/${request.id}/carry-out${query}`),
      );
      if (url) showLink(name, url, until);
      else announce(t("factor.carried"));
    });
  }

  /** @param {FactorRequest} request */
  async function refuse(request) {
    const question = { title: t("factor.refuse_title"), text: t("factor.refuse_text"), yes: t("factor.refuse") };
    if (!(await confirmed(question))) return;
    await attempt(async () => {
      await post(`/factor-requests/${request.id}/refuse${query}`);
      announce(t("factor.refused"));
    });
  }

  /**
   * @param {() => Promise<void>} act
   * @returns {Promise<boolean>} whether it was done
   */
  async function attempt(act) {
    setError(error, "");
    let done = true;
    try {
      await act();
    } catch (problem) {
      done = false;
      setError(error, sentenceOf(problem));
    }
    await load();
    return done;
  }

  /** @param {string} name @param {string} url @param {number} until */
  function showLink(name, url, until) {
    const title = h(heading, { tabindex: -1 }, t("approvals.link_title", { name }));
    fill(
      link,
      notice(
        "good",
        title,
        h("label", { for: "factor-link" }, t("approvals.link_text", { name })),
        linkRow(url, "factor-link"),
        h("p", { class: "quiet" }, t("approvals.link_until"), " ", dateTimeElement(until)),
      ),
    );
    title.focus();
  }

  fill(
    byId("factor-requests", HTMLElement),
    h("p", { class: "quiet" }, t("factor.lead")),
    link,
    error,
    list,
    askForm(ask, heading),
  );
  void load();
}
