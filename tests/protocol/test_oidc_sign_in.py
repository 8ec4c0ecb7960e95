"""Agents sign in at a provider that signs real tokens; every fault of an answer keeps them out and is on record."""

import base64
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from audit.event import EventName
from server.administration.identity_acts import LinkIdentity, UnlinkIdentity
from server.oidc.fetching import LARGEST_ANSWER_BYTES
from server.oidc.provider import KEYS_AGAIN_AFTER_S
from server.oidc.settings import OidcSettings
from server.settings import Settings
from tests.protocol.administration_ways import Way
from tests.protocol.oidc_provider import CLIENT, SECRET, Claims, OidcProvider, oidc_provider
from tests.protocol.server_people import Answered, Browser
from tests.protocol.server_stand import USUAL_SETTINGS, Stand, stand

START = "/agent/sign-in/provider"
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@dataclass(slots=True)
class Place:
    server: Stand
    provider: OidcProvider
    browser: Browser
    operator: Way

    def known_there(self, address: str) -> str:
        """At the provider, which knows the person: the address back, as a path of ours."""
        return self.provider.sign_in(address).removeprefix(self.server.url)

    async def go(self, start: str = START) -> str:
        answer = await self.browser.page(start)
        assert answer.status == 303, answer.body
        return self.known_there(answer.headers["Location"])

    async def enter(self) -> Answered:
        return await self.browser.page(await self.go())

    async def signed_in(self) -> bool:
        return (await self.browser.ask("GET", "/staff/me")).status == 200

    async def reasons(self) -> list[Any]:
        events = await self.server.events()
        return [event.facts["reason"] for event in events if event.name is EventName.AGENT_LOGIN_REFUSED]


@asynccontextmanager
async def placed(folder: Path, **settings: Any) -> AsyncIterator[Place]:
    shift = [0]
    async with oidc_provider(lambda: shift[0]) as provider:
        secret = folder / "client-secret"
        secret.write_text(SECRET + "\n")
        oidc = OidcSettings(issuer=provider.url, client=CLIENT, access=str(secret), **settings)
        known = Settings(organisation=USUAL_SETTINGS.organisation, oidc=oidc)
        async with stand(folder / "site", settings=known) as server, Browser(server) as browser:
            provider.now_s = lambda: server.clock.now_ms() // 1000
            way = Way(folder / "site", server)
            await way.do(LinkIdentity(username="agent", subject=provider.subject))
            yield Place(server, provider, browser, way)


@pytest.fixture
async def place(tmp_path: Path) -> AsyncIterator[Place]:
    async with placed(tmp_path, second_factor_amr=["mfa"], second_factor_acr=["phr"]) as place:
        place.provider.faults.claims = strong
        yield place


def strong(claims: Claims) -> Claims:
    return {**claims, "amr": ["pwd", "mfa"]}


async def test_whoever_is_linked_and_proved_by_two_factors_is_signed_in(place: Place) -> None:
    answer = await place.enter()
    assert answer.status == 200
    assert 'id="go-on"' in answer.body  # a page, so that the strict cookie comes along with the next step
    assert await place.signed_in()
    (asked,) = place.provider.asked
    assert (asked["response_type"], asked["code_challenge_method"], asked["acr_values"]) == (
        "code",
        "S256",
        "phr",
    )
    seen = (await place.browser.ask("GET", "/staff/me/logins")).body
    assert [one["means"] for one in seen] == ["provider"]


async def test_without_a_second_factor_at_the_provider_a_code_of_ours_follows(place: Place) -> None:
    place.provider.faults.claims = dict
    answer = await place.enter()
    assert 'name="code"' in answer.body
    assert not await place.signed_in()
    wrong = await place.browser.ask("POST", f"{START}/code", raw=b"code=000000", headers=FORM)
    assert (wrong.status, await place.signed_in()) == (401, False)
    code = place.server.fresh_code("agent")
    right = await place.browser.ask("POST", f"{START}/code", raw=f"code={code}".encode(), headers=FORM)
    assert right.status == 200
    assert await place.signed_in()
    again = await place.browser.ask("POST", f"{START}/code", raw=f"code={code}".encode(), headers=FORM)
    assert again.status == 400


