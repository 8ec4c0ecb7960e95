"""What an operator may ask about who is to work when."""

import msgspec

from server.administration.act import Act, Answer


class BadShift(Answer, frozen=True, kw_only=True):
    """`line` counts from 1, the first row's; 0 is the file as a whole."""

    line: int
    sentence: str


class RosterImported(Answer, frozen=True, kw_only=True):
    """`bad` is empty, or nothing was taken in and the numbers are 0. `bad_in_all` counts those left out of it too."""

    shifts: int = 0
    people: int = 0
    bad: list[BadShift] = msgspec.field(default_factory=list)
    bad_in_all: int = 0


class ImportRoster(Act[RosterImported], frozen=True, kw_only=True, tag="roster.import"):
    """`content` is the file as it is (see `support.roster_file`). Shifts add to those that are planned already."""

    content: bytes
