"""Officers search the log: filters, the one entry that says so, what is refused, and what a person's erasure leaves."""

from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from audit.event import ActorKind, EventName
from server.administration.erasure_acts import RequestErasure
from tests.protocol.erasure_people import CASE, REFERENCE, scene
from tests.protocol.server_people import Browser, in_verifying
from tests.protocol.server_stand import Stand, stand


async def found(officer: Browser, **filters: str | int) -> dict[str, Any]:
    named = {name.rstrip("_"): value for name, value in filters.items()}
    answer = await officer.ask("GET", f"/security/log?{urlencode(named)}")
    assert answer.status == 200, answer.body
    return dict(answer.body)


async def id_of(officer: Browser, kind: str, reference: str) -> str:
    answer = await officer.ask("POST", "/security/log/references", {"kind": kind, "reference": reference})
    assert answer.status == 200, answer.body
    return str(answer.body["id"])


async def readings(server: Stand) -> list[dict[str, Any]]:
    return [dict(event.facts) for event in await server.events() if event.name is EventName.OFFICER_LOG_READ]


async def test_every_filter_finds_its_entries_and_all_of_them(tmp_path: Path) -> None:
    async with stand(tmp_path) as server, in_verifying(server) as share, Browser(server) as officer:
        await officer.sign_in("officer", "security")
        customer, case = await id_of(officer, "customer", REFERENCE), await id_of(officer, "case", CASE)
        agent = next(one["id"] for one in (await choices(officer))["staff"] if one["number"] == "A-104")
        everything = await server.log.read(0, server.log.size)
        events = [(entry.index, entry.event) for entry in everything if entry.event is not None]
        begun = next(event.at_ms for _, event in events if event.session == share.session)
        wanted: dict[str, tuple[dict[str, Any], Any]] = {
            "actor": ({"actor": agent}, lambda event: event.actor.id == agent),
            "kind": ({"kind": "customer"}, lambda event: event.actor.kind is ActorKind.CUSTOMER),
            "customer": ({"customer": customer}, lambda event: event.customer == customer),
            "case": ({"case": case}, lambda event: event.case == case),
            "session": ({"session": share.session}, lambda event: event.session == share.session),
            "event": ({"event": "agent:login:started"}, lambda event: event.name == "agent:login:started"),
            "outcome": ({"outcome": "intent"}, lambda event: event.outcome == "intent"),
            "time": ({"from_": begun, "to": begun + 1}, lambda event: event.at_ms == begun),
            "both": (
                {"actor": agent, "outcome": "done"},
                lambda event: (event.actor.id, event.outcome) == (agent, "done"),
            ),
        }
        for name, (filters, fits) in wanted.items():
            page = await found(officer, limit=200, **filters)
            indices = [entry["index"] for entry in page["entries"] if entry["index"] < len(everything)]
            assert indices == [index for index, event in events if fits(event)], name
            assert indices, name
            assert page["read_from"] == 0, name
            assert page["matches"] == {"count": len(page["entries"]), "exact": True}, name
        assert (await found(officer, customer=customer))["index"] == {
            "upto": 0,
            "complete": True,
            "closed": 0,
        }


async def choices(officer: Browser) -> dict[str, Any]:
    answer = await officer.ask("GET", "/security/log/choices")
    assert answer.status == 200
    return dict(answer.body)


async def test_one_search_is_one_entry_with_its_filters_before_anything_is_shown(tmp_path: Path) -> None:
    async with stand(tmp_path) as server, Browser(server) as officer:
        await officer.sign_in("officer", "security")
        customer = await id_of(officer, "customer", REFERENCE)
        size = server.log.size
        await found(officer, customer=customer, outcome="done", from_=5, to=10**15)
        told = {"customer": customer, "outcome": "done", "from_ms": 5, "until_ms": 10**15, "to": size}
        assert (await readings(server))[-1] == told
        assert len(await readings(server)) == 2
        assert (await readings(server))[0] == {"what": "reference", "found": True, "customer": customer}
        server.disk.full = True
        refused = await officer.ask("GET", f"/security/log?customer={customer}")
        assert (refused.status, refused.body["code"]) == (503, "not_recorded")
        assert "entries" not in refused.body


