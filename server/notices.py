"""What customers are told by mail: that something about their access or their data happened, when, and what to do if
it was not them. Never a link that asks for a code.

A kind of notice has its texts in the catalogues, `notice.<kind>.subject` and `notice.<kind>.body`, whose placeholders
are its facts. A fact's name says what it is: `..._ms` is a time (UTC milliseconds), `..._url` an address of ours. One
kind is no notice of something that happened: an invitation, for whoever is waiting for it (`invitation_mail`).
"""

from collections.abc import Mapping
from datetime import UTC, datetime, tzinfo
from enum import StrEnum
from typing import Final
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from babel.dates import format_date

from server.clock import TrueClock
from server.http.catalogues import Catalogue, Catalogues
from server.identity import new_id
from server.outbox.message import MAIL_LIFE_MS, Channel, Mail, Message, mail_body
from server.storage.outbox import OutboxStore
from server.storage.transaction import Transaction
from support.customer import Customer
from support.identity import CustomerId
from support.masking import FieldKind
from support.ports import CustomerStore

MOST_CONTACTS: Final = 10
LONGEST_FACT: Final = 200
LONGEST_URL: Final = 2_000
LANGUAGE_FIELD: Final = "language"
ZONE_FIELD: Final = "time_zone"
CANCEL: Final = "cancel_url"  # may go with every kind: a page of ours that stops what was begun
_DATES: Final = {"en": "en_GB"}  # whose dates the language's own are written like


class NoticeKind(StrEnum):
    ENROLMENT_LINK_MADE = "enrolment_link_made"
    AUTHENTICATOR_ADDED = "authenticator_added"
    AUTHENTICATOR_REMOVED = "authenticator_removed"
    AUTHENTICATOR_DISABLED = "authenticator_disabled"
    PASSKEY_ADDED = "passkey_added"
    PASSKEY_REMOVED = "passkey_removed"
    PASSKEY_STOPPED = "passkey_stopped"
    RECOVERY_CODES_MADE = "recovery_codes_made"
    RECOVERY_CODES_STOPPED = "recovery_codes_stopped"
    RECOVERY_CODE_USED = "recovery_code_used"
    RESET_REQUESTED = "reset_requested"
    RESET_DONE = "reset_done"
    RESET_CANCELLED = "reset_cancelled"
    ACTION_REQUESTED = "action_requested"
    ACTION_DONE = "action_done"
    ACTION_CANCELLED = "action_cancelled"
    MERGE_REQUESTED = "merge_requested"
    RECORDS_MERGED = "records_merged"
    MERGE_CANCELLED = "merge_cancelled"
    SIGNED_IN = "signed_in"
    DEVICE_ADDED = "device_added"
    RECORD_OPENED = "record_opened"
    ERASURE_REQUESTED = "erasure_requested"
    COPY_REQUESTED = "copy_requested"
    REMOVAL_REQUESTED = "removal_requested"
    PASSKEY_REMOVAL_REQUESTED = "passkey_removal_requested"
    INVITATION = "invitation"


_AT: Final = frozenset({"at_ms"})
FACTS: Final[Mapping[NoticeKind, frozenset[str]]] = {
    **dict.fromkeys(NoticeKind, _AT),
    NoticeKind.ENROLMENT_LINK_MADE: _AT | {"until_ms"},
    NoticeKind.RECOVERY_CODE_USED: _AT | {"left"},
    NoticeKind.RESET_REQUESTED: _AT | {"due_ms"},
    NoticeKind.REMOVAL_REQUESTED: _AT | {"due_ms"},
    NoticeKind.PASSKEY_REMOVAL_REQUESTED: _AT | {"due_ms"},
    NoticeKind.MERGE_REQUESTED: _AT | {"due_ms"},
    NoticeKind.ACTION_REQUESTED: _AT | {"action", "due_ms"},
    NoticeKind.ACTION_DONE: _AT | {"action"},
    NoticeKind.ACTION_CANCELLED: _AT | {"action"},
    NoticeKind.ERASURE_REQUESTED: _AT | {"due_ms"},
    NoticeKind.INVITATION: _AT | {"until_ms", "agent", "number", "case", "invitation_url"},
}


