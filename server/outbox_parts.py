"""Everything that sending to the outside needs in a running server, put together."""

import ipaddress
import ssl
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

from server.clock import TrueClock
from server.foundation import Records
from server.http.catalogues import Catalogues
from server.keys import Keys
from server.log_keeping.keeper import Keeper
from server.notices import Notices
from server.outbox.calling import WebhookCall
from server.outbox.delivery import Delivery
from server.outbox.destination import Destinations
from server.outbox.endpoints import Endpoints
from server.outbox.lease import Lease
from server.outbox.mailing import Mailer, MailServer
from server.outbox.numbers import OutboxNumbers
from server.outbox.sending import Senders
from server.password_files import password_in
from server.settings import Settings, SettingsRefused
from server.storage.outbox import Kept
from server.syslog_rules import host_and_port


@dataclass(frozen=True, slots=True)
class OutboxParts:
    """`shown`: every message with what it says, for the demo's page alone. `mails`: they are sent, or shown there."""

    notices: Notices
    delivery: Delivery
    endpoints: Endpoints
    keepers: Sequence[Keeper]
    numbers: OutboxNumbers
    mails: bool
    shown: Callable[[], Awaitable[list[Kept]]]


def outbox_parts(
    records: Records, settings: Settings, keys: Keys, catalogues: Catalogues, clock: TrueClock, *, demo: bool
) -> OutboxParts:
    """Raises SettingsRefused if the mail server's password or authority cannot be used."""
    stores = records.stores
    destinations = destinations_of(settings)
    senders = Senders(
        mailer=mailer_of(settings),
        webhook=WebhookCall(destinations),
        endpoints=stores.webhooks,
        key=keys.invitations,
        clock=clock,
        shown=demo,
    )
    delivery = Delivery(stores.outbox, senders, Lease(stores.leaders, clock), records.log, clock)
    return OutboxParts(
        notices=Notices(
            stores.outbox,
            stores.customers,
            catalogues,
            settings.organisation,
            clock,
            ZoneInfo(settings.mail.zone),
        ),
        delivery=delivery,
        endpoints=Endpoints(stores.webhooks, keys.invitations, destinations),
        keepers=[delivery],
        mails=demo or senders.mailer is not None,
        shown=partial(stores.outbox.latest, readable=True),
        numbers=OutboxNumbers(delivery, lambda: delivery.standing),
    )


def destinations_of(settings: Settings) -> Destinations:
    return Destinations(tuple(ipaddress.ip_network(text) for text in settings.webhooks.networks))


def mailer_of(settings: Settings) -> Mailer | None:
    """None where no mail server is named. Raises SettingsRefused."""
    mail = settings.mail
    place = host_and_port(mail.server)
    if place is None:
        return None
    return Mailer(
        MailServer(
            host=place[0],
            port=place[1],
            sender=mail.sender,
            name=settings.organisation,
            tls=None if mail.tls == "none" else _tls(mail.ca),
            at_once=mail.tls == "tls",
            user=mail.user,
            password=password_in("mail.access", mail.access, "the mail server") if mail.user else "",
        )
    )


def _tls(authority: str) -> ssl.SSLContext:
    try:
        context = ssl.create_default_context(cafile=str(Path(authority).resolve()) if authority else None)
    except (OSError, ssl.SSLError) as error:
        raise SettingsRefused(f"mail.ca, {authority}, is no file of certificates: {error}.") from error
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context
