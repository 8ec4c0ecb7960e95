"""The server's own certificate: from two files, judged before it is used, and read anew without closing anything."""

import datetime
import ipaddress
import ssl
from pathlib import Path
from typing import Final

from cryptography import x509

from audit.readers import others_may_use
from session.ports import Clock

LARGEST_BYTES: Final = 1024 * 1024


class CertificateRefused(Exception):
    """The certificate or its key cannot be used. The message says why and what to do; what was in use stays."""


class Certificate:
    """`context` is for listening and stays the same; each new connection gets what was read last."""

    def __init__(self, certificate: Path, key: Path, host: str, clock: Clock) -> None:
        """`host` is what browsers ask for. Raises CertificateRefused."""
        self._files, self._host, self._clock = (certificate, key), host, clock
        self._current = self._read()
        self.context = self._read()
        self.context.sni_callback = self._hand_over

    def reload(self) -> None:
        """Connections that are open keep theirs. Raises CertificateRefused; then the former one stays in use."""
        self._current = self._read()

    def _hand_over(
        self, connection: ssl.SSLSocket | ssl.SSLObject, _name: str | None, _: ssl.SSLContext
    ) -> None:
        connection.context = self._current

    def _read(self) -> ssl.SSLContext:
        certificate, key = self._files
        try:
            if key.stat().st_size > LARGEST_BYTES or certificate.stat().st_size > LARGEST_BYTES:
                raise CertificateRefused(f"{certificate} or {key} is larger than any certificate.")
            if others_may_use(key):
                raise CertificateRefused(f"{key} may be read by others. Run: chmod 600 {key}")
            self._judge(x509.load_pem_x509_certificates(certificate.read_bytes())[0])
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.minimum_version = ssl.TLSVersion.TLSv1_2
            context.load_cert_chain(certificate, key, password=_no_password)
        except (OSError, ValueError) as error:  # ssl.SSLError is an OSError
            raise CertificateRefused(
                f"The certificate {certificate} and its key {key} cannot be used: {_reason(error)}. Both are PEM files "
                "that belong together, the key without a password."
            ) from error
        return context

    def _judge(self, certificate: x509.Certificate) -> None:
        now = datetime.datetime.fromtimestamp(self._clock.now_ms() / 1000, tz=datetime.UTC)
        if now >= certificate.not_valid_after_utc:
            raise CertificateRefused(
                f"The certificate {self._files[0]} ended on {certificate.not_valid_after_utc:%Y-%m-%d}; browsers "
                "refuse it. Put a new one there."
            )
        if now < certificate.not_valid_before_utc:
            raise CertificateRefused(
                f"The certificate {self._files[0]} begins on {certificate.not_valid_before_utc:%Y-%m-%d}; browsers "
                "refuse it before. Is this machine's clock right?"
            )
        if not _names(certificate, self._host):
            raise CertificateRefused(
                f"The certificate {self._files[0]} is not for {self._host}, the host of http.base_url; browsers "
                "refuse it."
            )


def _names(certificate: x509.Certificate, host: str) -> bool:
    """RFC 6125, 6.4: the names in the certificate's list, a star for one whole label on the left."""
    try:
        listed = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return False
    try:
        return ipaddress.ip_address(host) in listed.get_values_for_type(x509.IPAddress)
    except ValueError:
        names = [name.lower() for name in listed.get_values_for_type(x509.DNSName)]
        return host.lower() in names or f"*.{host.lower().partition('.')[2]}" in names


def _no_password() -> str:
    """Otherwise the library asks the terminal, and a service would wait there for ever."""
    return ""


def _reason(error: Exception) -> str:
    return getattr(error, "reason", None) or getattr(error, "strerror", None) or str(error).rstrip(".")
