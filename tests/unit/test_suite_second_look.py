"""A test that failed beside others is tried once more, alone, and named; what fails twice, or in numbers, failed."""

from pathlib import Path

import pytest

from tests import suite

COMES_AND_GOES = """
from pathlib import Path

def test_passes_at_the_second_look():
    seen = Path(__file__).with_name("seen")
    before = seen.exists()
    seen.touch()
    assert before
"""
NEVER_PASSES = "def test_fails():\n    assert not True\n"
MANY = "import pytest\n@pytest.mark.parametrize('n', range(6))\ndef test_fails(n):\n    assert n > 9\n"


@pytest.mark.parametrize(
    ("written", "code", "tried_again", "named"),
    [(COMES_AND_GOES, 0, True, True), (NEVER_PASSES, 1, True, False), (MANY, 1, False, False)],
    ids=["comes and goes", "never passes", "many at once"],
)
def test_only_what_passes_alone_counts_as_passed_and_is_named(
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    written: str,
    code: int,
    tried_again: bool,
    named: bool,
) -> None:
    (tmp_path / "test_one.py").write_text(written)
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")  # they take a second each to load
    assert suite.main([suite.AFRESH], tmp_path) == code
    said = capfd.readouterr().out
    assert ("A second look" in said) is tried_again
    assert ("PASSED ONLY ALONE" in said and "test_passes_at_the_second_look" in said) is named
