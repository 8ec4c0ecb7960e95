/** Requests about customers' factors, each with what the viewer may do about it, and the form that asks for one. */

import { h } from "../h.js";
import { t } from "../i18n.js";
import { actionButton, facts, submitButton } from "../parts.js";
import { dateTimeElement } from "../times.js";
import { roleWord } from "../words.js";

/**
 * @typedef {{ name: string, number: string, role: string }} Person
 * @typedef {{ how: string, filed: string }} Proof
 * @typedef {object} FactorRequest
 * @property {string} id
 * @property {"first" | "lost" | "removal" | "app" | "passkeys" | "merge"} kind
 * @property {"asked" | "held" | "ripe"} phase
 * @property {Person} subject
 * @property {Person | null} absorbed of a merge: the record that ceases
 * @property {string} asked_by
 * @property {number} asked_at_ms
 * @property {number | null} due_at_ms
 * @property {number} ends_at_ms
 * @property {{ staff: Person, how: string, at_ms: number }[]} vouchers
 * @property {string | null} mine why the viewer cannot vouch
 * @property {string | null} carry why the viewer cannot carry it out
 *
 * @typedef {object} FactorActions each resolves to whether it was done
 * @property {(request: FactorRequest, proof: Proof) => Promise<boolean>} vouch
 * @property {(request: FactorRequest) => unknown} carryOut
 * @property {(request: FactorRequest) => unknown} refuse
 */

/** @type {Record<string, string>} */
const KINDS = {
  lost: "factor.kind.lost",
  first: "factor.kind.first",
  app: "factor.kind.app",
  passkeys: "factor.kind.passkeys",
  removal: "factor.kind.removal",
  merge: "factor.kind.merge",
};
/** @type {Record<string, string>} */
const PHASES = { asked: "factor.phase.asked", held: "factor.phase.held", ripe: "factor.phase.ripe" };
/** @type {Record<string, string>} */
const WAYS = {
  in_person: "factor.how.in_person",
  video: "factor.how.video",
  document: "factor.how.document",
  known_number: "factor.how.known_number",
  letter: "factor.how.letter",
};
/** @type {Record<string, string>} */
const TOLD = { twice: "factor.mine.twice", in_session: "factor.mine.in_session", tied: "factor.mine.tied" };
let forms = 0;

/**
 * @param {FactorRequest[]} requests
 * @param {FactorActions} actions
 * @param {"h2" | "h3"} heading by what the page has above it
 */
export function requestList(requests, actions, heading) {
  if (requests.length === 0) return h("p", { class: "empty" }, t("factor.none"));
  return h(
    "ul",
    { class: "flags" },
    requests.map((request) => requestItem(request, actions, heading)),
  );
}

/** @param {FactorRequest} request @param {FactorActions} actions @param {"h2" | "h3"} heading */
function requestItem(request, actions, heading) {
  const id = `factor-${request.id}`;
  return h(
    "li",
    { class: "flag", "aria-labelledby": id },
    h(heading, { id, class: "flag-sentence" }, personText(request.subject)),
    facts([
      [t("factor.kind"), t(KINDS[request.kind] ?? "")],
      ...absorbedFact(request),
      [t("factor.phase"), t(PHASES[request.phase] ?? "")],
      [t("factor.asked"), dateTimeElement(request.asked_at_ms)],
      [t("factor.vouched"), vouchersText(request)],
      [t("factor.due"), request.due_at_ms === null ? "–" : dateTimeElement(request.due_at_ms)],
      [t("factor.ends"), dateTimeElement(request.ends_at_ms)],
    ]),
    request.mine && TOLD[request.mine] ? h("p", {}, t(TOLD[request.mine] ?? "")) : null,
    request.mine === null ? vouchForm(request, actions) : null,
    h(
      "div",
      { class: "actions" },
      request.carry === null
        ? actionButton(t("factor.carry_out"), "button-main", () => actions.carryOut(request))
        : null,
      actionButton(t("factor.refuse"), "button-plain", () => actions.refuse(request)),
    ),
  );
}

