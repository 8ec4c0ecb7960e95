"""Somebody between a page and the server changes, repeats, reorders or delays what the two pages say to each other."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from audit.event import Event, EventName
from server.signalling.exchange_messages import AgentFault
from tests.protocol.introduction_peers import AgentPage, CustomerPage, Half, b64
from tests.protocol.introduction_stand import Meeting, meeting, next_view
from tests.protocol.server_people import Browser, Customer
from tests.protocol.server_stand import MANY_SIGN_INS, Stand, stand
from verification.introduction_relay import LATEST_MS

Attack = Callable[[Stand, Meeting, AgentPage, CustomerPage], Awaitable[None]]
WITHIN_S = 20
KEYS = "/.well-known/tachiai-badge-keys"
OTHER = "sha-256 " + ":".join(["AB"] * 32)


async def committed(met: Meeting, agent: AgentPage, customer: CustomerPage) -> dict[str, Any]:
    """The customer's page has the promise."""
    await met.share.customer_socket.send(customer.start())
    while not (await next_view(met.share.agent_socket))["exchange"]["open"]:
        continue
    await met.share.agent_socket.send(agent.commit())
    return await met.share.customer_socket.next("exchange.commit")


async def revealing(met: Meeting, agent: AgentPage, customer: CustomerPage) -> dict[str, Any]:
    """What the agent's page is about to reveal."""
    await met.share.customer_socket.send(customer.answer(await committed(met, agent, customer)))
    return agent.reveal(await met.share.agent_socket.next("exchange.answer"))


def changed(**members: str) -> Attack:
    """In what is revealed, on the way from the agent's page to the server."""

    async def attack(_server: Stand, met: Meeting, agent: AgentPage, customer: CustomerPage) -> None:
        await met.share.agent_socket.send({**await revealing(met, agent, customer), **members})

    return attack


async def commits_twice(_server: Stand, met: Meeting, agent: AgentPage, customer: CustomerPage) -> None:
    await committed(met, agent, customer)
    await met.share.agent_socket.send({**agent.commit(), "commitment": b64(bytes(32))})


async def reveals_too_early(_server: Stand, met: Meeting, agent: AgentPage, customer: CustomerPage) -> None:
    await committed(met, agent, customer)
    await met.share.agent_socket.send(
        {"type": "exchange.reveal", "run": 1, **agent.half.shown(), "signature": "A" * 86}
    )


async def answers_twice(_server: Stand, met: Meeting, agent: AgentPage, customer: CustomerPage) -> None:
    answer = customer.answer(await committed(met, agent, customer))
    for _ in range(2):
        await met.share.customer_socket.send(answer)


async def reveals_late(server: Stand, met: Meeting, agent: AgentPage, customer: CustomerPage) -> None:
    revealed = await revealing(met, agent, customer)
    server.clock.shift_ms += LATEST_MS + 1
    await met.share.agent_socket.send(revealed)


async def speaks_of_a_run_to_come(
    _server: Stand, met: Meeting, agent: AgentPage, customer: CustomerPage
) -> None:
    await met.share.agent_socket.send({**await revealing(met, agent, customer), "run": 2})


async def confirms_something_else(
    _server: Stand, met: Meeting, agent: AgentPage, customer: CustomerPage
) -> None:
    await met.share.agent_socket.send(await revealing(met, agent, customer))
    confirmed = customer.confirm(await met.share.customer_socket.next("exchange.reveal"))
    await met.share.customer_socket.send({**confirmed, "signature": "A" * 86})


async def answers_with_another_key(
    _server: Stand, met: Meeting, agent: AgentPage, customer: CustomerPage
) -> None:
    """On the way to the server: the agent's page signs another transcript than the customer's page expects."""
    answer = customer.answer(await committed(met, agent, customer))
    await met.share.customer_socket.send({**answer, "key": Half().key})
    await met.share.agent_socket.send(agent.reveal(await met.share.agent_socket.next("exchange.answer")))
    try:
        customer.confirm(await met.share.customer_socket.next("exchange.reveal"))
    except Exception as caught:  # noqa: BLE001  # whatever it is, the page says so
        await met.share.customer_socket.send({"type": "introduction.refuse", "reason": str(caught)})


