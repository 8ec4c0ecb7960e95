"""The policy file, C2SP tlog-policy: which logs, which witnesses, and how many of them are enough. Pure.

Rules kept here (chapters of the specification):
1. Bytes other than tab, newline and what is printable are refused; names are bytes without a meaning (Character set).
2. A group and the quorum name what stands on lines before them; a name is defined once, and is a member of one group at
   most, so that each witness counts in one way (Defining a witness group).
3. One key for one log or one witness, whatever its name (Public key representation).
4. Exactly one quorum (Defining the quorum).
"""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Final

from audit.note_key import LOG_KINDS, WITNESS_KINDS, KeyInvalid, Kind, Verifier

MAX_POLICY: Final = 524_288
MAX_LINE: Final = 8_192
MAX_LOGS: Final = 64
MAX_WITNESSES: Final = 64
MAX_GROUPS: Final = 64
NONE: Final = "none"

_FOREIGN: Final = re.compile(rb"[^\t\n\x20-\x7e\x80-\xff]")
_BLANKS: Final = re.compile(r"[ \t]+")
_COUNT: Final = re.compile(r"[1-9][0-9]{0,1}", re.ASCII)


class PolicyInvalid(Exception):
    """Not a policy. The sentence names the line."""


@dataclass(frozen=True, slots=True)
class PolicyLog:
    verifier: Verifier
    url: str | None


@dataclass(frozen=True, slots=True)
class Witness:
    """`name` is the policy's own word for it; bytes that are not UTF-8 are surrogates in it."""

    name: str
    verifier: Verifier
    url: str | None

    @property
    def shown(self) -> str:
        """The name for people and records."""
        return _shown(self.name)


@dataclass(frozen=True, slots=True)
class Group:
    """Has witnessed what at least `least` of its members have."""

    name: str
    least: int
    members: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Policy:
    """`groups` in the file's order, so that each one's members are decided before it. `quorum` names a witness, a
    group, or nobody (`NONE`)."""

    logs: tuple[PolicyLog, ...]
    witnesses: tuple[Witness, ...]
    groups: tuple[Group, ...]
    quorum: str

    def met_by(self, names: Collection[str]) -> bool:
        """Whether witnesses of these names are enough."""
        if self.quorum == NONE:
            return True
        met = {witness.name for witness in self.witnesses if witness.name in names}
        for group in self.groups:
            if sum(member in met for member in group.members) >= group.least:
                met.add(group.name)
        return self.quorum in met

    def accepts(self, verifier: Verifier) -> bool:
        """Whether a log of this key is meant: a policy that names no log leaves that to whoever uses it."""
        return not self.logs or any(
            (log.verifier.name, log.verifier.raw) == (key.name, key.raw)
            for log in self.logs
            for key in (verifier, verifier.companion)
            if key is not None
        )


def parse_policy(content: bytes) -> Policy:
    """Raises PolicyInvalid."""
    if len(content) > MAX_POLICY:
        raise PolicyInvalid(f"a policy has at most {MAX_POLICY} bytes, and this one has {len(content)}")
    if not content.endswith(b"\n"):
        raise PolicyInvalid("a policy's last line ends in a newline, and this one does not: was it cut?")
    if (foreign := _FOREIGN.search(content)) is not None:
        number = content.count(b"\n", 0, foreign.start()) + 1
        raise PolicyInvalid(f"line {number} has a control character (0x{foreign[0][0]:02x})")
    draft = _Draft()
    for number, line in enumerate(content[:-1].decode("utf-8", "surrogateescape").split("\n"), 1):
        if len(line) > MAX_LINE:
            raise PolicyInvalid(f"line {number} is longer than {MAX_LINE} characters")
        words = _BLANKS.split(line.strip(" \t"))
        if words == [""] or words[0].startswith("#"):
            continue
        try:
            draft.take(words)
        except (PolicyInvalid, KeyInvalid) as error:
            raise PolicyInvalid(f"line {number}: {error}") from error
    return draft.finished()


@dataclass(slots=True)
class _Draft:
    logs: list[PolicyLog] = field(default_factory=list)
    witnesses: list[Witness] = field(default_factory=list)
    groups: list[Group] = field(default_factory=list)
    quorum: str | None = None
    grouped: set[str] = field(default_factory=set)

    def take(self, words: Sequence[str]) -> None:
        match words:
            case ["log", key, *rest] if len(rest) <= 1:
                self._log(key, rest)
            case ["witness", name, key, *rest] if len(rest) <= 1:
                self._witness(name, key, rest)
            case ["group", name, least, *members] if members:
                self._group(name, least, members)
            case ["quorum", name]:
                self._quorum(name)
            case _:
                raise PolicyInvalid(
                    "a line is `log KEY [URL]`, `witness NAME KEY [URL]`, `group NAME all|any|K NAME...` or "
                    "`quorum NAME`"
                )

    def finished(self) -> Policy:
        if self.quorum is None:
            raise PolicyInvalid("there is no quorum line; `quorum none` asks for no witness")
        return Policy(tuple(self.logs), tuple(self.witnesses), tuple(self.groups), self.quorum)

    def _log(self, key: str, rest: Sequence[str]) -> None:
        verifier = _key(key, LOG_KINDS)
        if any(log.verifier.raw == verifier.raw for log in self.logs):
            raise PolicyInvalid("this log's key stands on an earlier line")
        _count(self.logs, MAX_LOGS, "logs")
        self.logs.append(PolicyLog(verifier, rest[0] if rest else None))

    def _witness(self, name: str, key: str, rest: Sequence[str]) -> None:
        verifier = _key(key, WITNESS_KINDS)
        if any(witness.verifier.raw == verifier.raw for witness in self.witnesses):
            raise PolicyInvalid("this witness's key stands on an earlier line")
        _count(self.witnesses, MAX_WITNESSES, "witnesses")
        self._new(name)
        self.witnesses.append(Witness(name, verifier, rest[0] if rest else None))

    def _group(self, name: str, least: str, members: Sequence[str]) -> None:
        for member in members:
            if member not in self._names():
                raise PolicyInvalid(f"{_shown(member)} is no witness or group of an earlier line")
            if member in self.grouped:
                raise PolicyInvalid(f"{_shown(member)} is a member already, and counts once")
            self.grouped.add(member)
        _count(self.groups, MAX_GROUPS, "groups")
        self._new(name)
        self.groups.append(Group(name, _least(least, len(members)), tuple(members)))

    def _quorum(self, name: str) -> None:
        if self.quorum is not None:
            raise PolicyInvalid("there is a quorum already")
        if name != NONE and name not in self._names():
            raise PolicyInvalid(f"{_shown(name)} is no witness or group of an earlier line")
        self.quorum = name

    def _new(self, name: str) -> None:
        if name == NONE or name in self._names():
            raise PolicyInvalid(f"the name {_shown(name)} is taken")

    def _names(self) -> set[str]:
        return {witness.name for witness in self.witnesses} | {group.name for group in self.groups}


def _key(text: str, kinds: Collection[Kind]) -> Verifier:
    return Verifier.parse(text, kinds)


def _least(text: str, members: int) -> int:
    least = {"any": 1, "all": members}.get(text)
    if least is None:
        least = int(text) if _COUNT.fullmatch(text) else 0
    if not 1 <= least <= members:
        raise PolicyInvalid(f"how many of the {members} members are enough is all, any, or 1 to {members}")
    return least


def _count(there: Sequence[object], most: int, what: str) -> None:
    if len(there) >= most:
        raise PolicyInvalid(f"a policy names at most {most} {what}")


def _shown(name: str) -> str:
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
