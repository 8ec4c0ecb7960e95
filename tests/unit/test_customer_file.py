"""A file of customers: strict, whole or not at all, and silent about what stands in it."""

import csv
import io
import random

import pytest

from support.customer_file import LARGEST_FILE_BYTES, MOST_ROWS, FileRefused, read
from support.masking import FieldKind

HEADER = "reference,name,email,phone,account:account,note:text"
ROWS = [
    "K-1,Mei Ono,mei.ono@example.com,+81 3-5555-0100,12345678,",
    'K-2,"Sato, Haruto",,,,"calls ""early"""',
    "K-3,Łucja Żak,l.zak@example.pl,(22) 555 01 02,PL61109010140000071219812874,x",
]
GOOD = "\r\n".join([HEADER, *ROWS, ""]).encode()
MUTANTS = 10_000


def lines_of(content: bytes) -> list[tuple[int, str]]:
    with pytest.raises(FileRefused) as refused:
        read(content)
    return [(row.line, row.sentence) for row in refused.value.rows]


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize("ending", ["\n", "\r\n"])
def test_a_file_is_read_as_it_is_meant(mark: bytes, ending: str) -> None:
    found = read(mark + ending.join([HEADER, *ROWS]).encode())
    assert [one.reference for one in found] == ["K-1", "K-2", "K-3"]
    assert [one.line for one in found] == [2, 3, 4]
    assert found[1].name == "Sato, Haruto"
    assert [(field.name, field.kind) for field in found[0].fields] == [
        ("name", FieldKind.NAME),
        ("email", FieldKind.EMAIL),
        ("phone", FieldKind.PHONE),
        ("account", FieldKind.ACCOUNT),
    ]
    assert found[1].fields[-1].value == 'calls "early"'


@pytest.mark.parametrize(
    ("content", "line"),
    [
        (b"", 0),
        (b"reference,name,email,phone\n", 0),
        (b"reference,name,phone,email\nK-1,a,,\n", 1),
        (b"Reference,name,email,phone\nK-1,a,,\n", 1),
        (b"reference;name;email;phone\nK-1;a;;\n", 1),
        (b"reference,name,email,phone,note\nK-1,a,,,x\n", 1),
        (b"reference,name,email,phone,note:secret\nK-1,a,,,x\n", 1),
        (b"reference,name,email,phone,name:text\nK-1,a,,,x\n", 1),
        (b"reference,name,email,phone,a:text,a:text\nK-1,a,,,x,y\n", 1),
        (b"reference,name,email,phone\nK-1,a,\n", 2),
        (b"reference,name,email,phone\nK-1,a,,,\n", 2),
        (b"reference,name,email,phone\n\nK-1,a,,\n", 2),
        (b"reference,name,email,phone\nK-1,,,\n", 2),
        (b"reference,name,email,phone\n,a,,\n", 2),
        (b"reference,name,email,phone\nK 1,a,,\n", 2),
        (b"reference,name,email,phone\nK-1,a,nobody,\n", 2),
        (b"reference,name,email,phone\nK-1,a,,call me\n", 2),
        (b'reference,name,email,phone\nK-1,"a\nb",,\n', 2),
        (b'reference,name,email,phone\nK-1,"a"b,,\n', 2),
        (b'reference,name,email,phone\nK-1,"a,,\n', 2),
        (b"reference,name,email,phone\nK-1,a\x00,,\n", 2),
        (b"reference,name,email,phone\nK-1,\xff,,\n", 2),
        ("reference,name,email,phone\nK-1,\u202ea,,\n".encode(), 2),
        (b"reference,name,email,phone\nK-1,a,,\nK-2,b,,\nK-1,a,,\n", 4),
    ],
)
def test_what_is_wrong_is_told_with_its_line(content: bytes, line: int) -> None:
    assert [found for found, _ in lines_of(content)] == [line]


def test_everything_that_is_wrong_is_told_at_once_and_without_the_values() -> None:
    rows = ["K-1,Mei Ono,mei at home,", "K-2,Haruto Sato,,ask Haruto", "K 3,Emma,,"]
    told = lines_of("\n".join(["reference,name,email,phone", *rows]).encode())
    assert [line for line, _ in told] == [2, 3, 4]
    assert not any(value in sentence for _, sentence in told for value in ("Mei", "Haruto", "Emma", "home"))


def test_rows_over_several_lines_keep_the_count_of_lines() -> None:
    content = b'reference,name,email,phone\nK-1,"a\nb",,\nK-2,,,\n'
    assert [line for line, _ in lines_of(content)] == [2, 4]


def test_there_is_a_most_of_everything() -> None:
    many = "\n".join(["reference,name,email,phone", *(f"K-{number},a,," for number in range(MOST_ROWS))])
    assert len(read(many.encode())) == MOST_ROWS
    assert [line for line, _ in lines_of(f"{many}\nK-x,a,,".encode())] == [0]
    assert [line for line, _ in lines_of(b"x" * (LARGEST_FILE_BYTES + 1))] == [0]
    assert lines_of(b"reference,name,email,phone\nK-1," + b"a" * 200_000 + b",,\n")


def test_ten_thousand_mutants_are_read_or_refused_and_never_anything_else() -> None:
    chance = random.Random(20_261)  # noqa: S311  # the same mutants each time
    read_in, refusals = 0, []
    for _ in range(MUTANTS):
        mutant = bytearray(GOOD)
        for _ in range(chance.randint(1, 4)):
            mutate(mutant, chance)
        try:
            found = read(bytes(mutant))
        except FileRefused as refused:
            refusals.append(refused.rows)
            continue
        read_in += 1
        assert len({one.reference for one in found}) == len(found)
        assert all(one.name and all(field.value.isprintable() for field in one.fields) for one in found)
    assert read_in
    assert len(refusals) == MUTANTS - read_in
    assert all(refusals)


def mutate(content: bytearray, chance: random.Random) -> None:
    at = chance.randrange(len(content))
    match chance.randrange(4):
        case 0:
            content[at] = chance.randrange(256)
        case 1:
            del content[at : at + chance.randint(1, 20)]
        case 2:
            content[at:at] = chance.choice(
                (b'"', b",", b"\n", b"\r", b"\x00", b"\xff", b"\xe2\x80\xae", b",,,,", b'""')
            )
        case _:
            content[at:at] = content[: chance.randint(1, 60)]


def test_what_a_careful_program_writes_is_read_back() -> None:
    written = io.StringIO(newline="")
    writer = csv.writer(written)
    writer.writerow(["reference", "name", "email", "phone", "note:text"])
    writer.writerow(["K-1", 'Mei "M" Ono, Dr.', "mei@example.com", "0355550100", "a,b"])
    (one,) = read(written.getvalue().encode())
    assert (one.name, one.fields[-1].value) == ('Mei "M" Ono, Dr.', "a,b")
