"""Changes to customers' factors and sessions: what was proved before the change ends with it, and nobody decides about
a customer whom they are helping, whenever the session was opened."""

import sqlite3
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from audit.event import EventName, Outcome
from server.foundation import DATABASE_FILE
from session.identity import SessionId
from session.model import State
from tests.protocol.enrolment_people import OPERATOR, Newcomer, customer_of
from tests.protocol.factor_people import Desk, cancel_token, cancels, desk_in, mails
from tests.protocol.server_people import in_ready, in_verifying


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    async with desk_in(tmp_path) as made:
        yield made


@pytest.mark.parametrize("kind", ["lost", "removal"])
async def test_what_was_proved_in_a_session_ends_with_the_factor_that_proved_it(
    desk: Desk, kind: str
) -> None:
    request = await desk.held(kind)
    await desk.wait()
    conductor = desk.stand.composed.services.conductor
    async with in_ready(desk.stand) as share:
        assert (await conductor.load(SessionId(share.session))).verification is not None
        assert (await desk.people[2].carries_out(request)).status == 200
        ended = await conductor.load(SessionId(share.session))
        assert (ended.state, ended.end_cause) == (State.ENDED, "officer_ended")
        await share.customer_socket.view("ended")


async def test_the_link_in_the_mail_ends_what_was_proved_by_what_it_stops(desk: Desk) -> None:
    links, now = desk.stand.composed.services.factors.links, desk.stand.clock.now_ms()
    link = await links.issue(await customer_of(desk.stand), by=OPERATOR, now=now)
    async with Newcomer(desk.stand) as thief:
        await thief.claim(link)
        await thief.scan()
        await thief.confirm()
    token = cancel_token((await mails(desk.stand, "enrolment_link_made"))[0])
    conductor = desk.stand.composed.services.conductor
    async with in_verifying(desk.stand) as share:
        assert await cancels(desk.stand, token) == "stopped"
        ended = await conductor.load(SessionId(share.session))
        assert (ended.state, ended.end_cause) == (State.ENDED, "blocked")


@pytest.mark.parametrize("act", ["ask", "vouch", "carry_out"])
async def test_a_session_that_is_opened_in_the_moment_between_is_found_by_the_write(
    desk: Desk, tmp_path: Path, act: str
) -> None:
    supervisor, officer, _ = desk.people
    stores = desk.stand.foundation.stores
    if act == "carry_out":
        request = await desk.held()
        await desk.wait()
    else:
        request = (await officer.asks()).body["id"]
    mei = await stores.staff.find_by_username("mei")
    assert mei is not None
    async with in_verifying(desk.stand) as share:
        await desk.stand.events()  # nothing else is on its way into the log
        desk.stand.disk.before_next = agent_becomes(tmp_path, mei.id, share.session)
        if act == "ask":
            answer = await supervisor.asks()
        else:
            answer = await (supervisor.vouches if act == "vouch" else supervisor.carries_out)(request)
        assert (answer.status, answer.body["code"]) == (409, "factor_in_session")
        made = EventName(f"agent:factor_request:{OUTCOMES[act]}")
        entries = await desk.stand.recorded(made)
        assert [event.outcome for event in entries] == [Outcome.INTENT, Outcome.FAILED]
        found = await stores.factor_requests.find(request)
        assert found is not None
        assert found.done_at_ms is None
        assert (found.second is None) is (act != "carry_out")


OUTCOMES = {"ask": "made", "vouch": "vouched", "carry_out": "carried_out"}


def agent_becomes(folder: Path, staff: str, session: str) -> Callable[[], None]:
    """The session is this person's from now on."""

    def happens() -> None:
        with sqlite3.connect(folder / DATABASE_FILE) as connection:
            connection.execute("UPDATE sessions SET agent = ? WHERE id = ?", (staff, session))
        connection.close()

    return happens
