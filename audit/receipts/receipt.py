"""A receipt as a file: canonical JSON of text members (FORMAT.md, section 14). Pure."""

import base64
import binascii
import json
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from audit.entry import KEY_SIZE, MAX_LEAF

FORMAT: Final = "tachiai-receipt/v1"
SUFFIX: Final = ".tachiai-receipt"
MAX_RECEIPT: Final = 262_144  # bytes of a file

_MEMBERS: Final = frozenset({"format", "kind", "label", "leaf", "proof", "secret"})
_OPTIONAL: Final = frozenset({"wording"})


class Kind(StrEnum):
    CONSENT = "consent"
    WITHDRAWAL = "withdrawal"  # an agreement ended before its time
    END = "end"  # of a session
    ACCESS = "access"  # a look at the person's record, or a contact noted beforehand


class Reason(StrEnum):
    """The step that did not hold, in the order of FORMAT.md. Append only."""

    FORM = "form"
    PROOF = "proof"
    SIGNATURE = "signature"
    INCLUSION = "inclusion"
    LEAF = "leaf"
    SECTION = "section"
    PAYLOAD = "payload"
    STATEMENT = "statement"
    CONSENT_KEY = "consent_key"
    CONSENT_SIGNATURE = "consent_signature"
    CONSENT_DOCUMENT = "consent_document"
    WORDING = "wording"


class ReceiptRefused(Exception):
    """The receipt does not hold. `reason` names the step; the sentence says what is wrong."""

    def __init__(self, reason: Reason, sentence: str) -> None:
        super().__init__(sentence)
        self.reason = reason


class ReceiptTooLong(ValueError):
    """It would pass 262,144 bytes: a large entry, or very many signatures."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """As the file has it; nothing in it is believed before `checking`. `proof` is a tlog-proof's bytes."""

    kind: Kind
    label: str
    leaf: bytes
    proof: bytes
    secret: bytes
    wording: str | None = None

    def encode(self) -> bytes:
        """Raises ReceiptTooLong."""
        members = {
            "format": FORMAT,
            "kind": self.kind.value,
            "label": self.label,
            "leaf": base64.b64encode(self.leaf).decode(),
            "proof": self.proof.decode(),
            "secret": base64.b64encode(self.secret).decode(),
        }
        if self.wording is not None:
            members["wording"] = self.wording
        data = canonical(members).encode()
        if len(data) > MAX_RECEIPT:
            raise ReceiptTooLong(f"a receipt has at most {MAX_RECEIPT} bytes")
        return data


def parse_receipt(data: bytes) -> Receipt:
    """Raises ReceiptRefused(FORM)."""
    if len(data) > MAX_RECEIPT:
        raise _malformed(f"the file has more than the {MAX_RECEIPT} bytes of a receipt")
    try:
        members = json.loads(data.decode("utf-8"))
        same = canonical(members).encode() == data
    except (ValueError, RecursionError) as error:
        raise _malformed("the file is not a receipt, or only a part of one") from error
    if not same:
        raise _malformed(
            "the file was changed on its way, if only in its spaces: use it as it was downloaded"
        )
    if not isinstance(members, dict) or not _MEMBERS <= members.keys() <= _MEMBERS | _OPTIONAL:
        raise _malformed("the file has not the parts of a receipt")
    if not all(isinstance(part, str) for part in members.values()) or members["format"] != FORMAT:
        raise _malformed("the file is not a receipt of a version that is known here")
    return _receipt(members)


def canonical(members: Any) -> str:
    """RFC 8785 for text, whole numbers, true, false, lists and objects with ASCII names."""
    return json.dumps(members, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)


def _receipt(members: dict[str, str]) -> Receipt:
    try:
        kind = Kind(members["kind"])
    except ValueError as error:
        raise _malformed("the receipt is of a kind that is not known here") from error
    leaf, secret = _octets(members["leaf"]), _octets(members["secret"])
    if len(leaf) > MAX_LEAF or len(secret) != KEY_SIZE:
        raise _malformed("a part of the receipt has a wrong length")
    return Receipt(kind, members["label"], leaf, members["proof"].encode(), secret, members.get("wording"))


def _octets(text: str) -> bytes:
    try:
        raw = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise _malformed("a part of the receipt is not base64") from error
    if base64.b64encode(raw).decode() != text:
        raise _malformed("a part of the receipt is not in its canonical form")
    return raw


def _malformed(sentence: str) -> ReceiptRefused:
    return ReceiptRefused(Reason.FORM, sentence)
