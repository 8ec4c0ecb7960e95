"""The customer asks first: from the line to the meeting, and every way out, through HTTP and the socket."""

import asyncio
import re
from dataclasses import replace

from audit.event import EventName, Outcome
from session.identity import CaseId as SessionCaseId
from session.model import INVITATION_LIFE_MS, EndCause, Help, Session, State
from support.case import Case, CaseState
from support.identity import CaseId, StaffId
from tests.protocol.line_people import accept, another, ask, hear, in_line
from tests.protocol.me_people import OTHER, on_own_page
from tests.protocol.server_people import Browser
from tests.protocol.server_stand import Stand
from verification.login import LOGIN_IDLE_MS

E = EventName


async def the_case(server: Stand) -> Case:
    """The only one that a customer's asking opened."""
    cases = await server.foundation.stores.case_roll.page(only_open=False)
    (found,) = [case for case in cases if case.reference.startswith("H-")]
    return found


async def closed(server: Stand) -> None:
    await server.recorded(E.SYSTEM_CASE_CLOSED)
    assert (await the_case(server)).state is CaseState.CLOSED


async def test_from_the_line_to_the_meeting(server: Stand, agent: Browser) -> None:
    async with in_line(server) as waiter:
        accepted = await accept(agent, waiter)
        assert (accepted.status, (await accept(agent, waiter)).body) == (200, accepted.body)
        code = await waiter.until_code()
        shown = waiter.shown["agent"]
        assert (shown["name"], shown["number"], shown["team"]) == ("Aiko Mori", "A-104", "Customer help")
        async with agent.socket(session=waiter.session) as at_agent:
            assert at_agent.got[-1]["view"]["waiting"]["tries_left"] == 5
            answer = await hear(agent, waiter, another(code))
            assert answer.body == {"outcome": "refused", "tries_left": 4}
            answer = await hear(agent, waiter, f" {code.lower()} ")
            assert answer.body == {"outcome": "met", "tries_left": 4}
            await waiter.socket.view("joined")
            await at_agent.view("joined")
            assert not {code, code.replace("-", "")} & set(re.findall(r"[0-9A-Z-]{8,9}", str(at_agent.got)))
            await agent.show_badge(waiter.session, accepted.body["case_reference"])
            await waiter.socket.send({"type": "badge.shown"})
            assert (await waiter.socket.view("introducing"))["introduction_asked"] == "words"
    events = [event for event in await server.events() if event.session == waiter.session]
    names = [event.name for event in events if event.outcome is not Outcome.INTENT]
    way = [E.CUSTOMER_HELP_ASKED, E.AGENT_HELP_ACCEPTED, E.AGENT_MEETING_REFUSED, E.AGENT_MEETING_CONFIRMED]
    assert [name for name in names if name in way] == way


async def test_the_line_shows_who_waits_and_opens_nothing(
    server: Stand, agent: Browser, other: Browser
) -> None:
    async with (
        in_line(server, words="The transfer of <Monday> is gone") as first,
        in_line(server, OTHER) as second,
    ):
        await second.until_place(2)
        assert first.shown["waiting"]["expected_ms"] is None, "nobody knows yet"
        assert first.shown["agent"]["name"] == ""
        line = (await agent.ask("GET", "/waiting")).body
        assert [row["session"] for row in line] == [first.session, second.session]
        assert [line[0][name] for name in ("topic", "language", "here")] == ["payment", "ja", True]
        assert line[0]["customer_label"] not in {"", "Haruto Sato"}
        assert "Monday" not in str(line)
        assert (await agent.ask("GET", f"/sessions/{first.session}")).status == 404

        async with Browser(server) as officer:
            await officer.sign_in("officer", "security")
            seen = (await officer.ask("GET", "/security/sessions")).body
            assert [row["agent"]["number"] for row in seen if row["state"] == "waiting"] == ["", ""]

        case = (await accept(agent, first)).body["case"]
        refused = await accept(other, first)
        assert (refused.status, refused.body["code"]) == (409, "already_accepted")
        record = await agent.ask("GET", f"/cases/{case}")
        assert (record.status, record.body["reason"]) == (200, "The transfer of <Monday> is gone")
        assert (await other.ask("GET", f"/cases/{case}")).status == 404
        await second.until_place(1)
    told = [event.name for event in await server.events()]
    assert told.count(E.AGENT_LINE_READ) == told.count(E.AGENT_HELP_REFUSED) == 1


