"""No code, secret or token leaves by any way but its own or lies in the clear, in one run through everything."""

from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import pytest

from server.foundation import DATABASE_FILE
from tests.protocol.canaries import Canaries, Heard, files, kept_and_told
from tests.protocol.canary_walks import (
    Outside,
    all_sent,
    from_outside,
    introduced,
    on_own_page,
    outside,
    proved_again,
)
from tests.protocol.enrolment_people import Newcomer, customer_of, hire, link_for, token_of
from tests.protocol.passkey_people import Keyring, PasskeyNewcomer, asked, prove
from tests.protocol.server_people import Customer, Share
from tests.protocol.server_stand import Stand, stand
from tests.soft_passkey import bytes_of

SEEN_THERE = {
    "the log's entries",
    "what everybody may read of them",
    "messages",
    "export as jsonl",
    "export as ocsf",
    "export as cef",
    "the agent's socket",
    "the agent's answers",
    "addresses",
    "the database",
}
PASSWORD = "canary-heron-over-slate-917"
MAIL = "haruto.sato@example.com"
WRONG = "482915"


@pytest.fixture
def canaries() -> Canaries:
    return Canaries()


async def test_no_secret_of_the_whole_flow_stands_where_it_should_not(
    tmp_path: Path, canaries: Canaries
) -> None:
    """One run through everything: the places are looked through once, at its end, and the files again after it."""
    folder = tmp_path / "site"
    async with outside(tmp_path) as around:
        async with (
            stand(folder, settings=around.settings) as server,
            Heard(server) as agent,
            Heard(server) as officer,
        ):
            frames = await _everything(server, around, agent, officer, canaries)
            session = agent.addresses[-1].decode().split("/")[2]  # it ended that one last
            await officer.ask("GET", "/security/sessions")
            told = {**await kept_and_told(server, folder), **around.told()}
            canaries.add_cookies(agent, officer)
            told |= {
                "the agent's socket": [repr(frame).encode() for frame in frames],
                "the agent's answers": agent.answers,
                "the officer's answers": officer.answers,
                "problems": [*agent.problems, *officer.problems],
                "addresses": [*agent.addresses, *officer.addresses],
            }
        assert len(canaries.by_name) > 40, sorted(canaries.by_name)
        assert canaries.found(told) == []
        assert canaries.found(around.mailed(), but={"mail address", "cancel token"}) == []
        assert canaries.found(around.mailed()), "the mail's link must be found, or nothing was looked at"
    assert _places_of(session, told) >= SEEN_THERE, (
        "what is no secret must be found, or nothing was looked at"
    )
    assert canaries.found(files(folder)) == [], "after it stopped"


async def _everything(
    server: Stand, around: Outside, agent: Heard, officer: Heard, canaries: Canaries
) -> list[object]:
    """All messages that the agent's pages got."""
    canaries.add("mail address", MAIL)
    for name, account in server.accounts.items():
        canaries.add(f"app secret of {name}", account.secret)
    codes, keyring = await _enrolled(server, canaries), Keyring()
    await _hired(server, canaries)
    await _signed_in(server, agent, officer, canaries)
    frames = [
        *await _session_by_code(server, agent, canaries),
        *await _session_by(server, agent, canaries, keyring, recovery=codes[3]),
    ]
    await from_outside(server, around, canaries)  # before the passkey, whose link takes the app's place
    await proved_again(server, agent, officer, canaries)
    frames += await introduced(server, agent, canaries)
    frames += await _session_by(server, agent, canaries, keyring)
    await on_own_page(server, keyring, canaries)
    canaries.add("socket ticket", *agent.tickets)
    await all_sent(server, around, canaries)
    return frames


def _places_of(session: str, told: dict[str, Iterable[bytes]]) -> set[str]:
    control = Canaries()
    control.add("session", session)
    found = {place.removeprefix("session in ") for place in control.found(told)}
    return found | ({"the database"} if any(DATABASE_FILE in place for place in found) else set())


async def _signed_in(server: Stand, agent: Heard, officer: Heard, canaries: Canaries) -> None:
    canaries.add("password", *(server.accounts[name].password or "" for name in ("agent", "officer")))
    tried = {"door": "agent", "username": "canary-name-31", "password": PASSWORD, "code": WRONG}
    canaries.add("wrong password", PASSWORD)
    canaries.add("wrong code", WRONG)
    canaries.add("name that nobody has", "canary-name-31")
    assert (await agent.ask("POST", "/logins", tried)).status == 401
    for browser, name, door in ((agent, "agent", "agent"), (officer, "officer", "security")):
        code = server.fresh_code(name)
        canaries.add(f"code of {name}", code)
        body = {"door": door, "username": name, "password": server.accounts[name].password, "code": code}
        assert (await browser.ask("POST", "/logins", body)).status == 201
        canaries.add_cookies(browser)


