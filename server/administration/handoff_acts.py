"""What an operator may ask about the keys by which the organisation's own site signs hand-offs."""

from typing import Annotated

import msgspec

from server.administration.act import Act, Answer, Word

KeyText = Annotated[str, msgspec.Meta(max_length=2_048)]


class SignerLine(Answer, frozen=True, kw_only=True):
    """`key` is the `kid` that tokens name: the key's RFC 7638 thumbprint. `state`: active or removed."""

    key: str
    algorithm: str
    added_at_ms: int
    state: str


class SignerList(Answer, frozen=True, kw_only=True):
    """`audience` is what tokens have to name as `aud`; "" where no address was set."""

    keys: list[SignerLine]
    audience: str


class AddSigner(Act[SignerLine], frozen=True, kw_only=True, tag="signers.add"):
    """`content` is a public key: a JSON Web Key or PEM, Ed25519 or P-256."""

    content: KeyText


class ListSigners(Act[SignerList], frozen=True, kw_only=True, tag="signers.list"):
    """The newest first."""


class RemoveSigner(Act[SignerLine], frozen=True, kw_only=True, tag="signers.remove"):
    """At once: nothing that it signed opens anything any more."""

    key: Word


HandoffAct = AddSigner | ListSigners | RemoveSigner
