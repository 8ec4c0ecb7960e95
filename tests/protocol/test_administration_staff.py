"""Inviting, disabling and enabling staff, with a server and without."""

from pathlib import Path

import msgspec
import pytest

from audit.event import EventName, Outcome
from server.administration.acts import (
    ChangeStaff,
    DisableStaff,
    EnableStaff,
    InviteStaff,
    ListStaff,
    RecoverOfficer,
    StaffLine,
)
from server.administration.errors import ActRefused
from server.administration.reaching import perform
from session.identity import SessionId
from tests.protocol.administration_ways import WAYS, Way, add_officer, settings_of, way
from tests.protocol.server_people import Browser, in_sharing
from tests.protocol.server_stand import stand
from tests.protocol.staff_passkey_people import passkey_of

NEW = InviteStaff(username="dana", name="Dana Ito", number="A-201", team="Customer help", role="agent")


async def line_of(one: Way, username: str) -> StaffLine:
    return next(line for line in (await one.do(ListStaff())).staff if line.username == username)


@pytest.mark.parametrize("name", WAYS)
async def test_who_is_invited_is_pending_and_has_one_link(tmp_path: Path, name: str) -> None:
    async with way(tmp_path, name) as one:
        given = await one.do(NEW)
        assert "/enrol#" in given.url
        assert (await line_of(one, "dana")).state == "pending"
        again = await one.do(NEW)  # lost the link: a new one, and the former is void
        assert again.url != given.url
        assert len([line for line in (await one.do(ListStaff())).staff if line.username == "dana"]) == 1
        told = [event for event in await one.events() if event.name is EventName.OPERATOR_STAFF_INVITED]
        assert [event.outcome for event in told] == [Outcome.INTENT, Outcome.DONE]
        assert given.url.partition("#")[2] not in str(await one.events())


@pytest.mark.parametrize("name", WAYS)
async def test_the_host_invites_officers_alone_only_while_there_are_not_two(
    tmp_path: Path, name: str
) -> None:
    officer = InviteStaff(username="dai", name="Dai Ito", number="S-020", team="Security", role="security")
    async with stand(tmp_path) as server:
        assert (await Way(tmp_path, server).do(officer)).url  # one alone cannot approve anything
        await add_officer(server, "officer2", "S-013")
        for username in ("officer", "officer2"):
            await passkey_of(server, username)
    async with way(tmp_path, name) as one:
        for asked in (
            officer,
            msgspec.structs.replace(officer, username="eve", number="S-021", role="admin"),
        ):
            with pytest.raises(ActRefused, match="a second officer approves"):
                await one.do(asked)
        assert (await one.do(NEW)).url  # agents see nothing without a case


UNFIT = (
    {"username": "Dana"},
    {"username": "d"},
    {"username": "agent"},
    {"number": "A-104"},
    {"number": "A 104"},
    {"name": ""},
    {"name": "a\nb"},
    {"team": " "},
    {"role": "owner"},
)


async def test_an_invitation_that_cannot_be_changes_nothing(tmp_path: Path) -> None:
    async with way(tmp_path, "running") as one:
        before = await one.do(ListStaff())
        fields = {name: getattr(NEW, name) for name in NEW.__struct_fields__}
        for changed in UNFIT:
            with pytest.raises(ActRefused):
                await one.do(InviteStaff(**{**fields, **changed}))
        assert await one.do(ListStaff()) == before


@pytest.mark.parametrize("name", WAYS)
async def test_who_is_disabled_is_out_until_enabled(tmp_path: Path, name: str) -> None:
    async with way(tmp_path, name) as one:
        assert (await one.do(DisableStaff(username="agent", desk="agent"))).staff.state == "disabled"
        assert (await one.do(DisableStaff(username="agent", desk="agent"))).staff.state == "disabled"
        assert (await one.do(EnableStaff(username="agent", desk="agent"))).staff.state == "active"
        names = [event.name for event in await one.events()]
        assert names.count(EventName.OPERATOR_STAFF_DISABLED) == 2
        assert EventName.OPERATOR_STAFF_ENABLED in names


@pytest.mark.parametrize("name", WAYS)
async def test_role_and_team_are_changed_from_the_host_as_from_the_page(tmp_path: Path, name: str) -> None:
    async with way(tmp_path, name) as one:
        changed = await one.do(ChangeStaff(username="agent", team="Night help"))
        assert (changed.staff.role, changed.staff.team) == ("agent", "Night help")
        changed = await one.do(ChangeStaff(username="agent", role="supervisor"))
        assert (changed.staff.role, changed.staff.team) == ("supervisor", "Night help")
        for wrong in (
            ChangeStaff(username="agent", role="admin"),
            ChangeStaff(username="agent", role="owner"),
            ChangeStaff(username="officer", role="agent"),
            ChangeStaff(username="nobody", role="agent"),
            ChangeStaff(username="agent", team="a\nb"),
        ):
            with pytest.raises(ActRefused):
                await one.do(wrong)
        told = [
            event.outcome for event in await one.events() if event.name is EventName.OPERATOR_STAFF_CHANGED
        ]
        assert told == [Outcome.INTENT, Outcome.DONE] * 2


