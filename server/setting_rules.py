"""Which settings can be, whoever uses them. What serving in earnest asks beyond this is in `production.safety`."""

import ipaddress
import re
from collections.abc import Iterator
from typing import Final
from urllib.parse import urlsplit

from server.assurance_rules import assurance_broken
from server.bus.settings import redis_broken
from server.case_settings import cases_broken
from server.flag_settings import flags_broken
from server.gate_settings import LAST_PORT, gate_broken
from server.introduction_rules import introduction_broken
from server.oidc.settings import oidc_broken
from server.outbox_rules import outbox_broken
from server.retention_rules import retention_broken
from server.setting_groups import HttpSettings, ReportSettings, SealedSettings, Settings
from server.syslog_rules import syslog_broken
from server.turn.settings import turn_broken

MOST_CHOICES: Final = 6
MOST_CONNECTIONS: Final = 50_000
LONGEST_CONSENT_S: Final = 1_800
LONGEST_NAME: Final = 80
LONGEST_REMINDER_DAYS: Final = 365
MOST_RECIPIENTS: Final = 16
SHORTEST_HOT_DAYS: Final = 7
LONGEST_HOT_DAYS: Final = 3_650
_VAULT: Final = "vault:"
_VAULT_KEY: Final = re.compile(r"vault:[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}", re.ASCII)
_VAULT_MOUNT: Final = re.compile(r"[A-Za-z0-9_-]{1,64}(/[A-Za-z0-9_-]{1,64}){0,7}", re.ASCII)
MOST_REPORTS: Final = 1_000
LEVELS: Final = frozenset({"debug", "info", "warning", "error"})
CONTACTS: Final = ("mailto:", "https://", "tel:")  # RFC 9116, 2.5.3
_USUAL_PORTS: Final = {"https": 443, "http": 80}
LOCAL_NAMES: Final = frozenset({"localhost", "127.0.0.1", "::1"})


class SettingsRefused(Exception):
    """A setting is unknown or has a value that cannot be. The message is a sentence for the operator."""


def check(settings: Settings) -> None:
    """Raises SettingsRefused with the first rule that is broken."""
    for sentence in broken(settings):
        raise SettingsRefused(sentence)


def broken(settings: Settings) -> Iterator[str]:
    """A sentence for each rule that does not hold."""
    yield from _names(settings)
    yield from _paths(settings)
    yield from _ports(settings)
    yield from _vault(settings)
    yield from _sealed(settings.sealed)
    yield from _http(settings.http)
    yield from gate_broken(settings.gate)
    yield from turn_broken(settings.turn)
    if bool(settings.tls.certificate) != bool(settings.tls.key):
        yield "tls.certificate and tls.key go together: give both, or neither and a TLS proxy before the server."
    if not 1 <= settings.backup.remind_after_days <= LONGEST_REMINDER_DAYS:
        yield f"backup.remind_after_days lies between 1 and {LONGEST_REMINDER_DAYS}."
    yield from _durations(settings.consent.durations_s)
    yield from assurance_broken(settings.assurance)
    yield from introduction_broken(settings.introduction)
    yield from cases_broken(settings.cases)
    yield from flags_broken(settings.flags)
    yield from retention_broken(settings.retention)
    yield from syslog_broken(settings.syslog)
    yield from outbox_broken(settings.mail, settings.webhooks)
    yield from _report(settings.report)
    yield from oidc_broken(settings.oidc)
    yield from redis_broken(settings.redis)


def _report(report: ReportSettings) -> Iterator[str]:
    if not 0 <= report.every_days <= LONGEST_REMINDER_DAYS:
        yield f"report.every_days lies between 0 (never) and {LONGEST_REMINDER_DAYS}."
    if not 1 <= report.keep <= MOST_REPORTS:
        yield f"report.keep lies between 1 and {MOST_REPORTS}."
    if report.folder and not report.folder.startswith("/"):
        yield "report.folder is an absolute path, or empty."


def _names(settings: Settings) -> Iterator[str]:
    name = settings.organisation
    if len(name) > LONGEST_NAME or not name.isprintable() or name != name.strip():
        yield f"organisation is a name of at most {LONGEST_NAME} characters in one line."
    codes = settings.languages
    if (
        not codes
        or len(set(codes)) != len(codes)
        or not all(code.isascii() and code.islower() for code in codes)
    ):
        yield 'languages lists each language once by its code, for instance ["en", "ja"]; at least one.'
    if settings.log_level not in LEVELS:
        yield "log_level is one of debug, info, warning, error."
    contact = settings.security_contact
    if contact and not (contact.startswith(CONTACTS) and contact.isprintable() and " " not in contact):
        yield "security_contact begins with mailto:, https:// or tel:, for instance mailto:security@example.com."


