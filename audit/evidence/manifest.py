"""What a bundle says of itself: its parts with their hashes. What no proof shows is not believed. Pure."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

import msgspec
from msgspec import UNSET, UnsetType

FORMAT: Final = "tachiai-evidence/v1"
FORMAT_OF_FILE: Final = "tachiai-evidence/v2"
MANIFEST: Final = "manifest.json"
README: Final = "README.txt"
SUMMARY: Final = "summary.txt"
CHECKPOINT: Final = "checkpoint"
RECORDS: Final = "entries.jsonl"
VERIFIER_KEY: Final = "verifier.key"
SEALS: Final = "seals"
SEALS_PROOF: Final = "seals.proof"

_ENCODER: Final = msgspec.json.Encoder(order="sorted")


@dataclass(frozen=True, slots=True)
class About:
    """What a bundle is of: a session, or a case file, whose `summary` goes with it (version 2)."""

    session: str = ""
    file: str = ""
    summary: str = ""


class Manifest(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Version 1 has `session`, version 2 `file`. `entries` are indices, ascending. `intent` is the entry that records
    the taking out, at `made_at_ms`. `files`: the SHA-256 of every other member, in lower-case hex."""

    format: Literal["tachiai-evidence/v1", "tachiai-evidence/v2"]
    origin: str
    session: str | UnsetType = UNSET
    file: str | UnsetType = UNSET
    entries: list[int]
    intent: int
    made_at_ms: int
    files: dict[str, str]


class ManifestInvalid(Exception):
    """Not a manifest in its one form."""


_DECODER: Final = msgspec.json.Decoder(Manifest, strict=True)


def encode_manifest(manifest: Manifest) -> bytes:
    return _ENCODER.encode(manifest) + b"\n"


def parse_manifest(data: bytes) -> Manifest:
    """Raises ManifestInvalid."""
    try:
        manifest = _DECODER.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ManifestInvalid(
            "the manifest cannot be read, or is of a version that is not known here"
        ) from error
    of_file = manifest.format == FORMAT_OF_FILE
    if (manifest.session is UNSET) is not of_file or (manifest.file is UNSET) is of_file:
        raise ManifestInvalid("the manifest names not one session, or one case file")
    if encode_manifest(manifest) != data:
        raise ManifestInvalid("the manifest is not in its one form")
    return manifest


def hashes_of(members: Mapping[str, bytes]) -> dict[str, str]:
    return {name: hashlib.sha256(data).hexdigest() for name, data in members.items() if name != MANIFEST}


def entry_name(index: int) -> str:
    return f"entries/{index}.json"


def proof_name(index: int) -> str:
    return f"entries/{index}.tlog-proof"


def receipt_name(index: int, label: str) -> str:
    return f"receipts/{index}-{label.removeprefix('subject/')}.tachiai-receipt"
