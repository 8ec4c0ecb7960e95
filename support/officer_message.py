"""What a security officer writes to an agent. Pure."""

from dataclasses import dataclass
from typing import Final

from support.identity import StaffId

LONGEST_TEXT: Final = 300
UNREAD_AT_MOST: Final = 10  # for one agent: whoever reads none of ten reads no eleventh
LISTED_AT_MOST: Final = 50
KEPT_MS: Final = 90 * 86_400_000  # in the database; what the log keeps is the log's


@dataclass(frozen=True, slots=True)
class OfficerMessage:
    """One line. Times are UTC milliseconds; `log_index`: of the entry that was durable before it could be read."""

    id: str  # "omg_..."
    to: StaffId
    officer: StaffId
    text: str
    written_at_ms: int
    log_index: int
    read_at_ms: int | None = None
