"""How sure are we, and what does that unlock? One pure policy that every protected act asks.

    level  how                                                     unlocks
    V0     nothing                                                 talk, public help
    V1     TOTP or a recovery code                                 a tab or a window, to look at
    V2     passkey with user verification                          the whole screen, sensitive help with an account
    V3     V2 over one exact action; then a second agent, a hold   a change of authenticator, e-mail, phone, payout
           and notices (`support.action`)                          address or limit

1. What a thing needs is the policy's to say. A thing that it does not know is not allowed at any level.
2. A result counts for its bindings only: session, case, customer, device, agent, the agent's login, the transcript of
   the introduction and, for V3, the one action. An empty binding counts for nothing, save the transcript (there is none
   before the keys were exchanged) and the action (V1 and V2 are for none).
3. A result of V1 or V2 lasts at most ten minutes, one of V3 at most five. The end is exclusive; one that says that it
   lasts longer, or that was made later than now, does not count.
4. A result for an action counts for that action alone, never for a screen.
5. Whoever asks without bindings (the session ended, the agent is blocked or signed out) gets no.

Times are UTC milliseconds.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from enum import StrEnum
from typing import Final

MINUTE_MS: Final = 60_000
LONGEST_LIFE_MS: Final = 10 * MINUTE_MS
LONGEST_ACTION_LIFE_MS: Final = 5 * MINUTE_MS


class Assurance(StrEnum):
    """Compare with `at_least`, not with `<`."""

    V0 = "V0"
    V1 = "V1"
    V2 = "V2"
    V3 = "V3"

    def at_least(self, other: "Assurance") -> bool:
        return int(self.value[1]) >= int(other.value[1])


class Method(StrEnum):
    """How a customer proves who they are. A closed list."""

    TOTP = "totp"
    RECOVERY_CODE = "recovery_code"
    PASSKEY = "passkey"


class Protected(StrEnum):
    """What is not for everybody. The first three are the surfaces of a share."""

    TAB = "tab"
    WINDOW = "window"
    SCREEN = "screen"
    SENSITIVE = "sensitive"  # what the organisation knows about the customer, in the clear
    ACTION = "action"  # a change that could take the account away from its owner


REACHED_BY: Final[Mapping[Method, Assurance]] = {
    Method.TOTP: Assurance.V1,
    Method.RECOVERY_CODE: Assurance.V1,
    Method.PASSKEY: Assurance.V3,
}

# What a setting may choose from. What is not named here is fixed.
CHOICES: Final[Mapping[Protected, tuple[Assurance, ...]]] = {
    Protected.TAB: (Assurance.V1, Assurance.V2),
    Protected.WINDOW: (Assurance.V1, Assurance.V2),
    Protected.SENSITIVE: (Assurance.V1, Assurance.V2),
}


@dataclass(frozen=True, slots=True)
class Need:
    """What `thing` asks for. `life_ms`: how old a result may be."""

    thing: Protected
    level: Assurance
    life_ms: int


@dataclass(frozen=True, slots=True)
class Policy:
    """The organisation's choices; the defaults are the safe ones. Raises ValueError for what may not be chosen."""

    tab: Assurance = Assurance.V1
    window: Assurance = Assurance.V1
    sensitive: Assurance = Assurance.V2
    life_ms: int = LONGEST_LIFE_MS
    action_life_ms: int = LONGEST_ACTION_LIFE_MS

    def __post_init__(self) -> None:
        for thing, choices in CHOICES.items():
            if self._chosen(thing) not in choices:
                raise ValueError(f"{thing} needs one of {', '.join(choices)}")
        if not MINUTE_MS <= self.life_ms <= LONGEST_LIFE_MS:
            raise ValueError("a verification lasts between one minute and ten")
        if not MINUTE_MS <= self.action_life_ms <= LONGEST_ACTION_LIFE_MS:
            raise ValueError("a verification for an action lasts between one minute and five")

    def need(self, thing: str) -> Need | None:
        """None for what is not known: that is never allowed."""
        try:
            protected = Protected(thing)
        except ValueError:
            return None
        return Need(protected, self._chosen(protected), self.life(self._chosen(protected)))

    def life(self, level: Assurance) -> int:
        """How long a result of `level` lasts."""
        return self.action_life_ms if level is Assurance.V3 else self.life_ms

    def _chosen(self, thing: Protected) -> Assurance:
        return {
            Protected.TAB: self.tab,
            Protected.WINDOW: self.window,
            Protected.SCREEN: Assurance.V2,
            Protected.SENSITIVE: self.sensitive,
            Protected.ACTION: Assurance.V3,
        }[thing]


