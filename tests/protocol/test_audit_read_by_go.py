"""What we publish and prove, read by Go's own implementation of signed notes and transparency logs."""

import base64
import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from audit.checkpoint import open_checkpoint
from audit.disk import Disk
from audit.note import Verifier
from audit.proving import Prover
from audit.public import PublicFolder
from audit.tile import decode_bundle
from audit.tree import leaf_hash, root_of
from audit.verifying.prove import prove
from audit.verifying.source import FolderSource
from tests.bench.synthetic_log import write_public

ENTRIES = 700
INDICES = [0, 1, 2, 254, 255, 256, 257, 511, 512, 513, 640, 698, 699]
SIZES = [1, 2, 3, 255, 256, 257, 511, 512, 513, 640, 698, 699, 700]


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The program, built once, out of the sources that Debian's packages bring and with no network."""
    folder = tmp_path_factory.mktemp("go")
    source = Path(__file__).parent / "go_reader" / "main.go"
    environment = {
        "PATH": os.defpath,
        "HOME": str(folder),
        "GO111MODULE": "off",
        "GOPATH": "/usr/share/gocode",
        "GOCACHE": str(folder / "cache"),
        "CGO_ENABLED": "0",
    }
    built = folder / "reader"
    command = ["go", "build", "-o", str(built), str(source)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=110)
    assert done.returncode == 0, done.stderr
    return built


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("log")
    (folder / "key").write_text(write_public(folder / "public", ENTRIES))
    return folder


def cases(folder: Path) -> dict[str, object]:
    public = folder / "public"
    prover = Prover(PublicFolder(public, folder, Disk()))
    bundles = [public / "tile" / "entries" / name for name in ("000", "001", "002.p/188")]
    digests = [leaf_hash(leaf) for path in bundles for _, leaf in decode_bundle(path.read_bytes())]
    assert len(digests) == ENTRIES
    proofs = []
    for index in INDICES:
        found = prove(FolderSource(public), (folder / "key").read_text(), index)
        path = folder / f"{index}.tlog-proof"
        path.write_bytes(found.proof.encode())
        proofs.append(str(path))
    return {
        "Inclusion": [
            {"Index": index, "Hashes": in_base64(prover.inclusion(index, ENTRIES))} for index in INDICES
        ],
        "Consistency": [
            {
                "Size": size,
                "Root": in_base64([root_of(digests[:size])])[0],
                "Hashes": in_base64(prover.consistency(size, ENTRIES)),
            }
            for size in SIZES
        ],
        "Proofs": proofs,
    }


def in_base64(hashes: list[bytes]) -> list[str]:
    return [base64.b64encode(one).decode() for one in hashes]


def read(reader: Path, folder: Path, told: dict[str, object]) -> tuple[int, str]:
    file = folder / "cases.json"
    file.write_text(json.dumps(told))
    command = [str(reader), str(folder / "public"), (folder / "key").read_text(), str(file)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    return done.returncode, done.stdout + done.stderr


def test_go_finds_our_checkpoint_tiles_bundles_and_proofs_good(reader: Path, published: Path) -> None:
    code, said = read(reader, published, cases(published))
    assert code == 0, said
    assert said.split() == ["700", str(len(INDICES)), str(len(SIZES)), str(len(INDICES))]
    key = Verifier.parse((published / "key").read_text())
    assert open_checkpoint((published / "public" / "checkpoint").read_bytes(), key).size == ENTRIES


@pytest.mark.parametrize("name", ["checkpoint", "tile/0/001", "tile/1/000.p/2", "tile/entries/000"])
def test_go_refuses_what_was_changed(reader: Path, published: Path, tmp_path: Path, name: str) -> None:
    """So it does look at each of them."""
    told = cases(published)
    folder = shutil.copytree(published, tmp_path / "changed")
    path = folder / "public" / name
    data = bytearray(path.read_bytes())
    data[20] ^= 1
    path.write_bytes(data)
    code, said = read(reader, folder, told)
    assert code == 1, said