async def test_a_signature_on_an_elliptic_curve_is_as_good(place: Place) -> None:
    place.provider.faults.algorithm = "ES256"
    await place.enter()
    assert await place.signed_in()


def unsigned(token: str) -> str:
    head = (
        base64.urlsafe_b64encode(json.dumps({"alg": "none", "kid": "rsa-1"}).encode()).rstrip(b"=").decode()
    )
    return f"{head}.{token.split('.')[1]}."


def by_shared_secret(token: str) -> str:
    head = (
        base64.urlsafe_b64encode(json.dumps({"alg": "HS256", "kid": "oct-1"}).encode()).rstrip(b"=").decode()
    )
    return f"{head}.{token.split('.')[1]}.{token.split('.')[2]}"


def changed(**values: Any) -> Callable[[Claims], Claims]:
    return lambda claims: {
        name: value for name, value in {**strong(claims), **values}.items() if value != ...
    }


FAULTS: dict[str, tuple[dict[str, Any], str]] = {
    "issuer": ({"claims": changed(iss="https://elsewhere.example")}, "provider_token_iss"),
    "audience": ({"claims": changed(aud="another-client")}, "provider_token_aud"),
    "others in the audience": ({"claims": changed(aud=[CLIENT, "other"])}, "provider_token_azp"),
    "nonce": ({"claims": changed(nonce="A" * 43)}, "provider_token_nonce"),
    "no nonce": ({"claims": changed(nonce=...)}, "provider_token_nonce"),
    "no subject": ({"claims": changed(sub=...)}, "provider_token_sub"),
    "a number for a subject": ({"claims": changed(sub=7)}, "provider_token_sub"),
    "an object for a subject": ({"claims": changed(sub={})}, "provider_token_sub"),
    "a number for the audience": ({"claims": changed(aud=5)}, "provider_token_aud"),
    "a list for a nonce": ({"claims": changed(nonce=[1])}, "provider_token_nonce"),
    "an object for a party": ({"claims": changed(azp={})}, "provider_token_azp"),
    "expired": ({"claims": changed(exp=1_000)}, "provider_token_exp"),
    "no end": ({"claims": changed(exp=...)}, "provider_token_exp"),
    "from the future": ({"claims": changed(iat=2**40)}, "provider_token_iat"),
    "not yet": ({"claims": changed(nbf=2**40)}, "provider_token_nbf"),
    "somebody else": ({"claims": changed(sub="somebody")}, "provider_not_linked"),
    "unsigned": ({"token": unsigned}, "provider_token_signature"),
    "shared secret": ({"token": by_shared_secret}, "provider_token_signature"),
    "no token": ({"token": lambda _: "x.y"}, "provider_token_form"),
    "foreign key": ({"foreign_key": True}, "provider_token_signature"),
    "swapped state": ({"back": lambda answer: {**answer, "state": "A" * 43}}, "provider_state"),
    "no state": ({"back": lambda answer: {"code": answer["code"], "iss": answer["iss"]}}, "provider_state"),
    "mixed up": ({"back": lambda answer: {**answer, "iss": "https://elsewhere.example"}}, "provider_issuer"),
    "issuer left out": ({"back": lambda a: {"code": a["code"], "state": a["state"]}}, "provider_issuer"),
    "denied": (
        {"back": lambda a: {"error": "access_denied", "state": a["state"], "iss": a["iss"]}},
        "provider_denied",
    ),
}


