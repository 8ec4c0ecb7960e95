"""An agent's customers agree faster than anybody reads, or stop as soon as they have agreed: again and again.

Somebody who is told what to press agrees within two seconds of the question; somebody who did not mean to stops within
ten seconds of having agreed. Either happens to every agent now and then. What is odd among an agent's last 100
agreements of seven days is compared with a Beta-binomial distribution of weight 20, whose mean is the rate of all other
agents in that time, but no less than one in fifty: a new page that everybody clicks through fast is no agent's doing.
The exact upper tail in nats is the score; from 9 nats on (one chance in 8,100) it is a flag, once in five days. More
time for what is agreed to already, and a question asked again after a page was loaded anew, do not count.
"""

from collections import OrderedDict
from collections.abc import Iterable
from typing import Final

import msgspec

from audit.detectors.flag import Action, Flag, TargetKind
from audit.detectors.keeping import Kept, kept
from audit.detectors.tails import beta_binomial_nats
from audit.event import Event, EventName, Outcome
from audit.ports import OpenedEntry

FLAG_NATS: Final = 9.0
READ_MS: Final = 2_000
REGRET_MS: Final = 10_000
WINDOW_MS: Final = 7 * 24 * 3_600_000
REFRACTORY_MS: Final = 5 * 24 * 3_600_000
WEIGHT: Final = 20.0
LEAST_MEAN: Final = 0.02
MOST_MEAN: Final = 0.5
LAST_OF_AN_AGENT: Final = 100

_MOST_AGENTS: Final = 10_000
_MOST_SESSIONS: Final = 20_000
_GIVES_AGENT: Final = frozenset({EventName.AGENT_SESSION_OPENED, EventName.AGENT_HELP_ACCEPTED})
_STOPS: Final = frozenset({"customer_stopped", "browser_stopped"})


class _Talk(msgspec.Struct, forbid_unknown_fields=True):
    """A session under way. `asked_ms`: since when the question is on the page; None where that is not known."""

    agent: str
    asked_ms: int | None = None
    agreed_ms: int | None = None
    agreement: int = -1


class _Agreement(msgspec.Struct, forbid_unknown_fields=True):
    at_ms: int
    index: int
    odd: bool


class _Agent(msgspec.Struct, forbid_unknown_fields=True):
    agreements: list[_Agreement]
    flagged_ms: int | None = None


class _State(Kept):
    agents: list[tuple[str, _Agent]]
    talks: list[tuple[str, _Talk]]


class HastyConsent:
    """Implements Detector. The score is nats. Memory: 100 agreements of each of at most 10,000 agents, and a few
    numbers of each of at most 20,000 sessions."""

    name: Final = "hasty_consent"

    def __init__(self, flag_nats: float = FLAG_NATS) -> None:
        self._flag_nats = flag_nats
        self._last = -1
        self._agents: OrderedDict[str, _Agent] = OrderedDict()
        self._talks: OrderedDict[str, _Talk] = OrderedDict()
        self._all = self._odd = 0

    def observe(self, entry: OpenedEntry) -> Iterable[Flag]:
        event = entry.event
        if event is None or event.session is None or entry.index <= self._last:
            return ()
        if event.name in _GIVES_AGENT and event.outcome is Outcome.DONE:
            self._begin(event.session, event.actor.id)
        talk = self._talks.get(event.session)
        if talk is None:
            return ()
        self._last = entry.index
        odd = self._heard(event, talk, entry.index)
        return self._judged(talk.agent, event.at_ms) if odd else ()

    def state(self) -> bytes:
        return msgspec.json.encode(
            _State(1, self._last, list(self._agents.items()), list(self._talks.items()))
        )

    def restore(self, state: bytes) -> None:
        found = kept(state, _State)
        self._last = found.last
        self._agents, self._talks = OrderedDict(found.agents), OrderedDict(found.talks)
        every = [one for agent in self._agents.values() for one in agent.agreements]
        self._all, self._odd = len(every), sum(one.odd for one in every)

    def _begin(self, session: str, agent: str) -> None:
        self._talks.pop(session, None)
        self._talks[session] = _Talk(agent)
        if len(self._talks) > _MOST_SESSIONS:
            self._talks.popitem(last=False)

    def _heard(self, event: Event, talk: _Talk, index: int) -> bool:
        """Whether that made an agreement odd."""
        match event.name, event.outcome:
            case EventName.CUSTOMER_CODE_VERIFIED, Outcome.DONE:
                talk.asked_ms = event.at_ms
            case EventName.CUSTOMER_CONSENT_REOPENED, _:
                return self._regretted(event, talk)
            case EventName.CUSTOMER_CONSENT_GRANTED, Outcome.INTENT:
                return self._agreed(event, talk, index)
            case (name, _) if name.value.endswith(":session:ended"):
                if event.session is not None:
                    self._talks.pop(event.session, None)
                return event.facts.get("cause") in _STOPS and self._regretted(event, talk)
            case _:
                pass
        return False

    def _agreed(self, event: Event, talk: _Talk, index: int) -> bool:
        asked, talk.asked_ms = talk.asked_ms, None
        if asked is None or "extends_sha256" in event.facts:
            return False
        odd = event.at_ms - asked < READ_MS
        talk.agreed_ms, talk.agreement = event.at_ms, index
        self._keep(talk.agent, _Agreement(event.at_ms, index, odd))
        return odd

    def _regretted(self, event: Event, talk: _Talk) -> bool:
        """The agreement before it counts as odd from now on, where it did not already."""
        agreed, talk.agreed_ms = talk.agreed_ms, None
        if agreed is None or event.at_ms - agreed >= REGRET_MS:
            return False
        agent = self._agents.get(talk.agent)
        mine = [one for one in agent.agreements if one.index == talk.agreement] if agent else []
        for one in mine:
            if not one.odd:
                one.odd = True
                self._odd += 1
                return True
        return False

    def _keep(self, name: str, agreement: _Agreement) -> None:
        known = self._agents.pop(name, None) or _Agent([])
        self._agents[name] = known
        kept_ones = [one for one in known.agreements if agreement.at_ms - one.at_ms <= WINDOW_MS]
        self._count(known.agreements, -1)
        known.agreements = [*kept_ones, agreement][-LAST_OF_AN_AGENT:]
        self._count(known.agreements, 1)
        if len(self._agents) > _MOST_AGENTS:
            self._count(self._agents.popitem(last=False)[1].agreements, -1)

    def _count(self, agreements: list[_Agreement], sign: int) -> None:
        self._all += sign * len(agreements)
        self._odd += sign * sum(one.odd for one in agreements)

    def _judged(self, name: str, now_ms: int) -> Iterable[Flag]:
        agent = self._agents[name]
        entries = tuple(one.index for one in agent.agreements if one.odd)
        others_odd, others = self._odd - len(entries), self._all - len(agent.agreements)
        mean = min(MOST_MEAN, max(LEAST_MEAN, others_odd / others if others else LEAST_MEAN))
        nats = beta_binomial_nats(len(entries), len(agent.agreements), mean * WEIGHT, (1 - mean) * WEIGHT)
        resting = agent.flagged_ms is not None and now_ms - agent.flagged_ms < REFRACTORY_MS
        if nats < self._flag_nats or resting:
            return ()
        agent.flagged_ms = now_ms
        facts = {"odd": len(entries), "agreements": len(agent.agreements), "days": 7}
        return [
            Flag(self.name, name, nats, "flag.hasty_consent", Action.FLAG, facts, entries, TargetKind.AGENT)
        ]
