"""`tachiai audit prove`: a proof that others can check, or a sentence that says why there is none."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from audit.checkpoint import open_checkpoint
from audit.note import Verifier
from audit.receipts.tlog_proof import parse_proof
from audit.report import ExitCode
from audit.tile import decode_bundle
from audit.tree import check_inclusion, leaf_hash
from server.commands.audit.prove import prove
from tests.bench.synthetic_log import write_public
from tests.unit.log_at_address import serving

ENTRIES = 700


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "key").write_text(write_public(tmp_path / "public", ENTRIES))
    return tmp_path


def asked(folder: Path, *arguments: str, log: str | None = None) -> Result:
    key = (folder / "key").read_text()
    return CliRunner().invoke(prove, [log or str(folder), *arguments, "--key", key])


def leaf(folder: Path, index: int) -> bytes:
    bundles = folder / "public" / "tile" / "entries"
    path = bundles / f"00{index // 256}"
    data = (path if path.exists() else bundles / "002.p" / str(ENTRIES % 256)).read_bytes()
    return [one for _, one in decode_bundle(data)][index % 256]


@pytest.mark.parametrize("index", [0, 1, 255, 256, 512, 698, 699])
def test_a_proof_leads_from_the_entry_to_the_signed_root(folder: Path, index: int) -> None:
    result = asked(folder, str(index))
    assert result.exit_code == ExitCode.GOOD
    proof = parse_proof(result.stdout_bytes)
    head = open_checkpoint(proof.note, Verifier.parse((folder / "key").read_text()))
    assert (proof.index, head.size) == (index, ENTRIES)
    check_inclusion(leaf_hash(leaf(folder, index)), index, head.size, proof.hashes, head.root)
    assert len(result.stdout_bytes) < 1_536


def test_a_proof_is_written_to_a_file_and_told_as_a_document(folder: Path) -> None:
    path = folder / "entry.tlog-proof"
    result = asked(folder, "3", "-o", str(path), "--json")
    document = json.loads(result.stdout)
    assert path.read_bytes() == document["proof"].encode() == asked(folder, "3").stdout_bytes
    assert (document["index"], document["size"], document["witnessed"]) == (3, ENTRIES, False)


def test_a_proof_is_had_from_an_address_too(folder: Path) -> None:
    with serving(folder / "public") as served:
        result = asked(folder, "650", log=served.address)
        assert result.stdout_bytes == asked(folder, "650").stdout_bytes
        assert len(served.asked) < 12


def test_the_checkpoint_that_witnesses_signed_is_preferred_where_it_reaches_so_far(folder: Path) -> None:
    older = folder / "older"
    write_public(older, 300)
    (folder / "public" / "witnessed").write_bytes((folder / "public" / "checkpoint").read_bytes())
    assert json.loads(asked(folder, "5", "--json").stdout)["witnessed"] is True
    (folder / "public" / "witnessed").write_bytes((older / "checkpoint").read_bytes())
    assert json.loads(asked(folder, "650", "--json").stdout)["witnessed"] is False


@pytest.mark.parametrize(
    ("index", "change", "code", "words"),
    [
        ("700", None, ExitCode.USAGE, "there is no entry 700: the log has 700 signed entries"),
        ("9" * 30, None, ExitCode.USAGE, "there is no entry"),
        ("3", "tile/entries/000", ExitCode.TAMPERED, "does not lead to the signed root"),
        ("300", "tile/0/001", ExitCode.TAMPERED, "does not lead to the signed root"),
        ("300", "-tile/1/000.p/2", ExitCode.INCOMPLETE, "is missing"),
        ("3", "-tile/entries/000", ExitCode.INCOMPLETE, "tile/entries/000 is missing"),
        ("3", "checkpoint", ExitCode.TAMPERED, "does not hold"),
        ("3", "-checkpoint", ExitCode.INCOMPLETE, "no checkpoint"),
    ],
)
def test_no_wrong_proof_is_given(folder: Path, index: str, change: str | None, code: int, words: str) -> None:
    if change is not None:
        path = folder / "public" / change.removeprefix("-")
        data = path.read_bytes()
        path.unlink()
        if not change.startswith("-"):
            place = min(1_900, len(data) - 30)  # within entry 3 of a bundle
            path.write_bytes(data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :])
    result = asked(folder, index, "-o", str(folder / "proof"))
    assert result.exit_code == code
    assert words in result.stderr
    assert not (folder / "proof").exists()


def test_without_a_folder_or_a_key_nothing_is_proved(folder: Path) -> None:
    assert CliRunner().invoke(prove, [str(folder), "3"]).exit_code == ExitCode.USAGE
    assert asked(folder, "3", log="/nowhere").exit_code == ExitCode.USAGE
    assert asked(folder, "3", log="http://example.org/log/").exit_code == ExitCode.USAGE
    assert CliRunner().invoke(prove, [str(folder), "3", "--key", "a+b+c"]).exit_code == ExitCode.USAGE
