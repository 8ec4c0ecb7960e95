"""A file of shifts, as an operator imports it. Strict, and all or nothing. Pure.

1. UTF-8, RFC 4180, as `support.customer_file`. At most 256 KiB and 1,000 rows: a week of 200 people.
2. The first row is `agent,from,to`: a username, and two moments as RFC 3339 has them, to the minute or the second, with
   the distance to UTC (`2026-11-30T09:00+09:00`, `2026-11-30T00:00:00Z`): a roster that leaves the zone out would be
   read wrongly somewhere.
3. A shift lasts from 15 minutes to 24 hours. It ended at most 14 days ago and begins within 60 days.
4. All rows are looked at, and everything that is wrong is told with its line, without repeating what stands there.
"""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from support.customer_file import BadRow, FileRefused, rows_of

LARGEST_FILE_BYTES: Final = 256 * 1024
MOST_ROWS: Final = 1_000
HEADER: Final = ("agent", "from", "to")
SHORTEST_MS: Final = 15 * 60_000
LONGEST_MS: Final = 24 * 3_600_000
OLDEST_MS: Final = 14 * 24 * 3_600_000
FURTHEST_MS: Final = 60 * 24 * 3_600_000
_MOMENT: Final = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(:[0-9]{2})?(Z|[+-][0-9]{2}:[0-9]{2})", re.ASCII
)
_USERNAME: Final = re.compile(r"[\x21-\x7e]{1,64}", re.ASCII)


@dataclass(frozen=True, slots=True)
class GivenShift:
    """Times are UTC ms; `to_ms` is exclusive."""

    line: int
    username: str
    from_ms: int
    to_ms: int


class _RowRefused(Exception):
    pass


def read(content: bytes, now_ms: int) -> list[GivenShift]:
    """All shifts of the file. Raises FileRefused."""
    rows = rows_of(content, LARGEST_FILE_BYTES, HEADER)
    header = next(rows, None)
    if header is None or tuple(header[1]) != HEADER:
        raise FileRefused([BadRow(1, f"The first row is {','.join(HEADER)}, exactly so.")])
    shifts: list[GivenShift] = []
    bad: list[BadRow] = []
    for number, (line, row) in enumerate(rows, start=1):
        if number > MOST_ROWS:
            raise FileRefused([BadRow(0, f"The file has more than {MOST_ROWS} rows. Split it.")])
        try:
            shifts.append(_shift(line, row, now_ms))
        except _RowRefused as error:
            bad.append(BadRow(line, str(error)))
    if bad:
        raise FileRefused(bad)
    if not shifts:
        raise FileRefused([BadRow(0, "The file has no rows below its first.")])
    return shifts


def _shift(line: int, row: list[str], now_ms: int) -> GivenShift:
    if len(row) != len(HEADER):
        raise _RowRefused(f"There are {len(row)} fields, and the first row has {len(HEADER)}.")
    username, begins, ends = row[0], _moment(row[1]), _moment(row[2])
    if _USERNAME.fullmatch(username) is None:
        raise _RowRefused("This is no username.")
    if not SHORTEST_MS <= ends - begins <= LONGEST_MS:
        raise _RowRefused("A shift lasts from 15 minutes to 24 hours.")
    if ends < now_ms - OLDEST_MS or begins > now_ms + FURTHEST_MS:
        raise _RowRefused("A shift ended at most 14 days ago and begins within 60 days.")
    return GivenShift(line, username, begins, ends)


def _moment(text: str) -> int:
    unreadable = _RowRefused("A time is written as in 2026-11-30T09:00+09:00, with the distance to UTC or Z.")
    if _MOMENT.fullmatch(text) is None:
        raise unreadable
    try:
        return int(datetime.fromisoformat(text).timestamp() * 1_000)
    except (ValueError, OverflowError):
        raise unreadable from None
