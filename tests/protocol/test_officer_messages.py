"""What a security officer writes to an agent: on record first, read by that agent alone, and said to be read."""

from collections.abc import AsyncIterator

import pytest

from audit.event import EventName, Outcome
from tests.protocol.doubt import doubt, proved_by_code
from tests.protocol.server_people import Answered, Browser
from tests.protocol.server_stand import Stand
from tests.protocol.staff_passkey_people import staff_id

TEXT = "Please call me about your last case."


@pytest.fixture
async def officer(server: Stand) -> AsyncIterator[Browser]:
    async with Browser(server) as browser:
        await browser.sign_in("officer", "security")
        yield browser


async def written(server: Stand, officer: Browser, to: str, text: str = TEXT) -> Answered:
    return await officer.ask("POST", f"/security/staff/{await staff_id(server, to)}/messages", {"text": text})


async def unread(browser: Browser) -> list[str]:
    news = await browser.ask("GET", "/staff/me/news?door=agent")
    return [one["text"] for one in news.body["messages"]]


async def told(server: Stand, officer: Browser, to: str) -> list[dict[str, object]]:
    answer = await officer.ask("GET", f"/security/staff/{await staff_id(server, to)}/messages")
    assert answer.status == 200
    return list(answer.body)


async def test_an_agent_reads_what_an_officer_wrote_and_the_officer_sees_that_they_did(
    server: Stand, officer: Browser, agent: Browser, other: Browser
) -> None:
    sent = await written(server, officer, "agent")
    assert sent.status == 201
    assert await unread(agent) == [TEXT]
    assert await unread(other) == []
    (before,) = await told(server, officer, "agent")
    assert (before["text"], before["read_at_ms"]) == (TEXT, None)
    assert (await agent.ask("POST", f"/staff/me/messages/{sent.body['id']}/read")).status == 204
    assert await unread(agent) == []
    (after,) = await told(server, officer, "agent")
    assert isinstance(after["read_at_ms"], int)


async def test_it_is_on_record_with_its_text_and_so_is_that_it_was_read(
    server: Stand, officer: Browser, agent: Browser
) -> None:
    sent = await written(server, officer, "agent")
    await agent.ask("POST", f"/staff/me/messages/{sent.body['id']}/read")
    intent = (await server.recorded(EventName.OFFICER_MESSAGE_SENT))[0]
    assert intent.outcome is Outcome.INTENT
    assert intent.facts == {
        "message": sent.body["id"],
        "staff": await staff_id(server, "agent"),
        "text": TEXT,
    }
    read = (await server.recorded(EventName.AGENT_MESSAGE_READ))[0]
    assert (read.actor.id, read.facts) == (await staff_id(server, "agent"), {"message": sent.body["id"]})


async def test_nobody_but_its_agent_says_that_it_was_read_and_only_once(
    server: Stand, officer: Browser, agent: Browser, other: Browser
) -> None:
    path = f"/staff/me/messages/{(await written(server, officer, 'agent')).body['id']}/read"
    assert (await other.ask("POST", path)).status == 404
    assert await unread(agent) == [TEXT]
    assert (await agent.ask("POST", path)).status == 204
    assert (await agent.ask("POST", path)).status == 404
    assert (await agent.ask("POST", "/staff/me/messages/nonsense/read")).status == 404
    told = [event for event in await server.events() if event.name is EventName.AGENT_MESSAGE_READ]
    assert [event.outcome for event in told] == [Outcome.INTENT, Outcome.DONE]


async def test_somebody_in_doubt_reads_it_once_they_have_proved_who_they_are(
    server: Stand, officer: Browser, agent: Browser
) -> None:
    await doubt(server, "agent")
    assert (await written(server, officer, "agent")).status == 201
    news = await agent.ask("GET", "/staff/me/news?door=agent")
    assert news.body == {"must_prove": True, "messages": []}
    assert (await proved_by_code(agent, "agent")).status == 204
    assert await unread(agent) == [TEXT]


@pytest.mark.parametrize("text", ["Type 481 920 for me", "1 2 3 4 5 6"])
async def test_a_code_is_not_sent_and_kept_nowhere(
    server: Stand, officer: Browser, agent: Browser, text: str
) -> None:
    answer = await written(server, officer, "agent", text)
    assert (answer.status, answer.body["code"]) == (422, "note_secret")
    assert await unread(agent) == []
    (refused,) = await server.recorded(EventName.OFFICER_MESSAGE_SENT)
    assert refused.outcome is Outcome.REFUSED
    assert "text" not in refused.facts


@pytest.mark.parametrize("text", ["", "   ", "two\nlines", "a\u202eb", "x" * 301])
async def test_what_is_no_line_of_text_is_refused_with_a_sentence(
    server: Stand, officer: Browser, text: str
) -> None:
    answer = await written(server, officer, "agent", text)
    assert answer.status in {400, 422}
    assert not [event for event in await server.events() if event.name is EventName.OFFICER_MESSAGE_SENT]


async def test_messages_go_to_agents_alone(server: Stand, officer: Browser) -> None:
    answer = await written(server, officer, "officer")
    assert (answer.status, answer.body["code"]) == (409, "no_agent")


async def test_nobody_has_more_than_ten_unread(server: Stand, officer: Browser, agent: Browser) -> None:
    for number in range(10):
        assert (await written(server, officer, "agent", f"Message {number}")).status == 201
    refused = await written(server, officer, "agent", "One more")
    assert (refused.status, refused.body["code"]) == (409, "messages_unread")
    assert await unread(agent) == [f"Message {number}" for number in range(10)]
    assert (await server.recorded(EventName.OFFICER_MESSAGE_SENT))[-1].outcome is Outcome.FAILED


async def test_an_officer_who_writes_without_end_is_slowed(server: Stand, officer: Browser) -> None:
    answers = [(await written(server, officer, "agent", f"Message {n}")).status for n in range(21)]
    assert answers == [201] * 10 + [409] * 10 + [429]


async def test_an_agent_writes_to_nobody(server: Stand, agent: Browser) -> None:
    path = f"/security/staff/{await staff_id(server, 'agent2')}/messages"
    assert (await agent.ask("POST", path, {"text": TEXT})).status in {401, 403}
    assert (await agent.ask("GET", path)).status in {401, 403}
