"""More of the canaries' way: other systems and how they are told, staff's proofs, a provider, words, own pages."""

import asyncio
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp
import msgspec
from cryptography.hazmat.primitives.asymmetric import ec

from server.administration.acts import CreateKey
from server.administration.identity_acts import LinkIdentity
from server.administration.webhook_acts import AddWebhook
from server.oidc.settings import OidcSettings
from server.outbox.message import Channel, mail_of
from server.setting_groups import MailSettings, WebhooksSettings
from server.settings import Settings
from tests.protocol.administration_ways import Way
from tests.protocol.canaries import Canaries, Heard
from tests.protocol.factor_people import cancel_token
from tests.protocol.introduction_stand import Meeting, next_view
from tests.protocol.line_people import ask
from tests.protocol.me_people import enter, own_site
from tests.protocol.oidc_provider import CLIENT, SECRET, OidcProvider, oidc_provider
from tests.protocol.outside_peers import HookPeer, MailPeer, listening
from tests.protocol.passkey_people import Keyring
from tests.protocol.server_people import Browser, Customer, Share
from tests.protocol.server_stand import USUAL_SETTINGS, Stand
from tests.protocol.staff_passkey_people import passkey_of, signed
from tests.protocol.test_http_keys import EVERYTHING, MEI
from tests.protocol.test_http_verifications import ASKED, SCOPES, Asking, accept, joined
from tests.protocol.test_me_signed_tokens import SigningSite
from tests.soft_passkey import bytes_of

WITHIN_S = 30
SECRET_LENGTH = 43  # of a key, at its end: 32 bytes in base64url, in which "_" is a letter
ANOTHER_WRONG = "593026"


@dataclass(slots=True)
class Outside:
    """Whom the server talks to on its own."""

    mail: MailPeer
    hook: HookPeer
    provider: OidcProvider
    settings: Settings
    heard: list[bytes] = field(default_factory=list)

    def told(self) -> dict[str, Iterable[bytes]]:
        """What other systems got, but for mails: in those a link stands by right."""
        calls = [repr((call.path, call.headers)).encode() + call.body for call in self.hook.calls]
        return {"calls of a webhook": calls, "other systems' answers": self.heard}

    def mailed(self) -> dict[str, Iterable[bytes]]:
        return {"mails": [f"{one['Subject']} {one.get_content()}".encode() for one in self.mail.taken]}


@asynccontextmanager
async def outside(folder: Path) -> AsyncIterator[Outside]:
    """And settings by which a server knows them. The client's secret lies in `folder`."""
    secret = folder / "client-secret"
    secret.write_text(SECRET + "\n")
    async with (
        oidc_provider(lambda: 0) as provider,
        listening(MailPeer()) as mail,
        listening(HookPeer()) as hook,
    ):
        known = msgspec.structs.replace(
            USUAL_SETTINGS,
            webhooks=WebhooksSettings(networks=["127.0.0.0/8"]),
            mail=MailSettings(server=f"127.0.0.1:{mail.port}", sender="help@kawa.example", tls="none"),
            oidc=OidcSettings(
                issuer=provider.url, client=CLIENT, access=str(secret), second_factor_amr=["mfa"]
            ),
        )
        yield Outside(mail, hook, provider, known)


async def from_outside(server: Stand, around: Outside, canaries: Canaries) -> None:
    """Another system asks, by polling and by webhook, and has a link made; a member of staff comes by the provider."""
    await _verification_asked_for(server, around, canaries)
    await _by_provider(server, around.provider, canaries)


async def all_sent(server: Stand, around: Outside, canaries: Canaries) -> None:
    """Every message that was queued is out, and the links of the mails are noted."""
    kept = [one.message for one in await server.foundation.stores.outbox.latest(readable=True)]
    mails = [mail_of(one.body) for one in kept if one.channel is Channel.MAIL]
    async with asyncio.timeout(WITHIN_S):
        while len(around.mail.taken) < len(mails) or not around.hook.calls:  # noqa: ASYNC110  # peers tell nobody
            await asyncio.sleep(0.05)
    canaries.add("cancel token", *(cancel_token(mail) for mail in mails if "/cancel#" in mail.text))


async def _verification_asked_for(server: Stand, around: Outside, canaries: Canaries) -> None:
    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as session:
        system = Asking(server, session)
        scopes = [*SCOPES, *EVERYTHING]
        system.token = (await system.office.do(CreateKey(name="payments", scopes=scopes, days=1))).token
        url = f"http://127.0.0.1:{around.hook.port}/hook"
        hook = await system.office.do(AddWebhook(name="payments", url=url))
        canaries.add("API key", system.token, system.token[-SECRET_LENGTH:])
        canaries.add("webhook secret", hook.secret, hook.secret.removeprefix("whsec_"))
        asked = (await system.post("/verifications", {**ASKED, "webhook": "payments"})).body
        canaries.add("link token", asked["link"].partition("#")[2])
        canaries.add("spoken code", asked["spoken"])
        async with joined(system, asked) as (customer, socket):
            await accept(socket)
            code = server.fresh_code("K-30518")
            canaries.add("code of the customer", code)
            canaries.add("wrong code", ANOTHER_WRONG)
            assert (await customer.type_code(ANOTHER_WRONG)).body["outcome"] == "refused"
            assert (await customer.type_code(code)).body["outcome"] == "verified"
            await socket.view("ended")
            canaries.add_cookies(customer)
        around.heard.append(repr(await system.state(asked["id"], "verified")).encode())
        await system.post("/customers", MEI)
        link = await system.post(f"/customers/{MEI['reference']}/enrolments")
        canaries.add("enrolment token", link.body["url"].partition("#")[2])
        canaries.add("mail address", MEI["email"])


