"""What was noted of witnesses is read back, and what cannot be read makes nobody feel safe."""

from pathlib import Path

import pytest

from server.log_keeping.witness_notes import WitnessNotes, read_notes, write_notes


def test_notes_are_read_back_and_none_are_no_fault(tmp_path: Path) -> None:
    file = tmp_path / "witnesses.json"
    assert read_notes(file) == WitnessNotes()
    write_notes(file, WitnessNotes())
    assert read_notes(file) == WitnessNotes()


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"x":1', b"\xff\xfe", b'{"lost":["\xff"]}', b"null"])
def test_what_cannot_be_read_is_told_from_nothing(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "witnesses.json"
    file.write_bytes(content)
    assert read_notes(file) is None
