"""Acts about the keys of the log: rewrapping them, and that an auditor opened entries."""

from typing import Annotated

import msgspec

from server.administration.act import Act, Answer, Line, Word

Index = Annotated[int, msgspec.Meta(ge=0, le=2**53 - 1)]
Reason = Annotated[str, msgspec.Meta(min_length=1, max_length=512)]


class KeysRewrapped(Answer, frozen=True, kw_only=True):
    """`version` wraps all `keys`, `changed` of them anew; `versions` are those that still exist, the newest last.
    `retired` is the one that was destroyed by this act, "" for none. `entry` records it."""

    version: str
    keys: int
    changed: int
    versions: list[str]
    retired: str
    entry: int


class DecryptionNoted(Answer, frozen=True, kw_only=True):
    entry: int


class RewrapKeys(Act[KeysRewrapped], frozen=True, kw_only=True, tag="log.rewrap"):
    """Brings all keys of the log under the newest version. `new_version`: makes one first, unless an earlier rewrapping
    is unfinished, which is finished then. `retire`: destroys that older version once nothing is under it."""

    new_version: bool = False
    retire: Word = ""


class NoteDecryption(Act[DecryptionNoted], frozen=True, kw_only=True, tag="log.decryption"):
    """Somebody is about to open entries `first` to `last` of a copy with the auditor's key of this fingerprint."""

    verifier_key: Line
    recipient: Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{32}$")]
    first: Index
    last: Index
    reason: Reason


WrappingAct = RewrapKeys | NoteDecryption
