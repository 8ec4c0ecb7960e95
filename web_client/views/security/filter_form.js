/** The fields in which an officer says which entries to show, and the chips of what is chosen. */

import { h, fill } from "../h.js";
import { dateAndTime, t } from "../i18n.js";
import { actionButton, errorPlace, setError, submitButton } from "../parts.js";
import { staffText } from "./acting_staff.js";
import { ACTOR_KEYS, OUTCOME_KEYS } from "./entry_words.js";
import { localMoment, momentOf } from "./log_filters.js";

/**
 * @typedef {import("./log_filters.js").Filters} Filters
 * @typedef {import("./acting_staff.js").ActingStaff} ActingStaff
 * @typedef {{ events: string[], outcomes: string[], kinds: string[], staff: ActingStaff[] }} Choices
 */

const NARROW = "(max-width: 40rem)";

/**
 * @param {{ onSearch: (wanted: Filters) => unknown, onClear: () => void }} acts `wanted` may hold references
 */
export function filterForm({ onSearch, onClear }) {
  const who = h("select", { id: "filter-who" }, anything("filters.anybody"));
  const customer = textField("filter-customer", "filter-reference-hint");
  const caseField = textField("filter-case", "filter-reference-hint");
  const session = textField("filter-session");
  const event = h("input", { ...plain("filter-event"), list: "filter-events", type: "text" });
  const events = h("datalist", { id: "filter-events" });
  const outcome = h("select", { id: "filter-outcome" }, anything("filters.any"));
  const from = momentField("filter-from");
  const to = momentField("filter-to");
  const error = errorPlace();

  /** @returns {Filters} */
  const read = () => ({
    ...whoOf(who.value),
    customer: customer.value.trim(),
    case: caseField.value.trim(),
    session: session.value.trim(),
    event: event.value.trim().toLowerCase(),
    outcome: outcome.value,
    from: momentOf(from.value),
    to: momentOf(to.value),
  });
  const search = async () => {
    const wanted = read();
    const backwards = wanted.from && wanted.to && Number(wanted.from) >= Number(wanted.to);
    setError(error, backwards ? t("filters.backwards") : "");
    if (!backwards) await onSearch(wanted);
  };
  const form = h(
    "form",
    { id: "log-filters", class: "log-filters", role: "search", "aria-label": t("filters.title"), novalidate: true },
    labelled(t("filters.who"), who),
    labelled(t("filters.customer"), customer),
    labelled(t("filters.case"), caseField),
    labelled(t("filters.session"), session),
    labelled(t("filters.event"), event, events),
    labelled(t("filters.outcome"), outcome),
    labelled(t("filters.from"), from),
    labelled(t("filters.to"), to),
    h("p", { class: "hint", id: "filter-reference-hint" }, t("filters.reference_hint")),
    h("p", { class: "hint", id: "filter-zone-hint" }, t("filters.zone", { zone: zone() })),
    error,
    h(
      "div",
      { class: "actions" },
      submitButton(t("filters.search")),
      actionButton(t("filters.clear"), "button-plain", onClear),
    ),
  );
  form.addEventListener("submit", (submitted) => {
    submitted.preventDefault();
    void search();
  });
  const fold = h("details", { class: "card filter-fold" }, h("summary", {}, t("filters.title")), form);
  fold.open = !window.matchMedia(NARROW).matches;

  return {
    element: fold,
    /** @param {string} sentence "" clears it */
    refuse: (sentence) => setError(error, sentence),
    /**
     * `show` comes after it: what stood there before is taken away.
     * @param {Choices} choices
     */
    offer: (choices) => {
      fill(
        who,
        anything("filters.anybody"),
        h("optgroup", { label: t("filters.kinds") }, choices.kinds.map(kindOption)),
        h("optgroup", { label: t("filters.staff") }, choices.staff.map(staffOption)),
      );
      fill(outcome, anything("filters.any"), choices.outcomes.map(outcomeOption));
      fill(events, choices.events.map((name) => h("option", { value: name })));
    },
    /** @param {Filters} filters */
    show: (filters) => {
      choose(who, filters.actor ? `actor:${filters.actor}` : filters.kind ? `kind:${filters.kind}` : "");
      customer.value = filters.customer ?? "";
      caseField.value = filters.case ?? "";
      session.value = filters.session ?? "";
      event.value = filters.event ?? "";
      choose(outcome, filters.outcome ?? "");
      from.value = shownMoment(filters.from);
      to.value = shownMoment(filters.to);
      setError(error, "");
    },
  };
}

