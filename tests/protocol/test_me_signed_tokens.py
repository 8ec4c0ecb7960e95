"""Tokens that the organisation's own site signs: each way in which one can be wrong; a good one counts once."""

import asyncio
import base64
import json
import secrets
import warnings
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from joserfc import jwt
from joserfc.errors import SecurityWarning
from joserfc.jwk import ECKey, OctKey, OKPKey

from audit.event import EventName
from server.administration.errors import ActRefused
from server.administration.handoff_acts import AddSigner, ListSigners, RemoveSigner
from tests.protocol.administration_ways import Way
from tests.protocol.me_people import enter
from tests.protocol.server_people import Browser
from tests.protocol.server_stand import Stand, stand


@dataclass(slots=True)
class SigningSite:
    """The organisation's site with a key pair of its own."""

    stand: Stand
    operator: Way
    key: OKPKey | ECKey = field(default_factory=lambda: OKPKey.generate_key("Ed25519"))

    @property
    def kid(self) -> str:
        return self.key.thumbprint()

    async def registered(self) -> "SigningSite":
        line = await self.operator.do(AddSigner(content=self.public()))
        assert line.key == self.kid
        return self

    def public(self) -> str:
        return json.dumps(self.key.as_dict(private=False))

    def token(self, *, header: dict[str, Any] | None = None, **changes: Any) -> str:
        now = self.stand.clock.now_ms() // 1_000
        claims = {
            "aud": self.stand.url,
            "sub": "K-30518",
            "jti": secrets.token_urlsafe(16),
            "iat": now,
            "exp": now + 120,
            **changes,
        }
        algorithm = "EdDSA" if isinstance(self.key, OKPKey) else "ES256"
        told = {"alg": algorithm, "kid": self.kid, "typ": "handoff+jwt", **(header or {})}
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", SecurityWarning)
            return jwt.encode(
                {name: value for name, value in told.items() if value is not None},
                {name: value for name, value in claims.items() if value is not None},
                self.key,
                algorithms=["EdDSA", "Ed25519", "ES256"],
            )


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[SigningSite]:
    async with stand(tmp_path) as server:
        yield await SigningSite(server, Way(tmp_path, server)).registered()


async def test_a_token_opens_the_page_once_whichever_key_signs_it(site: SigningSite) -> None:
    second = await SigningSite(site.stand, site.operator, ECKey.generate_key("P-256")).registered()
    for signing, header in ((site, {}), (site, {"alg": "Ed25519"}), (second, {})):
        async with Browser(site.stand) as browser:
            token = signing.token(header=header)
            for _ in range(2):  # looking uses nothing up
                arrival = await browser.ask("POST", "/me/arrivals", {"token": token})
                assert (arrival.status, arrival.body["reference"]) == (200, "K-30518")
            answer = await enter(browser, token)
            assert (answer.status, answer.body["way"], answer.body["reference"]) == (201, "signed", "K-30518")
            assert (await enter(browser, token)).status == 401
            assert (await browser.ask("POST", "/me/arrivals", {"token": token})).status == 401


async def test_of_fifty_at_once_exactly_one_gets_in(site: SigningSite) -> None:
    async with Browser(site.stand) as browser:
        token = site.token()
        answers = await asyncio.gather(*(enter(browser, token) for _ in range(50)))
    assert sorted(answer.status for answer in answers) == [201] + [401] * 49


