"""Customers, cases and keys from the host, with a server and without."""

from pathlib import Path

import pytest

from audit.event import EventName, Outcome
from server.administration.acts import (
    AssignCase,
    CloseCase,
    CreateKey,
    EnrolCustomer,
    ImportCustomers,
    ListCases,
    ListCustomers,
    ListKeys,
    OpenCase,
    RevokeKey,
    RotateKey,
)
from server.administration.errors import ActRefused, CannotReach
from session.identity import SessionId
from support.customer_file import MOST_ROWS
from tests.protocol.administration_ways import WAYS, Way, way
from tests.protocol.server_people import Browser, in_sharing
from tests.protocol.server_stand import stand

HEADER = "reference,name,email,phone\n"
TWO = f"{HEADER}K-1,Mei Ono,mei.ono@example.com,+81 3-5555-0100\nK-2,Emma Wood,,\n".encode()


@pytest.mark.parametrize("name", WAYS)
async def test_customers_come_in_once_and_the_same_again_changes_nothing(tmp_path: Path, name: str) -> None:
    async with way(tmp_path, name) as one:
        first = await one.do(ImportCustomers(content=TWO))
        again = await one.do(ImportCustomers(content=TWO))
        assert (first.added, first.unchanged, again.added, again.unchanged) == (2, 0, 0, 2)
        listed = await one.do(ListCustomers(after="K-1"))
        assert [(line.reference, line.label) for line in listed.customers[:1]] == [("K-2", "E••• W•••")]
        events = await one.events()
        told = [event for event in events if event.name is EventName.OPERATOR_CUSTOMERS_IMPORTED]
        assert [(event.outcome, event.facts.get("added")) for event in told] == [
            (Outcome.INTENT, 2),
            (Outcome.DONE, None),
        ]
        assert "Mei" not in str(events)
        assert EventName.OPERATOR_CUSTOMERS_LISTED in {event.name for event in events}


async def test_one_bad_row_keeps_all_of_them_out(tmp_path: Path) -> None:
    async with way(tmp_path, "running") as one:
        before = await one.do(ListCustomers())
        refused = await one.do(ImportCustomers(content=TWO + b"K-3,,,\nK-1,x,,\n"))
        assert [(bad.line, refused.added) for bad in refused.bad] == [(4, 0), (5, 0)]
        assert await one.do(ListCustomers()) == before


async def test_a_changed_customer_needs_update_and_is_recorded_by_field(tmp_path: Path) -> None:
    changed = TWO.replace(b"+81 3-5555-0100", b"+81 3-5555-0101")
    async with way(tmp_path, "running") as one:
        await one.do(ImportCustomers(content=TWO))
        refused = await one.do(ImportCustomers(content=changed))
        assert [bad.line for bad in refused.bad] == [2]
        assert "0101" not in refused.bad[0].sentence
        done = await one.do(ImportCustomers(content=changed, update=True))
        assert (done.changed, done.unchanged) == (1, 1)
        told = [event for event in await one.events() if event.name is EventName.OPERATOR_CUSTOMER_CHANGED]
        assert [event.facts.get("fields") for event in told] == ["phone", None]
        assert told[0].customer is not None


async def test_the_largest_file_comes_in_whole(tmp_path: Path) -> None:
    rows = (
        f"K-{number:06},Person {number},p{number}@example.com,+81 3-5555-0100" for number in range(MOST_ROWS)
    )
    async with stand(tmp_path) as server:
        done = await Way(tmp_path, server).do(ImportCustomers(content=(HEADER + "\n".join(rows)).encode()))
        assert done.added == MOST_ROWS


async def test_without_the_log_no_customer_comes_in(tmp_path: Path) -> None:
    async with way(tmp_path, "running") as one:
        assert one.server is not None
        one.server.disk.full = True
        with pytest.raises(CannotReach, match="nothing was given"):
            await one.do(ImportCustomers(content=TWO))
        assert await one.server.foundation.stores.customer_roll.of_reference("K-1") is None


@pytest.mark.parametrize("name", WAYS)
async def test_a_customer_gets_a_link_and_nobody_else_does(tmp_path: Path, name: str) -> None:
    async with way(tmp_path, name) as one:
        await one.do(ImportCustomers(content=TWO))
        given = await one.do(EnrolCustomer(reference="K-1"))
        assert "/enrol#" in given.url
        with pytest.raises(ActRefused):
            await one.do(EnrolCustomer(reference="K-0"))