async def test_every_fault_keeps_everybody_out_and_is_on_record_with_its_reason(place: Place) -> None:
    usual = place.provider.faults
    for fault, (switches, _) in FAULTS.items():
        place.provider.faults = replace(usual, **switches)
        answer = await place.enter()
        assert (answer.status, await place.signed_in()) == (401, False), fault
    assert await place.reasons() == [reason for _, reason in FAULTS.values()]
    place.provider.faults = usual
    await place.enter()
    assert await place.signed_in()


async def test_an_answer_is_good_once_and_only_in_the_browser_that_asked(place: Place) -> None:
    back = await place.go()
    async with Browser(place.server) as elsewhere:
        stolen = await elsewhere.page(back)
        assert (stolen.status, (await elsewhere.ask("GET", "/staff/me")).status) == (400, 401)
    assert (await place.browser.page(back)).status == 200
    assert (await place.browser.page(back)).status == 400  # its cookie is gone with it
    own, others = await place.go(), await place.go()  # a code of another sign-in of the same browser
    assert own != others
    assert (await place.browser.page(own)).status == 401
    assert await place.reasons() == ["provider_state"]


async def test_a_code_that_the_provider_took_already_opens_nothing(place: Place) -> None:
    place.provider.faults.back = lambda answer: {**answer, "code": "used-already"}
    assert (await place.enter()).status == 503
    assert not await place.signed_in()


async def test_a_provider_that_answers_like_none_is_told_as_unavailable(place: Place) -> None:
    usual = place.provider.faults
    for fault in (
        {"status": 500},
        {"padding": LARGEST_ANSWER_BYTES},
        {"status": 302},
        {"document": lambda document: {**document, "issuer": "https://elsewhere.example"}},
        {"document": lambda document: {**document, "token_endpoint": "http://elsewhere.example/token"}},
    ):
        place.provider.faults = replace(usual, **fault)
        assert (await place.browser.page(START)).status == 503, fault


async def test_keys_are_remembered_and_looked_for_again_when_a_token_names_a_new_one(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert KEYS_AGAIN_AFTER_S > 0
    monkeypatch.setattr("server.oidc.provider.KEYS_AGAIN_AFTER_S", 3_600.0)  # however slow this machine is
    await place.enter()
    await place.enter()
    assert place.provider.fetched.count("keys") == place.provider.fetched.count("document") == 1
    place.provider.make_keys("-later")
    assert (await place.enter()).status == 401  # so soon after the last look nobody is asked again
    assert place.provider.fetched.count("keys") == 1
    monkeypatch.setattr("server.oidc.provider.KEYS_AGAIN_AFTER_S", 0.0)
    assert (await place.enter()).status == 200
    assert place.provider.fetched.count("keys") == 2


async def test_an_unlinked_person_is_signed_out_and_stays_out(place: Place) -> None:
    await place.enter()
    assert await place.signed_in()
    again = await place.operator.do(LinkIdentity(username="agent", subject="another"))
    assert (again.ended, await place.signed_in()) == (1, False)  # made by the former
    await place.operator.do(LinkIdentity(username="agent", subject=place.provider.subject))
    await place.enter()
    assert await place.signed_in()
    unlinked = await place.operator.do(UnlinkIdentity(username="agent"))
    assert unlinked.ended == 1
    assert not await place.signed_in()
    answer = await place.enter()
    assert (answer.status, await place.reasons()) == (401, ["provider_not_linked"])


async def test_no_secret_and_no_code_of_it_is_written_anywhere(place: Place) -> None:
    await place.enter()
    place.provider.faults.foreign_key = True
    await place.enter()
    told = place.server.written.getvalue() + str(await place.server.events())
    for asked in place.provider.asked:
        assert asked["state"] not in told
        assert asked["nonce"] not in told
    assert SECRET not in told
    assert place.provider.subject not in told


async def test_where_no_provider_is_set_there_is_no_such_way(tmp_path: Path) -> None:
    async with stand(tmp_path) as server, Browser(server) as browser:
        assert (await browser.page(START)).status == 404
        assert f'href="{START}"' not in (await browser.page("/agent/sign-in")).body
