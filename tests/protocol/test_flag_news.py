"""Flags outside: an OCSF finding to webhooks and a mail to the security office, at least once, each under one id."""

import asyncio
import json
from pathlib import Path

import pytest
from standardwebhooks import Webhook

from audit.event import Actor, ActorKind, Event, EventName, Fact, Outcome
from server.administration.webhook_acts import AddWebhook
from server.demo import ORGANISATION
from server.flag_settings import FlagSettings
from server.setting_groups import WebhooksSettings
from server.settings import Settings, SettingsRefused, load
from tests.protocol.administration_ways import Way
from tests.protocol.factor_people import mails
from tests.protocol.outside_peers import HookPeer, answer, listening
from tests.protocol.server_stand import Stand, stand
from tests.protocol.staff_passkey_people import staff_id
from tests.protocol.test_flag_trials import look_ups

WITHIN_S = 30.0
HERE = WebhooksSettings(networks=["127.0.0.0/8"])
OFFICE = ["security@example.com", "soc@example.com"]


def told(*, shadow: list[str] | None = None) -> Settings:
    flags = FlagSettings(webhooks=["siem"], mail_to=OFFICE, shadow=shadow or [])
    return Settings(organisation=ORGANISATION, webhooks=HERE, flags=flags)


async def registered(server: Stand, peer: HookPeer) -> str:
    operator = Way(server.foundation.log_folder.parent, server)
    given = await operator.do(AddWebhook(name="siem", url=f"http://127.0.0.1:{peer.port}/hook"))
    return given.secret


async def flagged(server: Stand) -> Event:
    for event in look_ups(await staff_id(server, "agent"), 5, server.clock.now_ms()):
        await server.log.append(event)
    (flag,) = await server.recorded(EventName.SYSTEM_FLAG_RAISED)
    return flag


async def calls(peer: HookPeer, number: int) -> None:
    async with asyncio.timeout(WITHIN_S):
        while len(peer.calls) < number:  # noqa: ASYNC110  (the peer tells nobody)
            await asyncio.sleep(0.01)


async def test_a_webhook_is_told_the_finding_again_under_the_same_id_until_it_takes_it(
    tmp_path: Path,
) -> None:
    async with (
        listening(HookPeer([answer(500), answer(204)])) as peer,
        stand(tmp_path, settings=told()) as server,
    ):
        secret = await registered(server, peer)
        flag = await flagged(server)
        await calls(peer, 1)
        server.clock.shift_ms += 15_000
        await calls(peer, 2)
        first, second = peer.calls
        assert first.headers["webhook-id"] == second.headers["webhook-id"]
        assert first.body == second.body
        body = json.loads(second.body)
        Webhook(secret)  # signed as every other call is: test_administration_webhooks verifies one
    finding = body["data"]
    assert (body["type"], finding["class_uid"], finding["type_uid"]) == ("flag.raised", 2004, 200_401)
    assert (finding["finding_info"]["title"], finding["finding_info"]["desc"]) == (
        "searching",
        "flag.searching.run",
    )
    assert finding["unmapped"]["facts"] == dict(flag.facts)
    assert finding["unmapped"]["personal"] == {}
    assert finding["metadata"]["uid"] == finding["unmapped"]["entry_id"]
    assert "Aiko" not in second.body.decode()


async def test_the_security_office_gets_one_mail_each_in_words_that_can_be_checked(tmp_path: Path) -> None:
    async with stand(tmp_path, settings=told()) as server:
        await flagged(server)
        async with asyncio.timeout(WITHIN_S):
            while len(found := await mails(server, "flag.raised")) < 2:
                continue
        assert sorted(mail.to for mail in found) == OFFICE
        assert found[0].subject == f"A flag at {ORGANISATION}: searching"
        assert "tried 5 references that follow each other" in found[0].text
        assert f"{server.url}/security" in found[0].text
        assert "Aiko" not in found[0].text
    async with stand(tmp_path, settings=told()) as server:
        for event in look_ups(await staff_id(server, "agent2"), 5, server.clock.now_ms()):
            await server.log.append(event)
        async with asyncio.timeout(WITHIN_S):
            while len(found := await mails(server, "flag.raised")) < 4:
                continue
        assert len(found) == 4, "a start tells nothing twice"


