"""The gate's own certificate: ECDSA P-256, self-signed, one for each process; browsers know it by its fingerprint."""

import secrets
from datetime import UTC, datetime

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from OpenSSL import SSL

from session.media.srtp import PROFILES

_DTLS_1_2 = 0xFEFD
_CIPHERS = b"ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305"
# A DTLS peer checks the fingerprint, not the dates (RFC 8122 clause 5), so fixed ones need no clock here.
_FROM = datetime(2020, 1, 1, tzinfo=UTC)
_UNTIL = datetime(2049, 12, 31, tzinfo=UTC)
DIGESTS: dict[str, hashes.HashAlgorithm] = {
    "sha-256": hashes.SHA256(),
    "sha-384": hashes.SHA384(),
    "sha-512": hashes.SHA512(),
}


class Identity:
    """A key, its certificate, and the DTLS settings that every connection of this process shares."""

    def __init__(self) -> None:
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, secrets.token_hex(8))])
        builder = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        builder = builder.serial_number(x509.random_serial_number())
        certificate = builder.not_valid_before(_FROM).not_valid_after(_UNTIL).sign(key, hashes.SHA256())
        self.fingerprint = fingerprint(certificate, "sha-256")
        self.context = _context(key, certificate)


def fingerprint(certificate: x509.Certificate, algorithm: str) -> str:
    """As SDP writes it: upper-case hexadecimal pairs with colons (RFC 8122 clause 5). KeyError if not in DIGESTS."""
    return certificate.fingerprint(DIGESTS[algorithm]).hex(":").upper()


def _context(key: ec.EllipticCurvePrivateKey, certificate: x509.Certificate) -> SSL.Context:
    context = SSL.Context(SSL.DTLS_METHOD)
    context.set_min_proto_version(_DTLS_1_2)
    context.set_max_proto_version(_DTLS_1_2)  # records of 1.3 have no length to split a flight by
    context.set_options(SSL.OP_NO_TICKET | SSL.OP_NO_QUERY_MTU)
    context.set_session_cache_mode(SSL.SESS_CACHE_OFF)
    # The chain proves nothing: `Dtls` compares the fingerprint when the handshake is done.
    context.set_verify(SSL.VERIFY_PEER | SSL.VERIFY_FAIL_IF_NO_PEER_CERT, lambda *_: True)
    context.use_certificate(certificate)
    context.use_privatekey(key)
    context.set_cipher_list(_CIPHERS)
    context.set_tlsext_use_srtp(b":".join(profile.openssl_name for profile in PROFILES))
    return context