ATTACKS: dict[str, tuple[Attack, str]] = {
    "another key is revealed": (changed(key=Half().key), "commitment_broken"),
    "another nonce is revealed": (changed(nonce=Half().nonce), "commitment_broken"),
    "another fingerprint is revealed": (changed(fingerprint=OTHER), "commitment_broken"),
    "a signature of somebody else": (changed(signature="A" * 86), "signature_invalid"),
    "no key at all": (changed(key=b64(bytes(65))), "commitment_broken"),
    "two promises": (commits_twice, "out_of_order"),
    "revealed before it was answered": (reveals_too_early, "out_of_order"),
    "the same answer again": (answers_twice, "out_of_order"),
    "revealed too late": (reveals_late, "late"),
    "a run to come": (speaks_of_a_run_to_come, "out_of_order"),
    "confirmed with a wrong signature": (confirms_something_else, "signature_invalid"),
    "the customer's key is another": (answers_with_another_key, "signature_invalid"),
}


async def failures(server: Stand, count: int) -> list[Event]:
    """Once there are so many: what takes away is recorded after the fact."""
    names = {EventName.SYSTEM_INTRODUCTION_REFUSED, EventName.CUSTOMER_INTRODUCTION_REFUSED}
    async with asyncio.timeout(WITHIN_S):
        while len(found := [event for event in await server.events() if event.name in names]) < count:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    return found


async def test_whatever_somebody_between_does_ends_the_session_and_is_flagged(tmp_path: Path) -> None:
    async with stand(tmp_path, settings=MANY_SIGN_INS) as server:
        for number, (name, (attack, reason)) in enumerate(ATTACKS.items(), 1):
            async with meeting(server) as met:
                await attack(server, met, *met.pages())
                ended = await met.share.customer_socket.view("ended")
                assert ended["end"]["cause"] == "introduction_failed", name
            found = await failures(server, number)
            assert (len(found), found[-1].facts["reason"]) == (number, reason), name
        flags = await server.recorded(EventName.SYSTEM_FLAG_RAISED)
        raised = {str(event.facts["detector"]) for event in flags}
        assert raised - {"login_beside"} == {"introduction_failed"}  # one agent signs in for each attack here


async def test_a_run_that_is_over_is_refused_and_costs_nothing(tmp_path: Path) -> None:
    async with stand(tmp_path) as server, meeting(server) as met:
        agent, customer = met.pages()
        revealed = await revealing(met, agent, customer)
        await met.share.customer_socket.send({"type": "exchange.drop", "run": 1})
        await met.share.agent_socket.send(revealed)
        assert (await met.share.agent_socket.next("problem"))["code"] == "not_now"
        agent, customer = met.pages(run=2)
        await met.exchange(agent, customer)
        await met.share.customer_socket.send({"type": "exchange.drop", "run": 2})
        await met.share.customer_socket.send({"type": "exchange.start", "run": 3})
        assert (await met.share.customer_socket.view("ended"))["end"]["cause"] == "introduction_failed"
        assert [event.facts["reason"] for event in await failures(server, 1)] == ["runs_used_up"]


async def test_an_agent_cannot_speak_for_the_customer(tmp_path: Path) -> None:
    async with stand(tmp_path) as server, meeting(server) as met:
        for message in (
            {"type": "exchange.start", "run": 1},
            {"type": "introduction.refuse", "reason": "impostor"},
            {"type": "exchange.confirm", "run": 1, "signature": "A" * 86},
        ):
            await met.share.agent_socket.send(message)
            assert (await met.share.agent_socket.next("problem"))["code"] == "not_allowed"
        assert "impostor" not in str(AgentFault)


async def test_a_badge_that_is_revoked_while_it_is_read_is_not_accepted(tmp_path: Path) -> None:
    """At another server, for instance: here the session has not heard of it."""
    async with stand(tmp_path) as server, Browser(server) as agent, Customer(server) as customer:
        assert (await agent.sign_in("agent")).status == 201
        opened = await agent.open_session(contact="voice")
        assert (await customer.claim(opened["invitation"])).status == 201
        async with customer.socket(purpose="session") as socket:
            await socket.send({"type": "badge.shown"})
            shown = json.loads((await socket.view("introducing"))["badge"]["document"])
            (login,) = (await agent.ask("GET", "/staff/me/logins")).body
            await server.foundation.stores.logins.end(login["id"], server.clock.now_ms())
            assert shown["id"] in json.loads((await customer.page(KEYS)).body)["revoked"]
            await socket.send({"type": "badge.accept"})
            assert (await socket.view("ended"))["end"]["cause"] == "introduction_failed"
        assert [event.facts["reason"] for event in await failures(server, 1)] == ["badge_revoked"]
        (flag,) = await server.recorded(EventName.SYSTEM_FLAG_RAISED)
        assert flag.facts["reason"] == "flag.introduction_failed.revoked"
        assert not any(event.name is EventName.CUSTOMER_BADGE_ACCEPTED for event in await server.events())
