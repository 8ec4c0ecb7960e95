"""An agent's page asks for its badge; anybody reads the keys that badges are checked with."""

from typing import Annotated, Final

import msgspec

from server.badges.asserting import Answer as PasskeyAnswer
from server.badges.issuer import PasskeyNeeded
from server.http.passkey_shapes import (
    BadgeAssertionOptions,
    PasskeyAssertion,
    badge_options,
)
from server.http.routing import AGENT, ANYONE, Call, Owned, Route
from server.http.shapes import Answer, Request
from server.problems import not_found

API: Final = "/api/v1"


class BadgeAssertion(PasskeyAssertion, frozen=True, kw_only=True):
    """`nonce` is the one that the question came with."""

    nonce: Annotated[str, msgspec.Meta(min_length=43, max_length=43, pattern="^[A-Za-z0-9_-]*$")]


class AskForBadge(Request, frozen=True, kw_only=True):
    """`device_key` is a canonical JWK, `signature` its own over the request's text: verification/INTRODUCTION.md.
    `passkey`: where the answer without it is `passkey_needed`."""

    device_key: Annotated[str, msgspec.Meta(max_length=512)]
    signature: Annotated[str, msgspec.Meta(max_length=128)]
    passkey: BadgeAssertion | None = None


class AskToStandForBadge(Request, frozen=True, kw_only=True):
    device_key: Annotated[str, msgspec.Meta(max_length=512)]


class BadgeAnswer(Answer, frozen=True, kw_only=True):
    """`passkey_needed`: there is none yet; ask for `passkey-options`, and once more with the passkey's answer."""

    document: str | None = None
    signature: str | None = None
    passkey_needed: bool = False


class BadgeKeyShown(Answer, frozen=True, kw_only=True):
    """It signed from `from_ms` on and before `until_ms`; null: it still does."""

    id: str
    algorithm: str
    public: str
    from_ms: int
    until_ms: int | None


class BadgeKeysShown(Answer, frozen=True, kw_only=True):
    """`revoked`: badges that have not expired and hold no more."""

    v: int
    organisation: str
    keys: list[BadgeKeyShown]
    revoked: list[str]


async def issue(call: Call) -> BadgeAnswer:
    body: AskForBadge = call.body
    if call.session is None:
        raise not_found()
    answer = None if body.passkey is None else PasskeyAnswer(body.passkey.nonce, body.passkey.response())
    try:
        session = await call.services.badges.desk.issue(
            call.session, call.staff, body.device_key, body.signature, answer
        )
    except PasskeyNeeded:
        return BadgeAnswer(passkey_needed=True)
    if session.signed_badge is None:
        raise not_found()
    return BadgeAnswer(document=session.signed_badge.document, signature=session.signed_badge.signature)


async def options(call: Call) -> BadgeAssertionOptions:
    body: AskToStandForBadge = call.body
    if call.session is None:
        raise not_found()
    asked = await call.services.badges.desk.options(call.session, call.staff, body.device_key)
    return badge_options(asked, call.session.agent_login)


async def keys(call: Call) -> BadgeKeysShown:
    badges = call.services.badges
    published = await badges.desk.published()
    return BadgeKeysShown(
        v=1,
        organisation=badges.organisation,
        keys=[
            BadgeKeyShown(
                id=key.id, algorithm="Ed25519", public=key.public, from_ms=key.from_ms, until_ms=key.until_ms
            )
            for key in published.keys
        ],
        revoked=list(published.revoked),
    )


BADGE_ROUTES: Final = (
    Route(
        method="POST",
        path=f"{API}/sessions/{{session}}/badge",
        handler=issue,
        who=AGENT,
        owned=Owned.SESSION,
        request=AskForBadge,
        answer=BadgeAnswer,
        problems=(409, 422, 503),
        summary="A badge for this browser's key, for the customer of this session; recorded",
    ),
    Route(
        method="POST",
        path=f"{API}/sessions/{{session}}/badge/passkey-options",
        handler=options,
        who=AGENT,
        owned=Owned.SESSION,
        request=AskToStandForBadge,
        answer=BadgeAssertionOptions,
        problems=(409, 422, 503),
        summary="What the agent's passkey is to sign to get a badge: this browser's key, the case and the sign-in",
    ),
    Route(
        method="GET",
        path="/.well-known/tachiai-badge-keys",
        handler=keys,
        who=ANYONE,
        answer=BadgeKeysShown,
        summary="The keys that agents' badges are checked with, and the badges that hold no more",
    ),
)
