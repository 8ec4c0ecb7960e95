"""Homes where there is one server: it has all sessions, and nobody to tell."""

from session.identity import SessionId


class OnlyHome:
    """Implements Homes."""

    shared = False

    def sure(self) -> bool:
        return True

    async def claim(self, session: SessionId) -> bool:  # noqa: ARG002  # the port's arguments
        return True

    def release(self, session: SessionId) -> None:
        pass

    def changed(self) -> None:
        pass
