"""What else must forget somebody whose keys are destroyed: caches, tags of an index, whatever lies beside the log."""

from collections.abc import Sequence
from typing import Protocol


class Forgetting(Protocol):
    async def forget(self, subject: str, sessions: Sequence[str]) -> None:
        """On return nothing of the subject and of their sessions is kept here, in memory or on disk.

        Called twice: while the subject's keys still open (for tags that are found by a key), and again once they are
        destroyed (for what was read meanwhile). Calling it again, also after a crash and without keys, does no harm.
        """
        ...
