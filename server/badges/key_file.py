"""The issuer's one file: the key that signs now, and the public keys of those before it, each with its time.

A former key's secret half is dropped at the rotation: nobody can sign with it any more, also not with a date of then.
"""

import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec

from audit.kek import KeyUnavailable, read_secret, write_secret
from audit.new_file import write_over
from verification.badge import SEED_BYTES, BadgeInvalid, BadgeKey, decoded, encoded, key_id, public_of

VERSION: Final = 1


class BadgeKeyRefused(Exception):
    """The file cannot be used; the message names it and says what to do."""


class _Written(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    id: str
    public: str
    from_ms: int
    until_ms: int | None
    seed: str | None = None


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    v: int
    keys: list[_Written]


@dataclass(frozen=True, slots=True)
class Signing:
    """The key that signs now."""

    key: BadgeKey
    seed: bytes


class BadgeKeyFile:
    """Read anew for each use, so that a rotation needs no restart. Every method raises BadgeKeyRefused."""

    def __init__(self, path: Path, journal: Path | None = None) -> None:
        """`journal`: of the badges that were made; beside the key if it is not given."""
        self.path = path
        self.journal = journal or path.with_name(f"{path.name}.journal")

    def make(self, now_ms: int) -> bool:
        """False if it is there already."""
        if self.path.exists():
            self.signing()
            return False
        try:
            self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            write_secret(self.path, _as_json([_new(now_ms)]))
        except (KeyUnavailable, OSError) as error:
            if self.path.exists():  # another process was faster
                return False
            raise BadgeKeyRefused(
                f"The badge key cannot be made: {error}. Give its place with introduction.key_file."
            ) from error
        return True

    def signing(self) -> Signing:
        current = [key for key in self._read() if key.until_ms is None and key.seed is not None]
        if len(current) != 1:
            raise BadgeKeyRefused(f"{self.path} does not hold exactly one key in use. Bring back its copy.")
        try:
            seed = decoded(current[0].seed or "", SEED_BYTES)
        except BadgeInvalid as error:
            raise BadgeKeyRefused(f"{self.path} holds a key that is none. Bring back its copy.") from error
        if encoded(public_of(seed)) != current[0].public:
            raise BadgeKeyRefused(f"{self.path} holds a key that does not fit. Bring back its copy.")
        return Signing(_public(current[0]), seed)

    def keys(self) -> tuple[BadgeKey, ...]:
        """All that ever signed, the oldest first."""
        return tuple(_public(key) for key in self._read())

    def rotate(self, now_ms: int) -> BadgeKey:
        """From now on a new key signs. What the former one signed holds until it expires."""
        self.signing()
        former = [
            msgspec.structs.replace(key, until_ms=key.until_ms or now_ms, seed=None) for key in self._read()
        ]
        new = _new(now_ms)
        try:
            write_over(self.path, _as_json([*former, new]))
        except OSError as error:
            raise BadgeKeyRefused(
                f"{self.path} cannot be written: {error.strerror}. Nothing was changed."
            ) from error
        return _public(new)

    def _read(self) -> list[_Written]:
        try:
            found = msgspec.json.decode(read_secret(self.path), type=_File)
        except (KeyUnavailable, msgspec.DecodeError, UnicodeError) as error:
            raise BadgeKeyRefused(f"The badge key {self.path} cannot be used: {error}.") from error
        if found.v != VERSION:
            raise BadgeKeyRefused(f"{self.path} is of another version. Use the `tachiai` that made it.")
        return found.keys


def _new(now_ms: int) -> _Written:
    seed = secrets.token_bytes(SEED_BYTES)
    public = public_of(seed)
    return _Written(
        id=key_id(public), public=encoded(public), from_ms=now_ms, until_ms=None, seed=encoded(seed)
    )


def _public(key: _Written) -> BadgeKey:
    return BadgeKey(key.id, key.public, key.from_ms, key.until_ms)


def _as_json(keys: list[_Written]) -> bytes:
    return msgspec.json.encode(_File(v=VERSION, keys=keys)) + b"\n"