async def test_a_change_from_the_host_ends_what_runs_under_the_former_rights(tmp_path: Path) -> None:
    async with stand(tmp_path) as server, in_sharing(server) as share:
        changed = await Way(tmp_path, server).do(ChangeStaff(username="agent", role="supervisor"))
        assert changed.ended == 1
        await share.customer_socket.view("ended")
        assert (await share.agent.ask("GET", "/staff/me")).status == 401


async def test_disabling_ends_a_running_share_and_keeps_the_person_out(tmp_path: Path) -> None:
    async with stand(tmp_path) as server, in_sharing(server) as share, Browser(server) as again:
        one = Way(tmp_path, server)
        changed = await one.do(DisableStaff(username="agent", desk="agent"))
        assert changed.ended == 1
        assert not server.gate.forwarding(SessionId(share.session))
        assert (await share.customer_socket.view("ended"))["end"]["cause"] == "blocked"
        assert (await share.agent.ask("GET", "/cases")).status == 401
        assert (await again.sign_in("agent")).status == 401
        await one.do(EnableStaff(username="agent", desk="agent"))
        assert (await again.sign_in("agent")).status == 201


async def test_disabling_does_not_wait_for_a_log_that_is_full(tmp_path: Path) -> None:
    async with stand(tmp_path) as server, in_sharing(server) as share:
        server.disk.full = True
        await Way(tmp_path, server).do(DisableStaff(username="agent", desk="agent"))
        assert not server.gate.forwarding(SessionId(share.session))
        assert (await share.agent.ask("GET", "/cases")).status == 401


async def test_a_server_that_starts_later_knows_who_was_disabled(tmp_path: Path) -> None:
    async with stand(tmp_path, shift_ms=-120_000) as server, Browser(server) as agent:
        await agent.sign_in("agent")
        cookies = agent.session.cookie_jar
    async with way(tmp_path, "alone") as one:
        assert (await one.do(DisableStaff(username="agent", desk="agent"))).ended == 1
    async with stand(tmp_path, shift_ms=60_000) as server, Browser(server) as agent:
        agent.session._cookie_jar = cookies
        assert (await agent.ask("GET", "/cases")).status == 401
        assert (await agent.sign_in("agent")).status == 401


async def test_each_desk_has_its_own_people(tmp_path: Path) -> None:
    async with way(tmp_path, "alone") as one:
        with pytest.raises(ActRefused, match="tachiai officer"):
            await one.do(DisableStaff(username="officer", desk="agent"))
        with pytest.raises(ActRefused, match="Nobody here"):
            await one.do(DisableStaff(username="nobody", desk="agent"))


async def test_the_last_officer_is_recovered_and_the_officers_see_a_flag(tmp_path: Path) -> None:
    async with way(tmp_path, "running") as one:
        given = await one.do(RecoverOfficer(username="officer"))
        assert "/enrol#" in given.url
        assert one.server is not None
        assert await one.server.recorded(EventName.SYSTEM_FLAG_RAISED)
        (flag,) = await one.server.foundation.stores.flags.latest(10)
        assert flag.detector == "officer_recovered"
        assert flag.reason_facts["number"] == "S-012"


async def test_a_recovery_while_no_server_ran_is_flagged_at_the_next_start(tmp_path: Path) -> None:
    async with way(tmp_path, "alone") as one:
        await one.do(RecoverOfficer(username="officer"))
    for _ in range(2):  # and not a second time at the start after that
        async with stand(tmp_path) as server:
            raised = await server.recorded(EventName.SYSTEM_FLAG_RAISED)
            assert [event.facts["detector"] for event in raised] == ["officer_recovered"]


async def test_there_is_no_recovery_past_two_officers(tmp_path: Path) -> None:
    async with way(tmp_path, "running") as one:
        assert one.server is not None
        await add_officer(one.server, "officer2", "S-013")
        with pytest.raises(ActRefused, match="tachiai officer reset officer"):
            await one.do(RecoverOfficer(username="officer"))
        names = [event.name for event in await one.events()]
        assert EventName.OPERATOR_OFFICER_RECOVERED not in names


async def test_without_a_name_for_the_server_no_link_is_made(tmp_path: Path) -> None:
    async with way(tmp_path, "alone") as one:
        with pytest.raises(ActRefused, match="base_url"):
            await perform(settings_of(tmp_path, base_url=""), NEW)
        assert [line.username for line in (await perform(settings_of(tmp_path), ListStaff())).staff] == [
            "agent",
            "agent2",
            "officer",
        ]
        assert one.server is None
