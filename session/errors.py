"""Why the conductor did not do what was asked. `IllegalEvent` and `SurfaceRefused` are in `transitions`."""

from session.events import SessionEvent
from session.model import Session, State
from session.ports import StoreUnavailable
from session.transitions import IllegalEvent


class SessionUnknown(Exception):
    """There is no such session."""


class SessionElsewhere(Exception):
    """Another server moves this session (421). `row` is what the store says of it."""

    def __init__(self, row: Session) -> None:
        super().__init__("Another server looks after this session. Nothing was changed. Load the page again.")
        self.row = row


class CutOff(StoreUnavailable):
    """This server does not know at the moment what others have taken away, so it gives nothing (503)."""

    def __init__(self) -> None:
        super().__init__(
            "This server has lost touch with what it shares with others. Nothing was granted, and no picture is "
            "shown. Try again in a minute."
        )


class NotRecorded(Exception):
    """The log cannot take the entry, so nothing was done: no record, no access. To be tried again later (503)."""


class OpeningRefused(Exception):
    """The case is not live for this agent, or the sign-in is not: nothing was opened, and the refusal is recorded."""


class TooCrowded(OpeningRefused):
    """Another session stands in the way (see `admission`): nothing was opened, and the refusal is recorded."""


class AlreadyInSession(IllegalEvent):
    """The customer, or the customer's browser, is in another session that is under way. Nothing took effect."""

    def __init__(self, state: State, event: SessionEvent) -> None:
        reason = "You are in another session already. Leave that one first, then open this invitation again."
        super().__init__(state, event, reason)


class Overtaken(IllegalEvent):
    """While this waited for its record something took access away, which counts. Nothing of it took effect."""

    def __init__(self, state: State, event: SessionEvent) -> None:
        super().__init__(state, event, "The session changed in the meantime. Nothing of this took effect.")


class ChatRefused(Exception):
    """A message was not taken: nobody but who wrote it has seen it. `code` is PROTOCOL.md's."""

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code


class GuidanceRefused(ChatRefused):
    """A gesture or an instruction of the agent was not taken: the customer's page shows nothing of it."""
