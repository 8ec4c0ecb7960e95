"""The collector that [syslog] names, as this server can reach it."""

import ssl
from pathlib import Path

from audit.export.syslog import MessageFormat, SyslogWriter
from audit.log import AuditLog
from server.clock import TrueClock
from server.log_keeping.forwarding import Collector, Forwarding
from server.places import Places
from server.settings import Settings, SettingsRefused
from server.syslog_rules import host_and_port
from server.version import VERSION


def collector_of(settings: Settings) -> Collector | None:
    """None where none is named. Raises SettingsRefused."""
    place = host_and_port(settings.syslog.address)
    if place is None:
        return None
    return Collector(
        host=place[0], port=place[1], tls=_tls(settings.syslog.ca) if settings.syslog.tls else None
    )


def forwarding_for(log: AuditLog, places: Places, settings: Settings, clock: TrueClock) -> Forwarding | None:
    """None where no collector is named. Raises SettingsRefused."""
    collector = collector_of(settings)
    if collector is None:
        return None
    writer = SyslogWriter(
        origin=log.verifier_key.split("+", 1)[0],
        version=VERSION,
        format=MessageFormat(settings.syslog.format),
        facility=settings.syslog.facility,
        personal=settings.syslog.personal,
    )
    return Forwarding(log, places, collector, writer, clock)


def _tls(authorities: str) -> ssl.SSLContext:
    """RFC 5425 asks for the certificate's path and name to be checked."""
    try:
        context = ssl.create_default_context(cafile=str(Path(authorities).resolve()) if authorities else None)
    except (OSError, ssl.SSLError) as error:
        raise SettingsRefused(f"syslog.ca, {authorities}, is no file of certificates: {error}.") from error
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    return context
