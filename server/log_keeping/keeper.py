"""What every keeper of the log offers."""

from typing import Protocol


class Keeper(Protocol):
    @property
    def name(self) -> str:
        """Names its task in health and in messages."""
        ...

    async def run(self) -> None:
        """Until it is cancelled. What it cannot do now it tries again later; an exception is a fault of ours."""
        ...