@dataclass(frozen=True, slots=True, kw_only=True)
class Bindings:
    """Between whom, where and about what. `action` is the hash of the exact action (base64url), "" where there is none;
    `transcript` the introduction's, "" before the keys were exchanged."""

    session: str
    case: str
    customer: str
    device: str
    agent: str
    login: str
    transcript: str = ""
    action: str = ""


@dataclass(frozen=True, slots=True)
class Result:
    """That somebody proved who they are. `until_ms` is exclusive."""

    method: str
    level: Assurance
    at_ms: int
    until_ms: int
    bindings: Bindings


class Why(StrEnum):
    """A closed list; recorded, so append only."""

    UNKNOWN_THING = "unknown_thing"
    NOT_VERIFIED = "not_verified"
    NO_SESSION = "no_session"
    OTHER_BINDING = "other_binding"
    LEVEL_TOO_LOW = "level_too_low"
    TOO_OLD = "too_old"


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why it does not hold. `level` is what is needed; None for what is not known. `binding` names the first one that
    differs."""

    why: Why
    level: Assurance | None = None
    binding: str = ""


def holds(result: Result | None, need: Need | None, now_ms: int, bindings: Bindings | None) -> Refusal | None:
    """None only if `result` covers `need` now, between those whom `bindings` name. Total: it raises nothing."""
    if need is None:
        return Refusal(Why.UNKNOWN_THING)
    if bindings is None:
        return Refusal(Why.NO_SESSION, need.level)
    if result is None:
        return Refusal(Why.NOT_VERIFIED, need.level)
    if other := _first_difference(result.bindings, bindings):
        return Refusal(Why.OTHER_BINDING, need.level, other)
    return _too_weak_or_old(result, need, now_ms, bindings)


def methods_for(level: Assurance, offered: tuple[Method, ...]) -> tuple[Method, ...]:
    """Which of the methods that a server offers reach `level`, in their order."""
    return tuple(method for method in offered if REACHED_BY[method].at_least(level))


_MAY_BE_EMPTY: Final = frozenset({"transcript", "action"})


def _first_difference(of: Bindings, wanted: Bindings) -> str:
    for binding in fields(Bindings):
        one, other = getattr(of, binding.name), getattr(wanted, binding.name)
        if one != other or not (one or binding.name in _MAY_BE_EMPTY):
            return binding.name
    return ""


def _too_weak_or_old(result: Result, need: Need, now_ms: int, bindings: Bindings) -> Refusal | None:
    if not _for_action(need, bindings) or not result.level.at_least(need.level):
        return Refusal(Why.LEVEL_TOO_LOW, need.level)
    return None if _fresh(result, need, now_ms) else Refusal(Why.TOO_OLD, need.level)


def _for_action(need: Need, bindings: Bindings) -> bool:
    return (need.thing is Protected.ACTION) == bool(bindings.action)


def _fresh(result: Result, need: Need, now_ms: int) -> bool:
    life = result.until_ms - result.at_ms
    longest = LONGEST_ACTION_LIFE_MS if need.level is Assurance.V3 else LONGEST_LIFE_MS
    young = result.at_ms <= now_ms < min(result.until_ms, result.at_ms + need.life_ms)
    return young and life <= longest
