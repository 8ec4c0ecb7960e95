"""Keeps media alive, one stamp at a time: the only caller of `Gate.renew`.

Silence is the default. A stamp of the gate is answered only while `permitted` says so, and never under an epoch that
was revoked here, whatever anybody still believes.
"""

from audit.ports import AuditWriter
from session.gate_port import LEASE_TTL_MS, Gate, Stamp
from session.identity import SessionId
from session.model import Session
from session.permission import Obstacle, of_now, why_not
from session.ports import Circumstances


class Leases:
    def __init__(self, gate: Gate, log: AuditWriter, circumstances: Circumstances) -> None:
        self._gate, self._log, self._circumstances = gate, log, circumstances
        self._stamps: dict[SessionId, int] = {}
        self._revoked_through: dict[SessionId, int] = {}
        self._sound: dict[
            SessionId, Session
        ] = {}  # in which nothing of their own was in the way when last looked at

    def permitted(self, session: Session, now: int) -> bool:
        """Whether media may flow at `now` (UTC ms), with everything outside asked too."""
        if session.epoch <= self._revoked_through.get(session.id, 0):
            return False
        return not self.obstacles(session, now)

    def obstacles(self, session: Session, now: int) -> tuple[Obstacle, ...]:
        """As `why_not`. Asked many times a second of each share, in which mostly nothing has changed: a session does
        not change, another one takes its place, so what was found of it holds, but for its time."""
        log_healthy = self._log.healthy
        case_live = self._circumstances.case_live(session.case, session.agent, now)
        login_live = self._circumstances.login_live(session.agent_login, now)
        outside = log_healthy is True and case_live is True and login_live is True
        if outside and self._sound.get(session.id) is session and of_now(session, now):
            return ()
        found = why_not(session, now, log_healthy=log_healthy, case_live=case_live, login_live=login_live)
        if found:
            self._sound.pop(session.id, None)
        else:
            self._sound[session.id] = session
        return found

    def between(self, session: Session, now: int) -> tuple[Obstacle, ...]:
        """Whether agent and case still belong to it, whatever it waits for."""
        case_live = self._circumstances.case_live(session.case, session.agent, now)
        login_live = self._circumstances.login_live(session.agent_login, now)
        found = ((Obstacle.CASE_NOT_LIVE, case_live), (Obstacle.LOGIN_NOT_LIVE, login_live))
        return tuple(obstacle for obstacle, holds in found if holds is not True)

    def stamped(self, session: Session | None, stamp: Stamp, now: int) -> None:
        """The gate asks. `session` is None where there is no such session any more: then nothing is kept."""
        if session is None:
            return
        self._stamps[stamp.session] = stamp.stamp
        self._renew(session, now)

    def granted(self, session: Session, now: int) -> None:
        """Media was granted: with the last stamp it flows at once, without waiting up to half a second."""
        self._renew(session, now)

    def revoke(self, session: SessionId, epoch: int) -> None:
        self._revoked_through[session] = max(epoch, self._revoked_through.get(session, 0))
        self._gate.revoke(session, epoch)

    def close(self, session: SessionId) -> None:
        """The legs go; the floor stays, since the session may open new ones."""
        self._stamps.pop(session, None)
        self._gate.close(session)

    def forget(self, session: SessionId) -> None:
        """The session is over and its row says so."""
        self._stamps.pop(session, None)
        self._revoked_through.pop(session, None)
        self._sound.pop(session, None)

    def _renew(self, session: Session, now: int) -> None:
        """A lease does not outlive the knowledge that it rests on."""
        stamp = self._stamps.get(session.id)
        if stamp is not None and self.permitted(session, now):
            life_ms = min(LEASE_TTL_MS, self._circumstances.reliable_ms())
            self._gate.renew(session.id, session.epoch, stamp, life_ms)
