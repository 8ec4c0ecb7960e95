"""Settings of the organisation's own sign-in, and which of them can be."""

from collections.abc import Iterator
from typing import Annotated, Final
from urllib.parse import urlsplit

import msgspec

from server.this_machine import THIS_MACHINE

ALGORITHMS: Final = (
    "RS256",
    "RS384",
    "RS512",
    "PS256",
    "PS384",
    "PS512",
    "ES256",
    "ES384",
    "ES512",
    "EdDSA",
)
LONGEST: Final = 255
LONGEST_LABEL: Final = 40
MOST_WORDS: Final = 16


def _says(description: str) -> msgspec.Meta:
    return msgspec.Meta(description=description)


class OidcSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Agents sign in at the organisation's own provider (OpenID Connect). See docs/roles.md."""

    issuer: Annotated[
        str,
        _says(
            "The provider's issuer, for instance https://sso.example.com/realms/staff; empty: agents sign in here "
            "only. Plain http to this machine only."
        ),
    ] = ""
    client: Annotated[str, _says("The client id under which the provider knows this server.")] = ""
    access: Annotated[
        str,
        _says(
            "The file that holds the client's secret, readable for the server's user only; read anew for each sign-in. "
            "Or a credential."
        ),
    ] = ""
    label: Annotated[
        str, _says("What the sign-in page calls it, for instance Example SSO; empty: a general word.")
    ] = ""
    algorithms: Annotated[
        list[str], _says("The signatures that are accepted on ID tokens. Never none, never a shared secret.")
    ] = msgspec.field(default_factory=lambda: ["RS256", "ES256"])
    second_factor_amr: Annotated[
        list[str],
        _says(
            "Values of amr that mean that the provider asked for a second factor, for instance mfa. Where none is "
            "there a code of our own follows."
        ),
    ] = []
    second_factor_acr: Annotated[list[str], _says("The same for acr; the provider is asked for these.")] = []


def oidc_broken(oidc: OidcSettings) -> Iterator[str]:
    """A sentence for each rule that does not hold."""
    if not oidc.issuer:
        if oidc.client or oidc.access:
            yield "oidc.client and oidc.access belong to a provider: set oidc.issuer, or leave both empty."
        return
    if not is_address(oidc.issuer) or urlsplit(oidc.issuer).query:
        yield "oidc.issuer is an https address without a query, exactly as the provider's own documents write it."
    if not oidc.client or not _is_word(oidc.client):
        yield f"oidc.client is the client id that the provider gave, 1 to {LONGEST} visible characters."
    if not oidc.access:
        yield "oidc.access names the file that holds the client's secret."
    if len(oidc.label) > LONGEST_LABEL or not oidc.label.isprintable():
        yield f"oidc.label has at most {LONGEST_LABEL} characters in one line."
    if not oidc.algorithms or set(oidc.algorithms) - set(ALGORITHMS):
        yield f"oidc.algorithms lists one or more of {', '.join(ALGORITHMS)}."
    for name in ("second_factor_amr", "second_factor_acr"):
        words: list[str] = getattr(oidc, name)
        if len(words) > MOST_WORDS or not all(_is_word(word) for word in words):
            yield f"oidc.{name} lists at most {MOST_WORDS} words without blanks."


def is_address(text: str) -> bool:
    """https, or http to this machine; no fragment, no user."""
    if not _is_word(text):
        return False
    try:
        parts = urlsplit(text)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return False
    plain = parts.scheme == "http" and host in THIS_MACHINE
    return bool(host) and not parts.fragment and parts.username is None and (parts.scheme == "https" or plain)


def _is_word(text: str) -> bool:
    return 0 < len(text) <= LONGEST and text.isascii() and text.isprintable() and " " not in text