async def _by_provider(server: Stand, provider: OidcProvider, canaries: Canaries) -> None:
    provider.now_s = lambda: server.clock.now_ms() // 1000
    provider.faults.claims = lambda claims: {**claims, "amr": ["pwd", "mfa"]}
    await Way(server.foundation.log_folder.parent, server).do(
        LinkIdentity(username="agent2", subject=provider.subject)
    )
    canaries.add("client secret", SECRET)
    async with Browser(server) as browser:
        for foreign in (True, False):
            provider.faults.foreign_key = foreign
            asked = (await browser.page("/agent/sign-in/provider")).headers["Location"]
            back = provider.sign_in(asked).removeprefix(server.url)
            canaries.add("code of the provider", back.partition("code=")[2].partition("&")[0])
            canaries.add("state and nonce", *(provider.asked[-1][name] for name in ("state", "nonce")))
            canaries.add_cookies(browser)
            assert (await browser.page(back)).status == (401 if foreign else 200)
        assert (await browser.ask("GET", "/staff/me")).status == 200
        canaries.add_cookies(browser)


async def proved_again(server: Stand, agent: Heard, officer: Heard, canaries: Canaries) -> None:
    """An agent by code, wrong and right; an officer by passkey."""
    code = server.fresh_code("agent")
    canaries.add("code of agent", code)
    for typed, status in ((ANOTHER_WRONG, 422), (code, 204)):
        answer = await agent.ask("POST", "/staff/me/confirmations", {"code": typed})
        assert answer.status == status, answer.body
    canaries.add_cookies(agent)
    credential, way = await passkey_of(server, "officer"), "/staff/me/confirmations/passkey"
    officer.by_right = (*officer.by_right, f"{way}-options?door=security")
    options = await officer.ask("POST", f"{way}-options?door=security")
    canaries.add("challenge", bytes_of(options.body["challenge"]))
    body = {"passkey": signed(officer, credential, options)}
    canaries.add("signature of a passkey", bytes_of(body["passkey"]["signature"]))
    assert (await officer.ask("POST", f"{way}?door=security", body)).status == 204
    canaries.add_cookies(officer)


async def introduced(server: Stand, agent: Heard, canaries: Canaries) -> list[object]:
    """Two runs of the words with a lost line between, as pages that keep their secrets to themselves."""
    opened = await agent.open_session(contact="voice")
    canaries.add("link token", opened["invitation"]["link"].partition("#")[2])
    canaries.add("spoken code", opened["invitation"]["code"])
    async with Customer(server) as customer:
        assert (await customer.claim(opened["invitation"])).status == 201
        canaries.add_cookies(customer)
        async with (
            agent.socket(session=opened["session"]) as at_agent,
            customer.socket(purpose="session") as at_customer,
        ):
            await at_customer.send({"type": "badge.shown"})
            badge = (await at_customer.view("introducing"))["badge"]
            await at_customer.send({"type": "badge.accept"})
            while (await next_view(at_customer))["introduction"] != "badge":
                continue
            share = Share(agent, customer, at_agent, at_customer, opened["session"])
            await _words_twice(Meeting(share, badge), canaries)
            assert (await agent.ask("POST", f"/sessions/{share.session}/end")).status == 200
            await at_agent.view("ended")
            return list(at_agent.got)


async def _words_twice(met: Meeting, canaries: Canaries) -> None:
    for run in (1, 2):
        pages = met.pages(run)
        await met.exchange(*pages)
        canaries.add("a page's key of a run", *(_scalar(page.half.secret) for page in pages))
        other = pages[1].half.secret.public_key()
        canaries.add("shared secret", pages[0].half.secret.exchange(ec.ECDH(), other))
        await met.share.customer_socket.send({"type": "exchange.drop", "run": run})
    for keeper in (met.share.agent.device, met.share.customer.key):
        canaries.add("device key", _scalar(keeper.private))


def _scalar(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_numbers().private_value.to_bytes(32, "big")


async def on_own_page(server: Stand, keyring: Keyring, canaries: Canaries) -> None:
    """The organisation's site hands a customer over, in two ways; then by passkey."""
    signing = await SigningSite(server, Way(server.foundation.log_folder.parent, server)).registered()
    async with own_site(server) as site, Browser(server) as customer:
        canaries.add("API key", site.token)
        for token in (await site.token_for(), signing.token()):
            canaries.add("hand-off token", token, token.rpartition(".")[2])
            assert (await enter(customer, token)).status == 201
            assert (await enter(customer, token)).status == 401
            canaries.add_cookies(customer)
        for what, status in (("proof", 200), ("", 201)):
            asked = f"/me/passkey/{what}-options" if what else "/me/passkey/options"
            challenge = bytes_of((await customer.ask("POST", asked)).body["challenge"])
            canaries.add("challenge", challenge)
            passkey = keyring.latest.assertion(challenge, server.url)
            answer = await customer.ask("POST", f"/me/passkey/{what or 'login'}s", passkey)
            assert answer.status == status, answer.body
            canaries.add_cookies(customer)
        for path in ("/me", "/me/history", "/me/factors"):
            assert (await customer.ask("GET", path)).status == 200
        canaries.add("words of a customer", words := "The zinnia transfer is gone")
        assert (await ask(customer, words=words)).status in {
            201,
            409,
        }  # in a session already: tried all the same
        canaries.add_cookies(customer)