def _paths(settings: Settings) -> Iterator[str]:
    for name, path in (
        ("data", settings.data),
        ("tls.certificate", settings.tls.certificate),
        ("tls.key", settings.tls.key),
        ("keys.folder", settings.keys.folder),
        ("keys.kek", settings.keys.kek),
        ("vault.access", settings.vault.access),
        ("vault.ca", settings.vault.ca),
        ("sealed.recovery", settings.sealed.recovery),
        *((f"sealed.recipients has {path!r}, and that", path) for path in settings.sealed.recipients),
        ("log.lockstate", settings.log.lockstate),
        ("witnesses.policy", settings.witnesses.policy),
        ("syslog.ca", settings.syslog.ca),
        ("mail.ca", settings.mail.ca),
        ("mail.access", settings.mail.access),
        ("oidc.access", settings.oidc.access),
        ("redis.access", settings.redis.access),
        ("turn.access", settings.turn.access),
        ("redis.ca", settings.redis.ca),
    ):
        if not path.isprintable():
            yield f"{name} has a character that no path should have; write it anew, in one line."


def _vault(settings: Settings) -> Iterator[str]:
    kek, address = settings.keys.kek, settings.vault.address
    if kek.startswith(_VAULT) and not _VAULT_KEY.fullmatch(kek):
        yield f"keys.kek is {kek!r}; after vault: stands the name of a transit key, for instance vault:tachiai."
    if address and not _is_base_url(address):
        yield (
            f"vault.address is {address!r}; it is https://, a name, a port and nothing behind it, for instance "
            "https://vault.example.com:8200. Plain http only to this machine."
        )
    if not _VAULT_MOUNT.fullmatch(settings.vault.mount):
        yield "vault.mount is the path of a transit engine, for instance transit or teams/support/transit."


def _sealed(sealed: SealedSettings) -> Iterator[str]:
    if bool(sealed.recipients) != bool(sealed.recovery):
        yield (
            "sealed.recipients and sealed.recovery go together: sealed mode begins with at least one auditor and a "
            "recovery recipient, or not at all."
        )
    if len(sealed.recipients) > MOST_RECIPIENTS:
        yield f"sealed.recipients names at most {MOST_RECIPIENTS} auditors."
    if not SHORTEST_HOT_DAYS <= sealed.hot_days <= LONGEST_HOT_DAYS:
        yield f"sealed.hot_days lies between {SHORTEST_HOT_DAYS} and {LONGEST_HOT_DAYS}."


def _ports(settings: Settings) -> Iterator[str]:
    for name, port in (
        ("http.port", settings.http.port),
        ("http.metrics_port", settings.http.metrics_port),
        ("gate.port", settings.gate.port),
    ):
        if not 0 <= port <= LAST_PORT:
            yield f"{name} is {port}; a port lies between 0 and 65535."
    if settings.http.port == settings.http.metrics_port != 0:
        yield f"http.port and http.metrics_port are both {settings.http.port}; give each a port of its own."


def _http(http: HttpSettings) -> Iterator[str]:
    if not http.host:
        yield "http.host is empty; give an address of this machine, or localhost."
    if not 16 <= http.connections_of_each <= http.connections <= MOST_CONNECTIONS:
        yield (
            f"http.connections_of_each lies between 16 and http.connections, and that is at most {MOST_CONNECTIONS}."
        )
    if http.base_url and not _is_base_url(http.base_url):
        yield (
            f"http.base_url is {http.base_url!r}; it is https://, a name, a port if it is not the usual one, and "
            "nothing behind it: https://help.example.com."
        )
    for text in http.trusted_proxies:
        if not _is_network(text):
            yield f"http.trusted_proxies has {text!r}, which is no address and no network such as 10.1.0.0/16."


def _is_base_url(text: str) -> bool:
    """https anywhere, http on this machine alone; no user, path, question or fragment. A usual port that is spelled
    out would be another name than the one that browsers send."""
    try:
        parts = urlsplit(text)
        port_can_be = parts.port is None or parts.port not in {0, _USUAL_PORTS.get(parts.scheme)}
    except ValueError:
        return False
    host = parts.hostname or ""
    bare = f"{parts.scheme}://{parts.netloc}" == text and "@" not in parts.netloc and text.isascii()
    known = parts.scheme == "https" or (parts.scheme == "http" and host in LOCAL_NAMES)
    return bool(host) and port_can_be and bare and known and text.isprintable() and " " not in text


def _is_network(text: str) -> bool:
    try:
        ipaddress.ip_network(text, strict=False)
    except ValueError:
        return False
    return True


def _durations(durations: list[int]) -> Iterator[str]:
    if not (1 <= len(durations) <= MOST_CHOICES and durations == sorted(set(durations))):
        yield f"consent.durations_s lists 1 to {MOST_CHOICES} durations, the shortest first."
    elif not (durations[0] >= 1 and durations[-1] <= LONGEST_CONSENT_S):
        yield f"consent.durations_s lie between 1 and {LONGEST_CONSENT_S} seconds."