async def test_a_flag_whose_row_a_crash_kept_away_is_told_after_the_start(tmp_path: Path) -> None:
    async with stand(tmp_path) as server:
        facts = {
            "detector": "burst",
            "target": "sta_1",
            "reason": "flag.burst",
            "action": "block",
            "entries": "1",
        }
        await server.log.append(
            Event(
                EventName.SYSTEM_FLAG_RAISED,
                Outcome.DONE,
                server.clock.now_ms(),
                Actor(ActorKind.SYSTEM),
                facts=facts,
            )
        )
        assert await mails(server, "flag.raised") == []
    async with stand(tmp_path, settings=told()) as server:
        async with asyncio.timeout(WITHIN_S):
            while len(await mails(server, "flag.raised")) < 2:
                continue
        (row,) = await server.foundation.stores.flags.latest()
        assert row.detector == "burst"


async def test_what_is_told_to_nobody(tmp_path: Path) -> None:
    """Flags from before the setting, flags of a detector on trial, and of a webhook that is not there."""
    async with stand(tmp_path) as server:
        await flagged(server)
        async with asyncio.timeout(WITHIN_S):
            while not await server.foundation.stores.flags.latest():
                continue
    async with stand(tmp_path, settings=told(shadow=["searching"])) as server:
        for event in look_ups(await staff_id(server, "agent2"), 5, server.clock.now_ms()):
            await server.log.append(event)
        async with asyncio.timeout(WITHIN_S):
            while len(await server.foundation.stores.flags.latest()) < 2:
                continue
        assert await server.foundation.stores.outbox.latest(readable=False) == []
    async with stand(tmp_path, settings=told()) as server:
        for event in look_ups(await staff_id(server, "officer"), 5, server.clock.now_ms()):
            await server.log.append(event)
        async with asyncio.timeout(WITHIN_S):
            while len(await mails(server, "flag.raised")) < 2:
                continue
        assert "a webhook that flags are to go to is not registered" in server.written.getvalue()


async def test_a_flag_that_no_message_can_hold_is_recorded_and_shown_all_the_same(tmp_path: Path) -> None:
    """Here one whose sentence has a blank of a name that nobody can fill."""
    async with stand(tmp_path, settings=told()) as server:
        facts: dict[str, Fact] = {
            "detector": "burst",
            "target": "sta_1",
            "reason": "flag.burst",
            "action": "flag",
            "reason.key": 1,
        }
        event = Event(
            EventName.SYSTEM_FLAG_RAISED,
            Outcome.DONE,
            server.clock.now_ms(),
            Actor(ActorKind.SYSTEM),
            facts=facts,
        )
        appended = await server.log.append(event)
        server.composed.flags.learn(await server.log.read(appended.index, appended.index + 1))
        async with asyncio.timeout(WITHIN_S):
            while not (rows := await server.foundation.stores.flags.latest()):
                continue
        assert [row.detector for row in rows] == ["burst"]
        assert "a flag could not be told outside" in server.written.getvalue()
        await flagged_again(server)


async def flagged_again(server: Stand) -> None:
    """What listens to the log still runs."""
    for event in look_ups(await staff_id(server, "agent"), 5, server.clock.now_ms()):
        await server.log.append(event)
    async with asyncio.timeout(WITHIN_S):
        while len(await mails(server, "flag.raised")) < 2:
            continue


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("mail_to", ["nobody"]),
        ("mail_to", ["Officer <o@example.com>"]),
        ("mail_to", [f"o{n}@example.com" for n in range(9)]),
        ("webhooks", ["SIEM"]),
        ("webhooks", ["https://siem.example.com"]),
    ],
)
def test_whom_nobody_can_tell_is_refused_at_the_start(name: str, value: list[str]) -> None:
    with pytest.raises(SettingsRefused, match=rf"flags\.{name}"):
        load(environment={}, overrides={"flags": {name: value}})