@pytest.mark.parametrize("name", WAYS)
async def test_a_case_is_opened_assigned_and_closed(tmp_path: Path, name: str) -> None:
    async with way(tmp_path, name) as one:
        opened = await one.do(OpenCase(reference="C-1", customer="K-30518", reason="A question"))
        assert (opened.state, opened.agent, opened.live) == ("open", "", False)
        given = await one.do(AssignCase(reference="C-1", agent="agent"))
        assert (given.agent, given.live) == ("agent", True)
        closed = await one.do(CloseCase(reference="C-1"))
        assert (closed.state, closed.live) == ("closed", False)
        assert "C-1" not in [line.reference for line in (await one.do(ListCases())).cases]
        assert "C-1" in [line.reference for line in (await one.do(ListCases(closed_too=True))).cases]
        with pytest.raises(ActRefused, match="closed"):
            await one.do(AssignCase(reference="C-1", agent="agent2"))


async def test_a_case_that_cannot_be_is_refused(tmp_path: Path) -> None:
    async with way(tmp_path, "running") as one:
        good = {"reference": "C-1", "customer": "K-30518", "reason": "A question", "agent": "agent"}
        for change in (
            {"reference": "C 1"},
            {"reference": "C" * 33},
            {"customer": "K-0"},
            {"reason": " "},
            {"reason": "a\nb"},
            {"agent": "officer"},
            {"agent": "nobody"},
        ):
            with pytest.raises(ActRefused):
                await one.do(OpenCase(**{**good, **change}))
        await one.do(OpenCase(**good))
        with pytest.raises(ActRefused, match="something else"):
            await one.do(OpenCase(**{**good, "reason": "Another question"}))


@pytest.mark.parametrize(
    "act", [CloseCase(reference="C-2041"), AssignCase(reference="C-2041", agent="agent2")]
)
async def test_what_runs_in_a_case_ends_when_it_is_taken_away(
    tmp_path: Path, act: CloseCase | AssignCase
) -> None:
    async with stand(tmp_path) as server, in_sharing(server) as share:
        case = await server.case_of("C-2041")
        await Way(tmp_path, server).do(act)
        assert (await share.customer_socket.view("ended"))["end"]
        assert not server.gate.forwarding(SessionId(share.session))
        async with Browser(server) as again:
            await again.sign_in("agent")
            assert (await again.ask("POST", "/sessions", {"case": case})).status in {404, 409}


@pytest.mark.parametrize("name", WAYS)
async def test_a_key_is_shown_once_and_listed_without_its_secret(tmp_path: Path, name: str) -> None:
    async with way(tmp_path, name) as one:
        made = await one.do(CreateKey(name="crm", scopes=["cases:write"], days=30))
        listed = await one.do(ListKeys())
        assert [(line.name, line.scopes, line.state) for line in listed.keys] == [
            ("crm", ["cases:write"], "active")
        ]
        secret = made.token.split("_", 2)[2]
        assert secret not in str(listed)
        assert secret not in str(await one.events())
        newer = await one.do(RotateKey(key=made.key.id, days=30, overlap_hours=0))
        states = {line.id: line.state for line in (await one.do(ListKeys())).keys}
        assert states == {made.key.id: "expired", newer.key.id: "active"}
        assert (await one.do(RevokeKey(key=newer.key.id))).state == "revoked"


async def test_a_key_that_cannot_be_is_not_made(tmp_path: Path) -> None:
    async with way(tmp_path, "running") as one:
        for act in (
            CreateKey(name="", scopes=["cases:write"], days=30),
            CreateKey(name="a\tb", scopes=["cases:write"], days=30),
            CreateKey(name="crm", scopes=["everything"], days=30),
            CreateKey(name="crm", scopes=["cases:write"], days=0),
            CreateKey(name="crm", scopes=["cases:write"], days=366),
        ):
            with pytest.raises(ActRefused):
                await one.do(act)
        with pytest.raises(ActRefused):
            await one.do(RotateKey(key="none", days=1, overlap_hours=0))
        assert (await one.do(ListKeys())).keys == []