/**
 * What is chosen, each with the way to take it back.
 * @param {Filters} filters
 * @param {ActingStaff[]} staff
 * @param {import("./entries.js").NamedCase[]} cases
 * @param {(name: string) => void} onRemove
 */
export function filterChips(filters, staff, cases, onRemove) {
  const chosen = Object.entries(filters).filter(([, value]) => value !== "");
  if (chosen.length === 0) return null;
  return h(
    "ul",
    { class: "chips", "aria-label": t("filters.chosen") },
    chosen.map(([name, value]) => {
      const text = `${chipName(name)}: ${chipValue(name, value, staff, cases)}`;
      const words = t("filters.remove", { filter: text });
      const button = actionButton(text, "button-small chip", () => onRemove(name));
      button.append(h("span", { class: "chip-remove", "aria-hidden": "true" }, "✕"));
      button.setAttribute("aria-label", words);
      button.dataset.filter = name;
      return h("li", {}, button);
    }),
  );
}

/** @type {Record<string, string>} */
const CHIP_KEYS = {
  actor: "filters.who",
  kind: "filters.who",
  customer: "filters.customer",
  case: "filters.case",
  session: "filters.session",
  event: "filters.event",
  outcome: "filters.outcome",
  from: "filters.from",
  to: "filters.to",
};

/** @param {string} name */
function chipName(name) {
  const key = CHIP_KEYS[name];
  return key ? t(key) : name;
}

/**
 * @param {string} name
 * @param {string} value
 * @param {ActingStaff[]} staff
 * @param {import("./entries.js").NamedCase[]} cases
 */
function chipValue(name, value, staff, cases) {
  if (name === "kind") return word(ACTOR_KEYS, value);
  if (name === "outcome") return word(OUTCOME_KEYS, value);
  if (name === "from" || name === "to") return /^\d{1,16}$/.test(value) ? dateAndTime(Number(value)) : value;
  if (name === "case") return cases.find((one) => one.id === value)?.reference ?? value;
  const known = name === "actor" ? staff.find((one) => one.id === value) : undefined;
  return known ? staffText(known) : value;
}

/**
 * @param {Record<string, string>} keys
 * @param {string} value
 */
function word(keys, value) {
  const key = keys[value];
  return key ? t(key) : value;
}

/** @param {"filters.any" | "filters.anybody"} key */
function anything(key) {
  return h("option", { value: "" }, t(key));
}

/** @param {string} kind */
function kindOption(kind) {
  return h("option", { value: `kind:${kind}` }, word(ACTOR_KEYS, kind));
}

/** @param {ActingStaff} one */
function staffOption(one) {
  return h("option", { value: `actor:${one.id}` }, staffText(one));
}

/** @param {string} outcome */
function outcomeOption(outcome) {
  return h("option", { value: outcome }, word(OUTCOME_KEYS, outcome));
}

/**
 * Also what the page does not offer, so that the field never says less than the chips.
 * @param {HTMLSelectElement} select
 * @param {string} value
 */
function choose(select, value) {
  const known = [...select.options].some((option) => option.value === value);
  if (!known) select.append(h("option", { value }, value.replace(/^(actor|kind):/, "")));
  select.value = value;
}

/**
 * @param {string} chosen
 * @returns {Filters}
 */
function whoOf(chosen) {
  const [, name, value] = /^(actor|kind):(.*)$/.exec(chosen) ?? [];
  return name && value ? { [name]: value } : {};
}

/** @param {string | undefined} ms */
function shownMoment(ms) {
  return ms && /^\d{1,15}$/.test(ms) ? localMoment(Number(ms)) : "";
}

function zone() {
  return Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC";
}

/** @param {string} id */
function plain(id) {
  return { id, autocomplete: "off", autocapitalize: "off", spellcheck: "false" };
}

/**
 * @param {string} id
 * @param {string} [hint]
 */
function textField(id, hint) {
  return h("input", { ...plain(id), type: "text", maxlength: 64, "aria-describedby": hint });
}

/** @param {string} id */
function momentField(id) {
  return h("input", { id, type: "datetime-local", step: 1, "aria-describedby": "filter-zone-hint" });
}

/**
 * @param {string} label
 * @param {HTMLElement} field
 * @param {HTMLElement} [more]
 */
function labelled(label, field, more) {
  return h("div", { class: "log-field" }, h("label", { for: field.id }, label), field, more);
}