def _wrong(site: SigningSite) -> dict[str, tuple[str, str]]:
    """What is wrong with each, and the reason that stands in the log alone."""
    now = site.stand.clock.now_ms() // 1_000
    stranger = SigningSite(site.stand, site.operator)
    good = site.token()
    head, body, signature = good.split(".")
    secret = jwt.encode(
        {"alg": "HS256", "kid": site.kid, "typ": "handoff+jwt"},
        {"aud": site.stand.url, "sub": "K-30518", "jti": "a" * 16, "iat": now, "exp": now + 60},
        OctKey.import_key(site.public()),
    )
    unsigned = base64.urlsafe_b64encode(
        json.dumps({"alg": "none", "kid": site.kid, "typ": "handoff+jwt"}).encode()
    )
    return {
        "of a key that nobody registered": (stranger.token(), "key"),
        "signed by another key": (stranger.token(header={"kid": site.kid}), "signature"),
        "with the public key as a secret": (secret, "algorithm"),
        "without an algorithm": (f"{unsigned.rstrip(b'=').decode()}.{body}.", "algorithm"),
        "without a signature": (f"{head}.{body}.", "signature"),
        "with another body": (f"{head}.{body[:-2]}AA.{signature}", "signature"),
        "of another type": (site.token(header={"typ": "JWT"}), "form"),
        "without a key's name": (site.token(header={"kid": None}), "form"),
        "that brings its own key": (site.token(header={"jwk": {"kty": "OKP"}}), "form"),
        "for somebody else": (site.token(aud="https://other.example"), "audience"),
        "for two": (site.token(aud=[site.stand.url, "https://other.example"]), "audience"),
        "for nobody": (site.token(aud=None), "audience"),
        "too late": (site.token(iat=now - 130, exp=now - 10), "expired"),
        "that lives too long": (site.token(exp=now + 121), "times"),
        "from the future": (site.token(iat=now + 60, exp=now + 120), "times"),
        "without an end": (site.token(exp=None), "times"),
        "without a beginning": (site.token(iat=None), "times"),
        "with a time that is text": (site.token(exp=str(now + 60)), "times"),
        "with a fraction": (site.token(exp=now + 60.5), "times"),
        "without a name": (site.token(jti=None), "form"),
        "with a short name": (site.token(jti="abc"), "form"),
        "with no customer": (site.token(sub=None), "form"),
        "of nobody's": (site.token(sub="K-99999"), "unknown"),
        "of another content": (site.token(header={"cty": "JWT"}), "form"),
    }


async def test_whatever_is_wrong_with_a_token_the_answer_is_the_same(site: SigningSite) -> None:
    wrong = _wrong(site)
    async with Browser(site.stand) as browser:
        answers = {what: await enter(browser, token) for what, (token, _) in wrong.items()}
    assert {what for what, answer in answers.items() if answer.status != 401} == set()
    assert len({json.dumps(answer.body) for answer in answers.values()}) == 1
    events = [event for event in await site.stand.events() if event.name is EventName.CUSTOMER_LOGIN_REFUSED]
    told = [event.facts["reason"] for event in events]
    assert told == [reason for _, reason in wrong.values()][: len(told)]
    assert len(told) >= 10, "the first ones of a source are told one by one"


async def test_a_key_that_is_removed_opens_nothing_at_once_and_can_come_back(site: SigningSite) -> None:
    async with Browser(site.stand) as browser:
        token = site.token()
        assert (await site.operator.do(RemoveSigner(key=site.kid))).state == "removed"
        assert (await enter(browser, token)).status == 401
        await site.registered()
        assert (await enter(browser, site.token())).status == 201
    names = [event.name for event in await site.stand.events()]
    assert names.count(EventName.OPERATOR_SIGNER_REMOVED) == 1
    assert [line.state for line in (await site.operator.do(ListSigners())).keys] == ["active"]


async def test_only_public_keys_of_the_two_kinds_are_taken(site: SigningSite) -> None:
    private = json.dumps(site.key.as_dict(private=True))
    for content in (
        private,
        site.key.as_pem(private=True).decode(),
        json.dumps(ECKey.generate_key("P-384").as_dict(private=False)),
        json.dumps(OKPKey.generate_key("X25519").as_dict(private=False)),
        json.dumps(OctKey.generate_key(256).as_dict()),
        "{}",
        "[]",
        "",
        "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n",
        site.public(),  # which is there already
    ):
        with pytest.raises(ActRefused):
            await site.operator.do(AddSigner(content=content))
    pem = ECKey.generate_key("P-256").as_pem(private=False).decode()
    assert (await site.operator.do(AddSigner(content=pem))).algorithm == "ES256"


async def test_no_token_is_in_a_log_or_an_entry(site: SigningSite) -> None:
    async with Browser(site.stand) as browser:
        tokens = [site.token(), site.token(sub="K-99999")]
        for token in tokens:
            await enter(browser, token)
    entries = json.dumps([str(event) for event in await site.stand.events()])
    for token in tokens:
        for part in token.split("."):
            assert part not in site.stand.written.getvalue()
            assert part not in entries