async def _opened(
    server: Stand, agent: Heard, customer: Customer, canaries: Canaries, *, spoken: bool
) -> str:
    opened = await agent.open_session()
    invitation = opened["invitation"]
    canaries.add("link token", invitation["link"].partition("#")[2])
    canaries.add("spoken code", invitation["code"])
    assert (await customer.claim(invitation, by_code=spoken)).status == 201
    canaries.add_cookies(customer)
    return str(opened["session"])


async def _session_by_code(server: Stand, agent: Heard, canaries: Canaries) -> list[object]:
    """Wrong code, right code, consent that does not hold, consent, sharing, the agent asks with a code, end."""
    async with Customer(server) as customer:
        session = await _opened(server, agent, customer, canaries, spoken=True)
        async with (
            agent.socket(session=session) as at_agent,
            customer.socket(purpose="session") as at_customer,
        ):
            share = Share(agent, customer, at_agent, at_customer, session)
            await _accepted(share)
            await customer.type_code(WRONG)
            code = server.fresh_code("K-30518")
            canaries.add("code of the customer", code)
            assert (await customer.type_code(code)).body["outcome"] == "verified"
            canaries.add_cookies(customer)
            asked_for = await at_customer.view("consenting")
            bad = {"document": "canary-document-55", "signature": "canary-signature-56"}
            canaries.add("consent that does not hold", *bad.values())
            await customer.ask("POST", "/customer/session/consent", bad)
            assert (await customer.agree(asked_for["proposal"])).status == 200
            assert (await agent.ask("GET", f"/cases/canary-{code}")).status >= 400
            agent.addresses.pop()  # that was typed by the agent
            await at_agent.view("ready")
            assert (await agent.ask("POST", f"/sessions/{session}/end")).status == 200
            await at_agent.view("ended")
            return list(at_agent.got)


async def _session_by(
    server: Stand, agent: Heard, canaries: Canaries, keyring: Keyring, *, recovery: str = ""
) -> list[object]:
    """By a recovery code, or by a passkey that a link gave first."""
    if not recovery:
        await _with_passkey(server, keyring, canaries)
    async with Customer(server) as customer:
        session = await _opened(server, agent, customer, canaries, spoken=False)
        async with (
            agent.socket(session=session) as at_agent,
            customer.socket(purpose="session") as at_customer,
        ):
            share = Share(agent, customer, at_agent, at_customer, session)
            await _accepted(share)
            if recovery:
                body = {"code": recovery.replace("-", ""), "method": "recovery_code"}
                answer = await customer.ask("POST", "/customer/session/verification", body)
            else:
                challenge = bytes_of((await asked(customer))["challenge"])
                canaries.add("challenge", challenge)
                answer = await prove(share, keyring.latest.assertion(challenge, server.url))
            assert answer.body["outcome"] == "verified", answer.body
            canaries.add_cookies(customer)
            assert (await agent.ask("POST", f"/sessions/{session}/end")).status == 200
            await at_agent.view("ended")
            return list(at_agent.got)


async def _accepted(share: Share) -> None:
    await share.customer_socket.send({"type": "badge.shown"})
    await share.customer_socket.view("introducing")
    await share.customer_socket.send({"type": "badge.accept"})
    await share.customer_socket.view("verifying")


async def _with_passkey(server: Stand, keyring: Keyring, canaries: Canaries) -> None:
    link = await link_for(server, await customer_of(server))
    canaries.add("enrolment token", token_of(link))
    async with PasskeyNewcomer(server, keyring) as newcomer:
        assert (await newcomer.claim(link)).status == 201
        assert (await newcomer.add_passkey("canary-label-61")).status == 200
        canaries.add_cookies(newcomer)


async def _enrolled(server: Stand, canaries: Canaries) -> list[str]:
    """A customer's link: app, code, recovery codes, which are returned."""
    link = await link_for(server, await customer_of(server))
    canaries.add("enrolment token", token_of(link))
    async with Newcomer(server) as newcomer:
        assert (await newcomer.claim(link)).status == 201
        await newcomer.scan()
        canaries.add("enrolled app secret", newcomer.secret)
        code = newcomer.code()
        canaries.add("confirming code", code)
        assert (await newcomer.send_code(code)).status == 200
        shown = await newcomer.ask("POST", "/enrolment/recovery-codes")
        assert shown.status == 200, shown.body
        canaries.add("recovery code", *shown.body["recovery_codes"])
        canaries.add_cookies(newcomer)
        server.accounts["K-30518"] = replace(server.accounts["K-30518"], secret=newcomer.secret)
        return [str(one) for one in shown.body["recovery_codes"]]


async def _hired(server: Stand, canaries: Canaries) -> None:
    """A member of staff's link: password, app, code."""
    link = await link_for(server, await hire(server))
    canaries.add("enrolment token", token_of(link))
    canaries.add("chosen password", "canary-quiet-lantern-404")
    async with Newcomer(server) as newcomer:
        assert (await newcomer.claim(link)).status == 201
        assert (await newcomer.choose("canary-quiet-lantern-404")).status == 200
        await newcomer.scan()
        canaries.add("enrolled app secret", newcomer.secret)
        assert (await newcomer.confirm()).status == 200
        canaries.add_cookies(newcomer)
