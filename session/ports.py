"""What the conductor needs from outside. Implemented in `server`; one suite for each port, which all must pass."""

from collections.abc import Callable
from enum import Enum
from typing import Protocol

from audit.ports import AuditWriter, Listener
from session.identity import CaseId, LoginId, SessionId, StaffId
from session.model import Session


class Clock(Protocol):
    def now_ms(self) -> int:
        """UTC milliseconds. May jump: nothing that bounds a lease reads it."""
        ...


class SessionConflict(Exception):
    """The row changed since it was loaded, or is there already, or is not there; nothing was written."""


class StoreUnavailable(Exception):
    """The database cannot be asked now. Nothing may be assumed to be written."""


class SessionStore(Protocol):
    """The committed truth about sessions. All methods raise StoreUnavailable if the database does not answer in 2 s."""

    async def create(self, session: Session, *, log_index: int) -> None:
        """Insert the row. `log_index` is the index of the durable intent entry. Committed on return.

        Raises SessionConflict if there is a row of this id.
        """
        ...

    async def load(self, session: SessionId) -> Session | None: ...

    async def save(self, session: Session, *, log_index: int | None) -> Session:
        """Write if the stored version equals `session.version`, and return it with the version raised by one.

        `log_index` is that of the durable intent entry; None for what takes access away, which is logged afterwards,
        and for what is no entry (a presence). Raises SessionConflict. Committed on return.
        """
        ...

    async def unfinished(self) -> list[Session]:
        """Every session whose state is not `ended`."""
        ...


class Homes(Protocol):
    """Which server moves a session: the one that opened it, as long as it is a member of those that share the store."""

    @property
    def shared(self) -> bool:
        """Other servers may hold sessions of the same store. False: whatever is not held here is held nowhere."""
        ...

    def sure(self) -> bool:
        """Whether this server may give anything now. Answered at once; what takes access away does not ask."""
        ...

    async def claim(self, session: SessionId) -> bool:
        """Whether this server is its home from now on; False while another is or may be. Raises StoreUnavailable."""
        ...

    def release(self, session: SessionId) -> None:
        """It has ended, and the row says so. Never waits, never raises."""
        ...

    def changed(self) -> None:
        """Something was written that concerns other servers: they should look. Never waits, never raises."""
        ...


class Notices(Protocol):
    def session_changed(self, session: Session) -> None:
        """Tell whoever looks at this session. Never waits, never raises."""
        ...


class HeardLog(AuditWriter, Protocol):
    """A log that also tells of its entries."""

    def subscribe(self, listener: Listener) -> Callable[[], None]:
        """As `audit.ports.AuditReader.subscribe`: each entry once it is durable, before its writer goes on.

        `entry.event` is the very object that was appended: equal ones are told apart by that.
        """
        ...


class Sight(Enum):
    """How well the outside is known. Only in CLEAR is a "no" of `case_live` a reason to end anything."""

    CLEAR = "clear"
    DIM = "dim"  # it could not be read lately: nothing is shown, and nothing ends yet
    LOST = "lost"  # for so long that nobody need wait


class Circumstances(Protocol):
    """What else must hold for media to flow, answered at once from memory. Unknown means False."""

    def sight(self) -> Sight:
        """Measured on a clock that does not jump. In anything but CLEAR `case_live` is False."""
        ...

    def reliable_ms(self) -> int:
        """For how long from now what is answered here holds even if nothing can be read any more; 0 unless CLEAR."""
        ...

    def case_live(self, case: CaseId, agent: StaffId, now: int) -> bool:
        """The case rule: open, assigned to this agent, active within 8 hours."""
        ...

    def blocked(self, agent: StaffId, now: int) -> bool:
        """The agent is blocked: then none of their sign-ins is live either. For telling why a share ended."""
        ...

    def login_live(self, login: LoginId, now: int) -> bool:
        """The agent's sign-in is neither ended nor expired, and the agent is not blocked."""
        ...
