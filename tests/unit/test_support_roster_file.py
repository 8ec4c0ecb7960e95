"""A file of shifts: strict, whole or not at all, and silent about what stands in it."""

import random

import pytest

from support.customer_file import FileRefused
from support.roster_file import FURTHEST_MS, LARGEST_FILE_BYTES, MOST_ROWS, OLDEST_MS, GivenShift, read

NOW_MS = 1_795_910_400_000  # 2026-11-29T00:00:00Z
HEADER = "agent,from,to"
ROW = "aiko,2026-11-30T09:00+09:00,2026-11-30T17:30+09:00"
GOOD = f"{HEADER}\r\n{ROW}\r\nben,2026-11-30T22:00:00Z,2026-12-01T06:00:00Z\r\n".encode()
MUTANTS = 10_000


def lines_of(content: bytes) -> list[int]:
    with pytest.raises(FileRefused) as refused:
        read(content, NOW_MS)
    assert all("aiko" not in row.sentence for row in refused.value.rows)
    return [row.line for row in refused.value.rows]


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_a_file_is_read_as_it_is_meant_wherever_the_reader_is(mark: bytes) -> None:
    day = 24 * 3_600_000
    assert read(mark + GOOD, NOW_MS) == [
        GivenShift(2, "aiko", NOW_MS + day, NOW_MS + day + 8 * 3_600_000 + 1_800_000),
        GivenShift(3, "ben", NOW_MS + day + 22 * 3_600_000, NOW_MS + day + 30 * 3_600_000),
    ]


@pytest.mark.parametrize(
    "row",
    [
        "aiko,2026-11-30T09:00,2026-11-30T17:30",  # whose nine o'clock?
        "aiko,2026-11-30 09:00+09:00,2026-11-30 17:30+09:00",
        "aiko,2026-11-31T09:00Z,2026-11-31T17:30Z",
        "aiko,2026-11-30T09:00Z,2026-11-30T09:14Z",
        "aiko,2026-11-30T09:00Z,2026-12-01T09:01Z",
        "aiko,2026-11-30T17:00Z,2026-11-30T09:00Z",
        "aiko,2026-11-30T09:00Z",
        "aiko,2026-11-30T09:00Z,2026-11-30T17:00Z,x",
        ",2026-11-30T09:00Z,2026-11-30T17:00Z",
        "ai ko,2026-11-30T09:00Z,2026-11-30T17:00Z",
        "aiko,２０２６-11-30T09:00Z,2026-11-30T17:00Z",
        "aiko,2026-11-01T09:00Z,2026-11-01T17:00Z",
        "aiko,2027-02-01T09:00Z,2027-02-01T17:00Z",
        "aiko,9999-12-31T23:59-23:59,9999-12-31T23:59-23:59",
    ],
)
def test_a_row_that_is_not_exactly_so_is_told_by_its_line(row: str) -> None:
    assert lines_of(f"{HEADER}\n{ROW}\n{row}\n{ROW}".encode()) == [3]


def test_the_whole_file_is_refused_where_it_cannot_be_meant() -> None:
    assert lines_of(b"") == [0]
    assert lines_of(HEADER.encode()) == [0]
    assert lines_of(f"Agent,from,to\n{ROW}".encode()) == [1]
    assert lines_of(b"agent,from,to\n\xff") == [2]
    assert lines_of(f'{HEADER}\n"aiko,{ROW}'.encode()) == [2]
    assert lines_of("\n".join([HEADER, *[ROW] * (MOST_ROWS + 1)]).encode()) == [0]
    assert lines_of(GOOD + b" " * LARGEST_FILE_BYTES) == [0]
    assert len(read("\n".join([HEADER, *[ROW] * MOST_ROWS]).encode(), NOW_MS)) == MOST_ROWS


def test_mutants_are_read_within_the_limits_or_refused() -> None:
    dice = random.Random(7)  # noqa: S311
    for _ in range(MUTANTS):
        mutant = bytearray(GOOD)
        for _ in range(dice.randint(1, 3)):
            mutant[dice.randrange(len(mutant))] = dice.randrange(256)
        try:
            found = read(bytes(mutant), NOW_MS)
        except FileRefused:
            continue
        for one in found:
            assert one.to_ms >= NOW_MS - OLDEST_MS
            assert one.from_ms <= NOW_MS + FURTHEST_MS
            assert one.username
