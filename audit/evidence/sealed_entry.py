"""An entry as the log has it, with what opens its sections: a member of a bundle. Pure."""

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass

from audit.entry import (
    KEY_SIZE,
    MAX_LEAF,
    ORG,
    LeafInvalid,
    SectionClosed,
    open_section,
    parse_leaf,
)
from audit.event import Event, Fact
from audit.payload import PayloadInvalid, decode_org, decode_subject
from audit.receipts.receipt import canonical


class SealedEntryInvalid(Exception):
    """Not such a member, or its sections do not open. The sentence says why."""


@dataclass(frozen=True, slots=True)
class SealedEntry:
    """`secrets` (32 bytes each) by label: of those sections that are given away with it, and of no other."""

    leaf: bytes
    secrets: Mapping[str, bytes]

    def encode(self) -> bytes:
        secrets = {label: base64.b64encode(secret).decode() for label, secret in self.secrets.items()}
        return canonical({"leaf": base64.b64encode(self.leaf).decode(), "secrets": secrets}).encode() + b"\n"

    def open(self, origin: str) -> "OpenedSections":
        """Raises SealedEntryInvalid."""
        try:
            leaf = parse_leaf(self.leaf)
            event: Event | None = None
            personal: dict[str, tuple[str, Mapping[str, Fact]]] = {}
            closed = []
            for section in leaf.sections:
                secret = self.secrets.get(section.label)
                if secret is None:
                    closed.append(section.label)
                    continue
                payload = open_section(leaf, section, origin=origin, secret=secret)
                if section.label == ORG:
                    event = decode_org(payload)
                else:
                    personal[section.label] = decode_subject(payload)
        except (LeafInvalid, SectionClosed, PayloadInvalid) as error:
            raise SealedEntryInvalid(str(error)) from error
        if not self.secrets.keys() <= {section.label for section in leaf.sections}:
            raise SealedEntryInvalid("a secret is of a section that the entry does not have")
        return OpenedSections(leaf.entry_id, event, personal, closed)


@dataclass(frozen=True, slots=True)
class OpenedSections:
    """`personal` by label: the subject, and what is known of them. `closed`: labels that nothing was given for."""

    entry_id: bytes
    event: Event | None
    personal: dict[str, tuple[str, Mapping[str, Fact]]]
    closed: list[str]


def parse_sealed_entry(data: bytes) -> SealedEntry:
    """Raises SealedEntryInvalid."""
    try:
        members = json.loads(data.decode("utf-8"))
        same = canonical(members).encode() + b"\n" == data
    except (ValueError, RecursionError) as error:
        raise SealedEntryInvalid("it cannot be read") from error
    if not same or not isinstance(members, dict) or members.keys() != {"leaf", "secrets"}:
        raise SealedEntryInvalid("it is not in its one form")
    secrets = members["secrets"]
    if not isinstance(secrets, dict):
        raise SealedEntryInvalid("it is not in its one form")
    found = SealedEntry(
        _octets(members["leaf"]), {label: _octets(secret) for label, secret in secrets.items()}
    )
    if len(found.leaf) > MAX_LEAF or any(len(secret) != KEY_SIZE for secret in found.secrets.values()):
        raise SealedEntryInvalid("a part of it has a wrong length")
    return found


def _octets(text: object) -> bytes:
    if not isinstance(text, str):
        raise SealedEntryInvalid("a part of it is no text")
    try:
        raw = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise SealedEntryInvalid("a part of it is not base64") from error
    if base64.b64encode(raw).decode() != text:
        raise SealedEntryInvalid("a part of it is not in its canonical form")
    return raw
