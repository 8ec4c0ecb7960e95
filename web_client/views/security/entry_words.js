/** Catalogue keys of the closed words in an entry. */

export const OUTCOME_KEYS = {
  intent: "outcome.intent",
  done: "outcome.done",
  failed: "outcome.failed",
  refused: "outcome.refused",
  unknown: "outcome.unknown",
};

export const ACTOR_KEYS = {
  customer: "actor.customer",
  agent: "actor.agent",
  officer: "actor.officer",
  operator: "actor.operator",
  key: "actor.key",
  system: "actor.system",
};
