"""Looks at how the server is reached: from the settings, and the certificate that it shows."""

import ipaddress
from pathlib import Path
from typing import Final

from cryptography import x509

from server.checklist.facts import Reach
from server.gate_settings import told
from server.setting_rules import LOCAL_NAMES
from server.settings import Settings

_DAY_MS: Final = 86_400_000
_LARGEST_CERTIFICATE_BYTES: Final = 1 << 20


def look_at_reach(settings: Settings, *, demo: bool, now_ms: int) -> Reach:
    """A demo that answers other machines makes itself a certificate."""
    named, here_only = bool(settings.tls.certificate), settings.http.host in LOCAL_NAMES
    own = named or (demo and not here_only)
    addresses = told(settings.gate)
    return Reach(
        https=settings.http.base_url.startswith("https://") or own,
        here_only=here_only,
        own_certificate=own,
        certificate_named=named,
        certificate_days=_days_left(Path(settings.tls.certificate), now_ms) if named else None,
        proxies=tuple(settings.http.trusted_proxies),
        gate_here_only=all(_is_of_no_use_elsewhere(address) for address in addresses),
        gate_private=not any(_is_public(address) for address in addresses),
        turn=bool(settings.turn.urls),
        turn_over_tls=any(url.startswith("turns:") for url in settings.turn.urls),
        turn_relays=bool(settings.turn.relays),
        contact=bool(settings.security_contact),
        debug=settings.log_level == "debug",
    )


def _days_left(file: Path, now_ms: int) -> int | None:
    try:
        if file.stat().st_size > _LARGEST_CERTIFICATE_BYTES:
            return None
        certificate = x509.load_pem_x509_certificate(file.read_bytes())
    except (OSError, ValueError):
        return None
    return (int(certificate.not_valid_after_utc.timestamp() * 1000) - now_ms) // _DAY_MS


def _is_public(address: str) -> bool:
    """Reached from other networks too."""
    return ipaddress.ip_address(address).is_global


def _is_of_no_use_elsewhere(address: str) -> bool:
    """Loopback, or the address that stands for all of a machine's and is none."""
    parsed = ipaddress.ip_address(address)
    return parsed.is_loopback or parsed.is_unspecified