class Notices:
    """`catalogues` are the pages'; `zone` is the one of times in mails for customers whose record names none."""

    def __init__(
        self,
        outbox: OutboxStore,
        customers: CustomerStore,
        catalogues: Catalogues,
        organisation: str,
        clock: TrueClock,
        zone: tzinfo = UTC,
    ) -> None:
        self._outbox, self._customers, self._catalogues = outbox, customers, catalogues
        self._organisation, self._clock, self._zone = organisation, clock, zone

    async def tell(
        self,
        customer: CustomerId,
        kind: NoticeKind,
        facts: Mapping[str, str | int],
        *,
        once: str,
        within: Transaction | None = None,
        last_at_ms: int | None = None,
    ) -> int:
        """Queue one mail for each of the customer's contacts of kind email (the first ten), in the customer's
        language; how many those are, 0 for somebody without any or who was erased.

        `once` names the act (for instance `f"reset/{id}/requested"`): telling it again tells nothing. `within` is the
        act's own transaction. `last_at_ms`: what was not sent by then never is; three days from now where it is not
        given. Raises StoreUnavailable; ValueError for facts that are not the kind's.
        """
        _refuse_wrong(kind, facts)
        found = await self._customers.find(customer)
        contacts = _contacts(found) if found is not None else []
        if found is None or not contacts:
            return 0
        words, zone = self._words_of(found), self._zone_of(found)
        subject, text = self._written(words, kind, facts, zone)
        now = self._clock.now_ms()
        messages = [
            Message(
                id=new_id("msg"),
                once=f"{kind}/{once}",
                part=part,
                channel=Channel.MAIL,
                about=kind.value,
                body=mail_body(Mail(address, subject, text, words.language)),
                created_at_ms=now,
                last_at_ms=now + MAIL_LIFE_MS if last_at_ms is None else last_at_ms,
                subject=customer,
            )
            for part, address in enumerate(contacts)
        ]
        return len(messages) if await self._outbox.queue(messages, within) else 0

    async def reachable(self, customer: CustomerId) -> bool:
        """Whether there is anywhere to write to. Raises StoreUnavailable."""
        found = await self._customers.find(customer)
        return found is not None and bool(_contacts(found))

    def _words_of(self, customer: Customer) -> Catalogue:
        found = customer.field(LANGUAGE_FIELD)
        code = found.value.strip().lower().partition("-")[0] if found is not None else ""
        known = self._catalogues.by_language
        return known.get(code) or next(iter(known.values()))

    def _zone_of(self, customer: Customer) -> tzinfo:
        found = customer.field(ZONE_FIELD)
        if found is None:
            return self._zone
        try:
            return ZoneInfo(found.value)
        except (OSError, ValueError, KeyError):  # ZoneInfoNotFoundError is a KeyError
            return self._zone

    def _written(
        self, words: Catalogue, kind: NoticeKind, facts: Mapping[str, str | int], zone: tzinfo
    ) -> tuple[str, str]:
        values = {name: _shown(name, value, words.language, zone) for name, value in facts.items()}
        values["organisation"] = self._organisation
        parts = [words.text("notice.greeting", **values), words.text(f"notice.{kind}.body", **values)]
        if CANCEL in facts:
            parts.append(words.text("notice.cancel", **values))
        if kind is not NoticeKind.INVITATION:  # which says by itself what to do for whoever expects none
            parts.append(words.text("notice.not_you", **values))
        parts += [words.text(f"notice.{key}", **values) for key in ("never", "closing")]
        return words.text(f"notice.{kind}.subject", **values), "\n\n".join(parts) + "\n"


def _contacts(customer: Customer) -> list[str]:
    """Each address once."""
    found = [field.value.strip() for field in customer.fields if field.kind is FieldKind.EMAIL]
    return [address for address in dict.fromkeys(found) if address][:MOST_CONTACTS]


def _refuse_wrong(kind: NoticeKind, facts: Mapping[str, str | int]) -> None:
    """What a text needs must be there when it is queued: nobody is left to ask when it is sent."""
    if facts.keys() - {CANCEL} != FACTS[kind]:
        raise ValueError(f"a notice of kind {kind} takes the facts {', '.join(sorted(FACTS[kind]))}")
    for name, value in facts.items():
        if name.endswith("_ms"):
            fits = type(value) is int and 0 <= value < 2**53
        elif name.endswith("_url"):
            fits = isinstance(value, str) and len(value) <= LONGEST_URL and _is_address(value)
        else:
            fits = type(value) is int or (
                isinstance(value, str) and value.isprintable() and 0 < len(value) <= LONGEST_FACT
            )
        if not fits:
            raise ValueError(f"the fact {name} of a notice has a value that cannot be")


def _is_address(text: str) -> bool:
    parts = urlsplit(text)
    known = parts.scheme == "https" or (
        parts.scheme == "http" and parts.hostname in {"localhost", "127.0.0.1"}
    )
    return known and text.isprintable() and text.isascii() and " " not in text


def _shown(name: str, value: str | int, language: str, zone: tzinfo) -> str:
    if not name.endswith("_ms"):
        return str(value)
    at = datetime.fromtimestamp(int(value) / 1000, UTC).astimezone(zone)
    day = format_date(at, format="long", locale=_DATES.get(language, language))
    return f"{day} {at:%H:%M} ({zone})"
