"""A witness's folder: its keys, and what it remembers. Made once, and never put back from a copy."""

import secrets
from pathlib import Path
from typing import Final

from audit.disk import Disk
from audit.kek import KeyUnavailable, read_secret, write_secret
from audit.note import KeyInvalid, Kind, Signer
from audit.note_key import SEED_SIZE, WITNESS_KINDS
from audit.witnesses.memory import create_memory

MEMORY: Final = "memory"
EVIDENCE: Final = "evidence"
_KEYS: Final = (("key", Kind.COSIGNATURE), ("key.ml-dsa-44", Kind.ML_DSA_44))


class FolderRefused(Exception):
    """The sentence says what is wrong with the folder, and what to do."""


def make_folder(folder: Path, name: str, *, post_quantum: bool) -> list[Signer]:
    """A witness that has seen nothing. The memory comes last: without it nothing is served, so a witness that was half
    made never signs. Raises FolderRefused."""
    if folder.exists() and any(folder.iterdir()):
        raise FolderRefused(f"{folder} is not empty. Nothing was made. Give a new folder.")
    made: list[Signer] = []
    try:
        Disk().make_folder(folder)
        for file, kind in _KEYS if post_quantum else _KEYS[:1]:
            signer = Signer.from_seed(name, secrets.token_bytes(SEED_SIZE), kind)
            write_secret(folder / file, f"{signer.encode()}\n".encode())
            made.append(signer)
        create_memory(folder / MEMORY)
    except (KeyInvalid, KeyUnavailable, OSError) as error:
        raise FolderRefused(f"The witness cannot be made in {folder}: {error}.") from error
    return made


def signers_in(folder: Path) -> list[Signer]:
    """Its keys, the Ed25519 one first. Raises FolderRefused."""
    found: list[Signer] = []
    for file, _ in _KEYS:
        try:
            if (folder / file).exists():
                text = read_secret(folder / file).decode("ascii", "replace").removesuffix("\n")
                found.append(Signer.parse(text, WITNESS_KINDS))
        except (KeyInvalid, KeyUnavailable, PermissionError) as error:
            raise FolderRefused(f"The witness's key {folder / file} cannot be used: {error}.") from error
    if not found:
        raise FolderRefused(f"There is no witness in {folder}. Make one: tachiai witness init.")
    return found