async def test_of_two_agents_at_once_one_accepts_and_of_fifty_codes_one_meets(
    server: Stand, agent: Browser, other: Browser
) -> None:
    async with in_line(server) as waiter:
        answers = await asyncio.gather(*(accept(one, waiter) for one in (agent, other)))
        assert sorted(answer.status for answer in answers) == [200, 409]
        winner = agent if answers[0].status == 200 else other
        loser = other if winner is agent else agent
        code = await waiter.until_code()
        assert (await hear(loser, waiter, code)).status == 404
        tries = await asyncio.gather(*(hear(winner, waiter, code) for _ in range(50)))
        assert sorted(answer.status for answer in tries) == [200] + [409] * 49
        await waiter.socket.view("joined")
    confirmed = [event.outcome for event in await server.events() if event.name is E.AGENT_MEETING_CONFIRMED]
    assert confirmed == [Outcome.INTENT, Outcome.DONE]
    taken = [event.outcome for event in await server.events() if event.name is E.AGENT_CASE_TAKEN]
    assert taken.count(Outcome.DONE) == 1


async def test_guesses_end_the_wait_and_the_record_shuts(server: Stand, agent: Browser) -> None:
    async with in_line(server) as waiter:
        case = (await accept(agent, waiter)).body["case"]
        code = await waiter.until_code()
        assert (await agent.ask("GET", f"/cases/{case}")).status == 200
        for typed in ("", "K7Q", "x" * 64, code[:-1]):
            refused = await hear(agent, waiter, typed)
            assert (refused.status, refused.body["code"]) == (422, "meeting_mistyped")
        passed_on = await hear(agent, waiter, server.fresh_code("K-30518"))
        assert (passed_on.status, passed_on.body["code"]) == (422, "code_refused")
        assert await server.recorded(E.AGENT_CODE_REFUSED)
        tries = await asyncio.gather(*(hear(agent, waiter, another(code)) for _ in range(8)))
        assert sorted(answer.status for answer in tries) == [200] * 5 + [409] * 3
        assert min(answer.body["tries_left"] for answer in tries if answer.status == 200) == 0
        ended = await waiter.socket.view("ended")
        assert (ended["end"]["cause"], ended["waiting"]) == ("introduction_failed", None)
        assert (await hear(agent, waiter, code)).status == 409
    await closed(server)
    assert (await agent.ask("GET", f"/cases/{case}")).status == 409


async def test_whoever_leaves_is_out_of_line_and_nobody_can_accept_them(
    server: Stand, agent: Browser
) -> None:
    async with in_line(server) as waiter, in_line(server, OTHER) as behind:
        await behind.until_place(2)
        await waiter.socket.send({"type": "share.stop", "by": "page"})
        assert (await waiter.socket.view("ended"))["end"]["cause"] == "customer_stopped"
        await behind.until_place(1)
        refused = await accept(agent, waiter)
        assert (refused.status, refused.body["code"]) == (409, "waits_no_more")
        assert [row["session"] for row in (await agent.ask("GET", "/waiting")).body] == [behind.session]
        # asks again in another window: one place, the former wait is over
        again = await ask(behind.browser)
        assert again.status == 201
        assert (await behind.socket.view("ended"))["end"]["cause"] == "customer_stopped"
        assert [row["session"] for row in (await agent.ask("GET", "/waiting")).body] == [
            again.body["session"]
        ]
        assert (await agent.ask("GET", "/waiting")).body[0]["here"] is False
        absent = replace(behind, session=again.body["session"])
        assert (await accept(agent, absent)).status == 409, "the page is not there"


