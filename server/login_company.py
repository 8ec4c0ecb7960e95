"""Which other sign-ins of the same person are alive when one begins: told in its entry, for detectors and readers."""

from audit.event import Fact
from session.identity import LoginId
from session.model import Session
from verification.login import Login, LoginRegistry


def company_of(
    login: Login, former: str | None, logins: LoginRegistry, live: list[Session], now_ms: int
) -> dict[str, Fact]:
    """`former`: this browser's own sign-in until now, which ends. Nothing where there is no other one; else how many
    (`beside`), whether a session runs under one of them, and whether none of them is of this kind of browser."""
    others = [one for one in logins.running(login.staff, now_ms) if one not in {login.id, former}]
    if not others:
        return {}
    return {
        "beside": len(others),
        "in_session": any(session.agent_login in map(LoginId, others) for session in live),
        "other_browser": login.browser not in {logins.browser_of(one) for one in others},
    }