/**
 * @param {FactorRequest} request
 * @returns {[string, string][]}
 */
function absorbedFact({ absorbed }) {
  return absorbed ? [[t("factor.absorbed"), personText(absorbed)]] : [];
}

/** @param {FactorRequest} request @param {FactorActions} actions */
function vouchForm(request, actions) {
  const { fields, proof } = proofFields();
  const form = h("form", { class: "stack" }, fields, h("div", { class: "actions" }, submitButton(t("factor.vouch"))));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    void actions.vouch(request, proof());
  });
  const title = t("factor.vouch_title", { name: request.subject.name });
  return h("details", {}, h("summary", {}, title), form);
}

/**
 * @param {(asked: Proof & { kind: string, customer: string, absorbed: string }) => Promise<boolean>} ask
 * @param {"h2" | "h3"} heading
 */
export function askForm(ask, heading) {
  const kind = choice("factor-kind", KINDS);
  const customer = h("input", { id: "factor-customer", type: "text", required: true, maxlength: 64, autocomplete: "off" });
  const absorbed = absorbedField(kind);
  const { fields, proof } = proofFields();
  const form = h(
    "form",
    { class: "stack console-form", id: "factor-ask" },
    h("label", { for: "factor-kind" }, t("factor.kind")),
    kind,
    h("label", { for: "factor-customer" }, t("factor.customer")),
    customer,
    absorbed.place,
    fields,
    h("div", { class: "actions" }, submitButton(t("factor.ask"))),
  );
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const done = await ask({ kind: kind.value, customer: customer.value.trim(), absorbed: absorbed.value(), ...proof() });
    if (done) form.reset();
    absorbed.show();
  });
  return h("section", {}, h(heading, {}, t("factor.ask_title")), form);
}

/**
 * The other record, for a merge alone, and what becomes of it.
 * @param {HTMLSelectElement} kind
 */
function absorbedField(kind) {
  const field = h("input", {
    id: "factor-absorbed",
    type: "text",
    maxlength: 64,
    autocomplete: "off",
    "aria-describedby": "factor-absorbed-hint",
  });
  const place = h(
    "div",
    { class: "stack", hidden: true },
    h("label", { for: "factor-absorbed" }, t("factor.absorbed_reference")),
    field,
    h("p", { class: "hint", id: "factor-absorbed-hint" }, t("factor.absorbed_hint")),
  );
  function show() {
    const merging = kind.value === "merge";
    place.hidden = !merging;
    field.required = merging;
  }
  kind.addEventListener("change", show);
  return { place, show, value: () => (kind.value === "merge" ? field.value.trim() : "") };
}

/** How somebody made sure who asks, and where that is filed. */
function proofFields() {
  forms += 1;
  const [way, place] = [`factor-how-${forms}`, `factor-filed-${forms}`];
  const how = choice(way, WAYS);
  const filed = h("input", {
    id: place,
    type: "text",
    required: true,
    maxlength: 100,
    autocomplete: "off",
    "aria-describedby": `${place}-hint`,
  });
  const fields = [
    h("label", { for: way }, t("factor.how")),
    how,
    h("label", { for: place }, t("factor.filed")),
    filed,
    h("p", { class: "hint", id: `${place}-hint` }, t("factor.filed_hint")),
  ];
  return { fields, proof: () => ({ how: how.value, filed: filed.value.trim() }) };
}

/** @param {string} id @param {Record<string, string>} options keys of the catalogue by value */
function choice(id, options) {
  return h(
    "select",
    { id },
    Object.entries(options).map(([value, key]) => h("option", { value }, t(key))),
  );
}

/** @param {FactorRequest} request */
function vouchersText({ vouchers }) {
  if (vouchers.length === 0) return t("factor.nobody");
  return h(
    "ul",
    { class: "plain-list" },
    vouchers.map(({ staff, how }) => h("li", {}, `${personText(staff)}: ${t(WAYS[how] ?? "")}`)),
  );
}

/** @param {Person} person */
function personText({ name, number, role }) {
  return `${name} (${number}, ${roleWord(role)})`;
}