async def test_a_wait_ends_by_its_time_unless_the_customer_goes_on(server: Stand, agent: Browser) -> None:
    async with in_line(server) as waiter:
        first_end = waiter.shown["waiting"]["until_ms"]
        await waiter.socket.send({"type": "help.prolong"})
        assert (await waiter.socket.next("problem"))["code"] == "not_now"
        server.clock.shift_ms += INVITATION_LIFE_MS - 60_000
        await waiter.socket.send({"type": "help.prolong"})
        while (later := (await waiter.socket.next("state"))["view"]["waiting"])["until_ms"] == first_end:
            continue
        assert later["until_ms"] >= first_end + INVITATION_LIFE_MS - 60_000
        await agent.ask("GET", "/sessions")  # somebody is there
        server.clock.shift_ms += INVITATION_LIFE_MS - 90_000
        assert (await accept(agent, waiter)).status == 200
        await waiter.until_code()
        async with agent.socket(session=waiter.session) as at_agent:
            server.clock.shift_ms += INVITATION_LIFE_MS + 1
            for socket in (waiter.socket, at_agent):
                assert (await socket.view("ended"))["end"]["cause"] == "invitation_expired"
    await closed(server)


async def test_a_case_is_given_back_by_whoever_has_it_and_by_nobody_else(
    server: Stand, agent: Browser
) -> None:
    async with in_line(server) as waiter:
        await accept(agent, waiter)
        taken, roll, now = await the_case(server), server.foundation.stores.case_roll, server.clock.now_ms()
        assert taken.assigned_agent is not None
        assert not await roll.leave(taken.id, StaffId("sta_" + "A" * 22), None, now)
        assert (await the_case(server)).assigned_agent == taken.assigned_agent
        assert await roll.leave(taken.id, taken.assigned_agent, None, now)
        assert (await the_case(server)).assigned_agent is None
        assert not await roll.leave(taken.id, taken.assigned_agent, None, now)


async def test_what_cannot_be_recorded_gives_nobody_a_place_and_nobody_a_case(
    server: Stand, agent: Browser
) -> None:
    async with in_line(server) as waiter:
        await agent.ask("GET", "/waiting")
        server.disk.full = True
        assert (await accept(agent, waiter)).status == 503
        assert (await ask(waiter.browser)).status == 503
        server.disk.full = False
    assert (await the_case(server)).assigned_agent is None


async def test_a_page_that_asks_by_itself_keeps_nobody_signed_in(server: Stand, agent: Browser) -> None:
    for _ in range(3):
        assert (await agent.ask("GET", "/waiting")).status == 200
        server.clock.shift_ms += LOGIN_IDLE_MS // 3 + 1
    assert (await agent.ask("GET", "/waiting")).status == 401


async def test_asking_has_its_limits(server: Stand) -> None:
    async with on_own_page(server) as browser:
        secrets = dict.fromkeys(("123456", "my code is 123 456.", "4K7Q-X2M9-DRT4-WC8P"), "secret_in_words")
        for words, code in {**secrets, "a\nb": "does_not_fit", "x" * 201: "does_not_fit"}.items():
            refused = await ask(browser, words=words)
            assert (refused.status, refused.body["code"]) == (422, code)
            assert words not in refused.body["detail"]
    async with on_own_page(server, OTHER) as browser:
        answers = [(await ask(browser, words="Order of 12 boxes in 2026")).status for _ in range(7)]
        assert answers == [201] * 6 + [429]
        assert (await browser.ask("GET", "/customer/session")).body["state"] == "waiting"


async def ended_before_its_case(server: Stand, case: str) -> Session:
    """As a killed server leaves a row: the session has ended, its case is open. In this one they had met."""
    store = server.foundation.stores.sessions
    (session,) = await store.in_case(SessionCaseId(case))
    asked = session.help or Help("other", "en")
    ended = replace(session, state=State.ENDED, end_cause=EndCause.AGENT_LEFT, help=replace(asked, met=True))
    return await store.save(ended, log_index=None)


async def test_a_start_closes_what_a_killed_server_left(server: Stand, agent: Browser) -> None:
    async with in_line(server) as waiter:
        case = (await accept(agent, waiter)).body["case"]
        met = await ended_before_its_case(server, case)
        await server.composed.services.line.cases.close_unmet()
        assert (await the_case(server)).state is CaseState.OPEN, "they met"
        await server.foundation.stores.sessions.save(replace(met, help=Help("other", "en")), log_index=None)
        await server.composed.services.line.cases.close_unmet()
        found = await server.foundation.stores.cases.find(CaseId(case))
        assert found is not None
        assert found.state is CaseState.CLOSED
