"""The first security officer of an instance: a pending member of staff with a link that works once, for a day."""

from dataclasses import dataclass
from typing import Final

from server.administration.acts import InviteStaff, LinkGiven, ListStaff, StaffLine
from server.administration.reaching import perform
from server.administration.staff_office import staff_of
from server.settings import Settings
from support.staff import Role

NAME_ONE: Final = "Name the first security officer: --officer-username and --officer-name."


class OfficerRefused(Exception):
    """Who was named cannot become the first officer any more. The message says what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Who the first officer is to be; staff sign in with `username`."""

    username: str
    name: str
    number: str
    team: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Officer:
    """`state` is "pending" until they have enrolled. `link` is a secret, given once: None if it was given before."""

    username: str
    state: str
    link: str | None = None
    expires_at_ms: int | None = None


class FirstOfficer:
    """Works with a running server and without."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    async def ensure(self, wanted: Wanted | None, *, new_link: bool) -> Officer:
        """Invites `wanted` where nobody works yet; afterwards says how the first officer stands. Raises
        OfficerRefused, ActRefused, CannotReach."""
        officers = (await perform(self._settings, ListStaff(desk="officer"))).staff
        if not officers:
            if wanted is None:
                raise OfficerRefused(NAME_ONE)
            return _given(await perform(self._settings, _invitation(wanted)))
        first = _first(officers, wanted)
        if not new_link:
            return Officer(username=first.username, state=first.state)
        if first.state != "pending":
            raise OfficerRefused(
                f"{first.username} has enrolled already. For somebody who lost their authenticator see "
                "`tachiai officer reset` and `tachiai officer recover`."
            )
        again = Wanted(username=first.username, name=first.name, number=first.number, team=first.team)
        return _given(await perform(self._settings, _invitation(again)))


def judge(wanted: Wanted) -> None:
    """Before anything is made: can this be somebody's name here? Raises ActRefused."""
    staff_of(_invitation(wanted))


def _first(officers: list[StaffLine], wanted: Wanted | None) -> StaffLine:
    named = [line for line in officers if wanted is None or line.username == wanted.username]
    if not named:
        raise OfficerRefused(
            f"There are officers already: {', '.join(line.username for line in officers[:3])}. Further ones are "
            "invited with `tachiai officer invite`."
        )
    return next((line for line in named if line.state == "pending"), named[0])


def _invitation(wanted: Wanted) -> InviteStaff:
    return InviteStaff(
        username=wanted.username,
        name=wanted.name,
        number=wanted.number,
        team=wanted.team,
        role=Role.SECURITY.value,
    )


def _given(link: LinkGiven) -> Officer:
    return Officer(username=link.to, state="pending", link=link.url, expires_at_ms=link.expires_at_ms)
