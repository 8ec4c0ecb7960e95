"""How many entries one process verifies in a second (`audit.verify`), and what a proof costs (`audit.proof`).

A million entries in a public folder, looked through as `tachiai audit verify` does without a former state: every leaf
parsed and hashed, every tile proved from the signed root, ids and emitters' numbers compared. The peer `sha256` hashes
the same leaves' bytes in a loop and does nothing else, in the same run.
"""

import hashlib
import tempfile
import time
from pathlib import Path
from typing import Final

from audit.disk import Disk
from audit.proving import Prover
from audit.public import PublicFolder
from audit.report import ExitCode
from audit.tile import decode_bundle
from audit.verify import verify_folder
from tests.bench.synthetic_log import write_public
from tests.bench.table import Row, row, show

ENTRIES: Final = 1_000_000
PROOFS: Final = 200


def verified_a_second(public: Path, key: str) -> float:
    started = time.perf_counter()
    report = verify_folder(public, verifier_key=key)
    if report.exit_code != ExitCode.GOOD:
        raise SystemExit(report.sentence)
    return report.size / (time.perf_counter() - started)


def hashed_a_second(public: Path) -> float:
    count, took = 0, 0.0
    for path in sorted((public / "tile" / "entries").rglob("*")):
        if path.is_file():
            leaves = [leaf for _, leaf in decode_bundle(path.read_bytes())]
            started = time.perf_counter()
            for leaf in leaves:
                hashlib.sha256(leaf).digest()
            took += time.perf_counter() - started
            count += len(leaves)
    return count / took


def proofs(public: Path) -> tuple[float, int]:
    """Milliseconds for one, without anything kept from the one before, and the bytes of the longest."""
    prover = Prover(PublicFolder(public, public, Disk()))
    started, longest = time.perf_counter(), 0
    for number in range(PROOFS):
        proof = prover.inclusion(number * (ENTRIES // PROOFS), ENTRIES)
        longest = max(longest, sum(len(part) for part in proof))
    return (time.perf_counter() - started) * 1000 / PROOFS, longest


def rows() -> list[Row]:
    with tempfile.TemporaryDirectory() as folder:
        public = Path(folder)
        key = write_public(public, ENTRIES)
        own, peer = verified_a_second(public, key), hashed_a_second(public)
        took_ms, longest = proofs(public)
    at = {"entries": ENTRIES}
    return [
        row("audit.verify", at, "entries/s", own, {"sha256": peer}),
        row("audit.proof", {**at, "bytes": longest}, "ms", took_ms, {}),
    ]


def main(json: bool) -> int:
    show(rows(), as_json=json)
    return 0
