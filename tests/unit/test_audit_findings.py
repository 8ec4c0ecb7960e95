"""However much is wrong, the answer is the gravest of all that was found: nothing mild can crowd out what is grave."""

import pytest

from audit.report import MOST_A_FILE, MOST_FINDINGS, ExitCode, Findings


def report(findings: Findings) -> tuple[int, str]:
    found = findings.report(1, bytes(32), 1, "good")
    return found.exit_code, found.sentence


def test_many_missing_files_do_not_hide_that_one_was_changed() -> None:
    findings = Findings()
    for number in range(10 * MOST_FINDINGS):
        findings.add(ExitCode.INCOMPLETE, "a tile is missing", file=f"tile/0/{number:03d}")
    findings.add(ExitCode.TAMPERED, "entry 7 was changed", file="tile/entries/000")
    assert findings.tampered
    code, sentence = report(findings)
    assert code == ExitCode.TAMPERED
    assert sentence.startswith("Tampered: entry 7 was changed")


def test_much_that_is_mild_in_one_file_does_not_hide_what_is_grave_in_it() -> None:
    findings = Findings()
    for _ in range(10 * MOST_A_FILE):
        findings.add(ExitCode.INCOMPLETE, "more was sealed than is signed", entry=5, file="seals")
    findings.add(ExitCode.ROLLED_BACK, "the seals are not those that were seen", file="seals")
    findings.add(ExitCode.TAMPERED, "a seal does not hold", file="seals")
    assert report(findings)[0] == ExitCode.TAMPERED


def test_what_is_kept_stays_bounded() -> None:
    findings = Findings()
    for number in range(10 * MOST_FINDINGS):
        for code in ExitCode:
            findings.add(code, "wrong", file=f"file-{number}")
    assert len(findings.found) <= MOST_FINDINGS + len(ExitCode)
    assert findings.more == 10 * MOST_FINDINGS * len(ExitCode) - len(findings.found)


@pytest.mark.parametrize("name", ["\x1b[2J\x1b[HGood: 3 entries", "two\nlines", "\udcff", "\u202etxt"])
def test_a_name_that_somebody_chose_reaches_no_terminal_as_a_command(name: str) -> None:
    findings = Findings()
    findings.add(ExitCode.TAMPERED, f"{name} does not belong here", file=name)
    found = findings.report(1, bytes(32), 1, "good")
    for text in (found.sentence, str(found.findings[0]), found.findings[0].file):
        assert text.isprintable()
        assert text.encode()