async def test_a_reference_stays_out_of_the_log_and_one_that_is_unknown_is_told_so(tmp_path: Path) -> None:
    async with stand(tmp_path) as server, Browser(server) as officer:
        await officer.sign_in("officer", "security")
        for kind in ("customer", "case"):
            answer = await officer.ask(
                "POST", "/security/log/references", {"kind": kind, "reference": "K-canary"}
            )
            assert (answer.status, answer.body["code"]) == (404, "reference_unknown")
        assert (await readings(server))[-1] == {"what": "reference", "found": False}
        await id_of(officer, "customer", REFERENCE)
        events = await server.events()
        assert "K-canary" not in str(events)
        assert REFERENCE not in str(
            [event.facts for event in events if event.name is EventName.OFFICER_LOG_READ]
        )


@pytest.mark.parametrize(
    "refused",
    [
        "customer=K-30518",
        "customer=cus_short",
        "case=ses_AAAAAAAAAAAAAAAAAAAAAA",
        "session=ses_",
        "session=cas_AAAAAAAAAAAAAAAAAAAAAA",
        "event=agent:case",
        "event=",
        "outcome=DONE",
        "actor=",
        "kind=Agent",
        "actor=a b",
        f"actor={'a' * 65}",
        "actor=canary.person@example.com",
        "actor=Canary",
        "actor=host:",
        f"actor=host:{'a' * 60}",
        "from=-1",
        "from=1.5",
        "to=99999999999999999999",
        "from=20&to=10",
        "from=10&to=10",
        "outcome=done&outcome=done",
        "who=agent",
        "limit=201",
        "before=x",
    ],
)
async def test_what_is_no_filter_is_refused_with_a_sentence_and_nothing_is_read(
    officer: tuple[Stand, Browser], refused: str
) -> None:
    server, browser = officer
    before = len(await readings(server))
    answer = await browser.ask("GET", f"/security/log?{refused}")
    assert (answer.status, answer.body["code"]) == (422, "does_not_fit"), answer.body
    assert answer.body["detail"].endswith((".", "letters and digits.", "lists them."))
    assert len(await readings(server)) == before


@pytest.fixture
async def officer(tmp_path: Path) -> Any:
    async with stand(tmp_path) as server, Browser(server) as browser:
        await browser.sign_in("officer", "security")
        yield server, browser


async def test_choices_name_every_event_and_the_staff_and_show_nothing_of_the_log(tmp_path: Path) -> None:
    async with stand(tmp_path) as server, Browser(server) as officer:
        await officer.sign_in("officer", "security")
        offered = await choices(officer)
        assert offered["events"] == sorted(EventName)
        assert {"name", "number", "role", "id"} == set(offered["staff"][0])
        assert await readings(server) == []


async def test_who_acted_is_named_beside_the_entries(tmp_path: Path) -> None:
    async with stand(tmp_path) as server, in_verifying(server) as share, Browser(server) as officer:
        await officer.sign_in("officer", "security")
        page = await found(officer, session=share.session)
        ids = {entry["actor"]["id"] for entry in page["entries"]}
        assert {one["reference"] for one in page["cases"]} <= {"C-2041", "C-2056", "C-1987"}
        assert {one["id"] for one in page["cases"]} == {
            entry["case"] for entry in page["entries"] if entry["case"] is not None
        }
        assert {one["id"] for one in page["staff"]} == {one for one in ids if one.startswith("sta_")}
        assert {one["number"] for one in page["staff"]} == {"A-104"}


async def test_after_an_erasure_the_search_finds_what_the_organisation_did(tmp_path: Path) -> None:
    async with scene(tmp_path) as one:
        await one.had_a_session()
        customer = (await one.customer()).id
        path = f"/security/log?customer={customer}&limit=200"
        before = (await one.ask(0, "GET", path)).body["entries"]
        asked = await one.operator.do(RequestErasure(customer=REFERENCE, level="V2", proof="canary proof"))
        assert (await one.approve(0, asked)).body == {"step": "first"}
        assert (await one.approve(1, asked)).body == {"step": "second"}
        await one.days_later()
        assert (await one.listed()).state == "done"
        after = (await one.ask(0, "GET", path)).body["entries"]
        kept = [entry["index"] for entry in after]
        assert set(kept) >= {entry["index"] for entry in before if entry["customer"] == customer}
        assert any("subject/0" in entry["erased"] for entry in after)
        assert all(entry["personal"] == {} for entry in after)
        stale = await one.ask(0, "GET", "/security/log?event=system:subject:erased")
        assert [entry["outcome"] for entry in stale.body["entries"]] == ["intent", "done"]
