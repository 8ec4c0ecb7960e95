"""A flag on its way out: an OCSF detection finding (2004) to webhooks, and a mail to the security office.

The messages are queued in the write of the flag's row, once for each flag, so they survive a crash and arrive at least
once: a call's `webhook-id` and the finding's `metadata.uid` (the entry's own id) tell what came twice. They name people
by pseudonym alone.
"""

from collections.abc import Sequence
from typing import Final

import msgspec
import structlog

from audit.detectors import Action
from audit.event import Fact
from audit.export.ocsf import ocsf_event
from audit.export.record import record_of
from audit.ports import OpenedEntry
from server.flag_settings import FlagSettings
from server.http.catalogues import Catalogue
from server.identity import new_id
from server.outbox.message import (
    MAIL_LIFE_MS,
    WEBHOOK_LIFE_MS,
    Channel,
    Mail,
    Message,
    mail_body,
)
from server.storage.outbox import OutboxStore
from server.storage.transaction import Transaction
from server.storage.webhooks import WebhookStore
from server.version import VERSION
from session.ports import Clock

TYPE: Final = "flag.raised"
_REASON: Final = "reason."
_log: Final = structlog.get_logger("flags")


class FlagNews:
    """`words`: of the pages' first language. `page`: the address of the officers' page."""

    def __init__(
        self,
        settings: FlagSettings,
        outbox: OutboxStore,
        webhooks: WebhookStore,
        words: Catalogue,
        organisation: str,
        page: str,
        clock: Clock,
    ) -> None:
        self._settings, self._outbox, self._webhooks, self._words = settings, outbox, webhooks, words
        self._organisation, self._page, self._clock = organisation, page, clock

    async def about(self, entry: OpenedEntry) -> list[list[Message]]:
        """What is to be told of a flag by its entry, each list an act of its own; nothing of a detector on trial.
        Raises StoreUnavailable."""
        if entry.event is None or entry.event.facts.get("action") == Action.SHADOW:
            return []
        now = self._clock.now_ms()
        found = [self._mails(entry, now), self._calls(entry, await self._endpoints(), now)]
        return [messages for messages in found if messages]

    async def queue(self, told: Sequence[Sequence[Message]], within: Transaction) -> None:
        """Part of the write of the flag's row. Raises StoreUnavailable."""
        for messages in told:
            await self._outbox.queue(messages, within)

    async def _endpoints(self) -> list[str]:
        if not self._settings.webhooks:
            return []
        known = {one.name: one.id for one in await self._webhooks.standing()}
        if missing := sorted(set(self._settings.webhooks) - known.keys()):
            _log.warning("a webhook that flags are to go to is not registered", webhooks=missing)
        return [known[name] for name in dict.fromkeys(self._settings.webhooks) if name in known]

    def _calls(self, entry: OpenedEntry, endpoints: Sequence[str], now: int) -> list[Message]:
        finding = msgspec.Raw(ocsf_event(record_of(entry), VERSION))
        body = msgspec.json.encode({"type": TYPE, "timestamp_ms": now, "data": finding})
        return [
            Message(
                id=new_id("msg"),
                once=f"{TYPE}/{entry.index}",
                part=part,
                channel=Channel.WEBHOOK,
                about=TYPE,
                body=body,
                created_at_ms=now,
                last_at_ms=now + WEBHOOK_LIFE_MS,
                endpoint=endpoint,
            )
            for part, endpoint in enumerate(endpoints)
        ]

    def _mails(self, entry: OpenedEntry, now: int) -> list[Message]:
        if entry.event is None:
            return []
        subject, text = self._written(entry.index, dict(entry.event.facts))
        return [
            Message(
                id=new_id("msg"),
                once=f"mail/{TYPE}/{entry.index}",
                part=part,
                channel=Channel.MAIL,
                about=TYPE,
                body=mail_body(Mail(address, subject, text, self._words.language)),
                created_at_ms=now,
                last_at_ms=now + MAIL_LIFE_MS,
            )
            for part, address in enumerate(dict.fromkeys(self._settings.mail_to))
        ]

    def _written(self, index: int, facts: dict[str, Fact]) -> tuple[str, str]:
        known = self._words.texts
        detector, key, action = (str(facts.get(name, "")) for name in ("detector", "reason", "action"))
        blanks = {
            name.removeprefix(_REASON): value for name, value in facts.items() if name.startswith(_REASON)
        }
        sentence = (
            self._words.text(key, **blanks)
            if key in known
            else self._words.text("flags.unnamed", detector=detector)
        )
        done = f"flag_action.{action}"
        values = {
            "organisation": self._organisation,
            "detector": detector,
            "action": known.get(done, action),
            "index": index,
            "page": self._page,
        }
        parts = [
            sentence,
            self._words.text("flag_mail.done", **values),
            self._words.text("flag_mail.entry", **values),
            self._words.text("flag_mail.judge", **values),
        ]
        return self._words.text("flag_mail.subject", **values), "\n\n".join(parts) + "\n"
