"""The log's second signing key, ML-DSA-44, in a file beside the first: whoever opens the log signs with both.

That the file is there decides, and no setting: a log that was opened without it, for a backup's entry or after a
restore, would publish checkpoints that every holder of both verifier keys refuses.
"""

import secrets
from dataclasses import replace
from pathlib import Path
from typing import Final

from audit.kek import read_secret, write_secret
from audit.note import KeyInvalid, Kind, Signer, Verifier
from audit.note_key import SEED_SIZE

_SUFFIX: Final = ".ml-dsa-44"


def place_beside(signing_key_file: Path) -> Path:
    return signing_key_file.with_name(signing_key_file.name + _SUFFIX)


def new_beside(signing_key_file: Path, origin: str) -> Path:
    """Makes the key, durable on return, and gives its file. Raises KeyUnavailable if it is there already or cannot be
    made, KeyInvalid for an origin that cannot stand in a note."""
    path = place_beside(signing_key_file)
    signer = Signer.from_seed(origin, secrets.token_bytes(SEED_SIZE), Kind.ML_DSA_44)
    write_secret(path, f"{signer.encode()}\n".encode())
    return path


def read_beside(signing_key_file: Path, origin: str) -> Signer | None:
    """None where there is no such file. Raises KeyInvalid, KeyUnavailable, PermissionError."""
    path = place_beside(signing_key_file)
    if not path.exists():
        return None
    text = read_secret(path).decode("ascii", "replace").removesuffix("\n")
    signer = Signer.parse(text, {Kind.ML_DSA_44})
    if signer.name != origin:
        raise KeyInvalid(f"it is a key of {signer.name}, and this log is {origin}")
    return signer


def both(first: Signer, second: Signer | None) -> Verifier:
    """What an auditor is told."""
    return replace(first.verifier, companion=None if second is None else second.verifier)
