"""A file of customers, as an operator imports it. Strict, and all or nothing. Pure.

1. UTF-8, with a byte order mark or without; RFC 4180: commas, double quotes, CRLF or LF. At most 4 MiB and 10,000 rows.
2. The first row is `reference,name,email,phone`, in this order, and behind it further fields as `field:kind`, the kind
   one of `support.masking.FieldKind`, for instance `account:account` or `last_transfer:text`.
3. `email` and `phone` may be empty; `reference` and `name` may not. A reference stands in one row only.
4. All rows are looked at, and everything that is wrong is told with its line, without repeating what stands there.
"""

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from support.customer import CustomerField
from support.intake import MOST_EXTRA, IntakeRefused, extra_name, field_kind, record, reference
from support.masking import FieldKind

LARGEST_FILE_BYTES: Final = 4 * 1024 * 1024
MOST_ROWS: Final = 10_000
USUAL: Final = ("reference", "name", "email", "phone")


@dataclass(frozen=True, slots=True)
class BadRow:
    """`line` counts from 1, the header's; 0 is the file as a whole."""

    line: int
    sentence: str


@dataclass(frozen=True, slots=True)
class GivenCustomer:
    line: int
    reference: str
    fields: tuple[CustomerField, ...] = field(repr=False)

    @property
    def name(self) -> str:
        return self.fields[0].value


class FileRefused(Exception):
    """What is wrong, in the order of lines. Nothing was taken in."""

    def __init__(self, rows: list[BadRow]) -> None:
        super().__init__(f"{len(rows)} things are wrong with the file; nothing was taken in.")
        self.rows = rows


def read(content: bytes) -> list[GivenCustomer]:
    """All customers of the file. Raises FileRefused."""
    rows = rows_of(content, LARGEST_FILE_BYTES, USUAL)
    return _customers(rows, _extra_columns(next(rows)))


def rows_of(content: bytes, largest: int, header: Sequence[str]) -> Iterator[tuple[int, list[str]]]:
    """Each row with the line that it begins in, the first row too. `header` is only told. Raises FileRefused, also
    while iterating."""
    if len(content) > largest:
        raise _whole(f"The file is larger than {largest // 1024} KiB. Split it.")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise FileRefused([BadRow(line, "This is not UTF-8. Save the file as “CSV UTF-8”.")]) from None
    if not text:
        raise _whole(f"The file is empty. Its first row is {','.join(header)}.")
    return _rows(text)


def _rows(text: str) -> Iterator[tuple[int, list[str]]]:
    """Each row with the line it begins in. Raises FileRefused."""
    reader = csv.reader(_lines(text), strict=True)
    begins = 1
    while True:
        try:
            row = next(reader, None)
        except csv.Error as error:
            raise FileRefused([BadRow(begins, f"The quotes or commas do not fit: {error}.")]) from None
        if row is None:
            return
        yield begins, row
        begins = reader.line_num + 1


def _lines(text: str) -> Iterator[str]:
    """As the reader wants them: split at LF alone, so that lines are counted as editors count them."""
    lines = text.split("\n")
    yield from (line + "\n" for line in lines[:-1])
    if lines[-1]:
        yield lines[-1]


def _extra_columns(header: tuple[int, list[str]]) -> list[tuple[str, FieldKind]]:
    _, names = header
    if tuple(names[: len(USUAL)]) != USUAL:
        raise FileRefused([BadRow(1, f"The first row begins with {','.join(USUAL)}, exactly so.")])
    extra = names[len(USUAL) :]
    if len(extra) > MOST_EXTRA:
        raise FileRefused([BadRow(1, f"There may be {MOST_EXTRA} further fields.")])
    try:
        columns = [
            (extra_name(name), field_kind(kind)) for name, _, kind in (one.partition(":") for one in extra)
        ]
    except IntakeRefused as error:
        raise FileRefused([BadRow(1, f"{error} A further field is written name:kind.")]) from None
    if len({name for name, _ in columns}) != len(columns):
        raise FileRefused([BadRow(1, "A further field is named twice.")])
    return columns


def _customers(
    rows: Iterator[tuple[int, list[str]]], extra: list[tuple[str, FieldKind]]
) -> list[GivenCustomer]:
    taken: dict[str, GivenCustomer] = {}
    bad: list[BadRow] = []
    for number, (line, row) in enumerate(rows, start=1):
        if number > MOST_ROWS:
            raise _whole(f"The file has more than {MOST_ROWS} rows. Split it.")
        try:
            given = _customer(line, row, extra)
        except IntakeRefused as error:
            bad.append(BadRow(line, str(error)))
            continue
        before = taken.setdefault(given.reference, given)
        if before is not given:
            bad.append(BadRow(line, f"This reference stands in line {before.line} already."))
    if bad:
        raise FileRefused(bad)
    if not taken:
        raise _whole("The file has no rows below its first.")
    return list(taken.values())


def _customer(line: int, row: list[str], extra: list[tuple[str, FieldKind]]) -> GivenCustomer:
    wanted = len(USUAL) + len(extra)
    if len(row) != wanted:
        raise IntakeRefused(f"There are {len(row)} fields, and the first row has {wanted}.")
    named, name, email, phone = row[: len(USUAL)]
    more = [
        (field_name, kind, value) for (field_name, kind), value in zip(extra, row[len(USUAL) :], strict=True)
    ]
    return GivenCustomer(line, reference(named), record(name, email, phone, more))


def _whole(sentence: str) -> FileRefused:
    return FileRefused([BadRow(0, sentence)])
