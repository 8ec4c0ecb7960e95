"""A self-signed certificate for a demo that other machines may reach; its fingerprint is compared by eye."""

import datetime
import ipaddress
import ssl
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from audit.kek import write_secret

LIFE_DAYS: Final = 90
RENEW_DAYS: Final = 7


@dataclass(frozen=True, slots=True)
class SelfSigned:
    context: ssl.SSLContext
    fingerprint: str


def self_signed(folder: Path, host: str, now_ms: int) -> SelfSigned:
    """The kept certificate of `folder` for `host`, or a new one where it is missing, foreign or about to expire."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    file = folder / "demo-certificate.pem"
    now = datetime.datetime.fromtimestamp(now_ms / 1000, tz=datetime.UTC)
    if not file.exists() or not _serves(file, host, now):
        file.unlink(missing_ok=True)
        write_secret(file, _make(host, now))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(file)
    digest = x509.load_pem_x509_certificate(file.read_bytes()).fingerprint(hashes.SHA256())
    return SelfSigned(context, digest.hex(":").upper())


def _serves(file: Path, host: str, now: datetime.datetime) -> bool:
    certificate = x509.load_pem_x509_certificate(file.read_bytes())
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    fresh = certificate.not_valid_before_utc <= now
    return (
        fresh
        and now < certificate.not_valid_after_utc - datetime.timedelta(days=RENEW_DAYS)
        and _name(host) in names
    )


def _make(host: str, now: datetime.datetime) -> bytes:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Tachiai demo")])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(days=LIFE_DAYS))
        .add_extension(x509.SubjectAlternativeName([_name(host), x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return private + certificate.public_bytes(serialization.Encoding.PEM)


def _name(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)
