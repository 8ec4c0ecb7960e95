"""The diagram says what the table says."""

from session import states
from session.transitions import TABLE


def test_the_diagram_is_up_to_date() -> None:
    assert states.main(["--check"]) == 0


def test_the_document_has_a_row_for_every_rule() -> None:
    rows = [line for line in states.document().splitlines() if line.startswith("| `")]
    assert len(rows) == len(TABLE) + 1
