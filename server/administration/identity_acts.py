"""Acts on who of the staff is who at the organisation's own provider of sign-ins."""

from server.administration.act import Act, Answer, Line, Word


class IdentityLinked(Answer, frozen=True, kw_only=True):
    """`ended`: sign-ins that ended by it, those of an identity in whose place it stands among them."""

    username: str
    issuer: str
    subject: str
    ended: int = 0


class LinkIdentity(Act[IdentityLinked], frozen=True, kw_only=True, tag="identity.link"):
    """`subject` is the person's `sub` at the provider of the settings. In place of one that they had."""

    username: Word
    subject: Line


class UnlinkIdentity(Act[IdentityLinked], frozen=True, kw_only=True, tag="identity.unlink"):
    """At once: nobody signs in by it, and the person's sign-ins end."""

    username: Word


IdentityAct = LinkIdentity | UnlinkIdentity
