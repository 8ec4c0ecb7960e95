"""Chat over the socket: agreed to, on record before it is delivered, in order, once; and codes are refused."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from audit.event import Event, EventName, Outcome
from server.signalling.chat_book import REFUSALS_TOLD
from server.signalling.connection import REFUSALS_ALLOWED
from tests.protocol.canaries import files
from tests.protocol.server_people import WITHIN_S, Share, Socket, in_ready
from tests.protocol.server_stand import Stand, page_id, stand

CODE, DISGUISED = "739 164", "７３９‐１６４"
PHRASE = "legal winner thank year wave sausage worth useful"
_NUMBER = count()


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Stand]:
    async with stand(tmp_path) as running:
        yield running


@dataclass(frozen=True, slots=True)
class Refused(Exception):
    code: str


def message(text: str) -> dict[str, Any]:
    return {"type": "chat.send", "id": f"{next(_NUMBER):022d}", "text": text}


async def join(socket: Socket, after: int = 0) -> list[tuple[int, str, str]]:
    await socket.send({"type": "chat.join", "after": after})
    answer = await socket.next("chat.messages")
    return [(one["n"], one["from"], one["text"]) for one in answer["messages"]]


async def say(socket: Socket, text: str) -> int:
    """The number that it got. Raises Refused."""
    await socket.send(message(text))
    while (answer := await socket.read()) is not None:
        if answer["type"] == "chat.accepted":
            return int(answer["n"])
        if answer["type"] == "problem":
            assert answer["of"] == "chat.send"
            raise Refused(answer["code"])
    raise AssertionError("closed")


async def heard(socket: Socket) -> tuple[int, str, str]:
    found = await socket.next("chat.message")
    return found["n"], found["from"], found["text"]


async def refusal(socket: Socket, text: str) -> str:
    with pytest.raises(Refused) as refused:
        await say(socket, text)
    return refused.value.code


async def entries(server: Stand, name: EventName, number: int) -> list[Event]:
    """Once there are so many: for outcomes nobody waits."""
    async with asyncio.timeout(WITHIN_S):
        while len(found := [event for event in await server.events() if event.name is name]) < number:
            continue
    return found


async def both_joined(share: Share) -> None:
    assert await join(share.customer_socket) == await join(share.agent_socket) == []


async def test_what_is_said_is_heard_in_order_and_is_on_record(server: Stand) -> None:
    async with in_ready(server, "chat") as share:
        await both_joined(share)
        assert await say(share.customer_socket, "I see <b>red</b> 🙂") == 1
        assert await heard(share.agent_socket) == (1, "customer", "I see <b>red</b> 🙂")
        assert await say(share.agent_socket, "Press it") == 2
        assert await heard(share.customer_socket) == (2, "agent", "Press it")
        said = await entries(server, EventName.CUSTOMER_CHAT_WRITTEN, 2)
        answered = await entries(server, EventName.AGENT_CHAT_WRITTEN, 2)
        assert [event.outcome for event in (*said, *answered)] == [Outcome.INTENT, Outcome.DONE] * 2
        assert said[0].personal[said[0].customer or ""]["text"] == "I see <b>red</b> 🙂"
        assert "text" not in said[0].facts
        assert answered[0].facts["text"] == "Press it"


async def test_without_an_agreement_to_it_there_is_no_chat(server: Stand) -> None:
    async with in_ready(server) as share:
        for socket in (share.customer_socket, share.agent_socket):
            assert await refusal(socket, "Hello") == "chat_closed"
            for other in ({"type": "chat.join", "after": 0}, {"type": "chat.withheld", "kind": "code"}):
                await socket.send(other)
                assert (await socket.next("problem"))["code"] == "chat_closed"
        names = {event.name for event in await server.events()}
        assert names.isdisjoint({EventName.CUSTOMER_CHAT_WRITTEN, EventName.CUSTOMER_CHAT_REFUSED})


async def test_with_the_agreement_the_chat_ends(server: Stand) -> None:
    async with in_ready(server, "chat") as share:
        await both_joined(share)
        await say(share.customer_socket, "Hello")
        await share.agent_socket.send({"type": "verification.ask", "level": "V2"})
        await share.customer_socket.view("verifying")
        for socket in (share.customer_socket, share.agent_socket):
            assert await refusal(socket, "Are you there?") == "chat_closed"


async def test_what_could_not_be_recorded_is_delivered_to_nobody(server: Stand) -> None:
    async with in_ready(server, "chat") as share:
        await both_joined(share)
        server.disk.full = True
        assert await refusal(share.customer_socket, "Nobody hears this") == "not_recorded"
        assert await refusal(share.agent_socket, "Nor this") == "not_recorded"
        assert all(
            one["type"] != "chat.message" for one in (*share.agent_socket.got, *share.customer_socket.got)
        )


async def test_an_agreement_that_ends_while_a_message_is_recorded_keeps_it_from_being_delivered(
    server: Stand,
) -> None:
    async with in_ready(server, "chat") as share:
        await both_joined(share)
        loop, ended = asyncio.get_running_loop(), asyncio.Event()

        async def end() -> None:
            await share.customer_socket.send({"type": "share.stop", "by": "page"})
            await share.customer_socket.view("ended")
            ended.set()

        def in_the_middle() -> None:
            asyncio.run_coroutine_threadsafe(end(), loop)
            asyncio.run_coroutine_threadsafe(ended.wait(), loop).result(5)

        server.disk.before_next = in_the_middle
        await share.agent_socket.send(message("Too late"))
        assert await share.agent_socket.closed() == 1000
        assert all(one["type"] != "chat.message" for one in share.customer_socket.got)
        told = await entries(server, EventName.AGENT_CHAT_WRITTEN, 2)
        assert [event.outcome for event in told] == [Outcome.INTENT, Outcome.FAILED]
        assert told[1].facts == {"reason": "overtaken"}


async def test_a_page_that_comes_back_gets_what_it_missed_once(server: Stand) -> None:
    async with in_ready(server, "chat") as share:
        await both_joined(share)
        await say(share.customer_socket, "One")
        await share.agent_socket.connection.close()
        await share.customer_socket.view("interrupted")
        unanswered = message("Two")
        await share.customer_socket.send(unanswered)
        assert (await share.customer_socket.next("chat.accepted"))["n"] == 2
        async with share.agent.socket(session=share.session) as again:
            assert await join(again, after=1) == [(2, "customer", "Two")]
            await share.customer_socket.send(unanswered)
            assert (await share.customer_socket.next("chat.accepted"))["n"] == 2
            assert await say(share.customer_socket, "Three") == 3
            assert await heard(again) == (3, "customer", "Three")
            assert await join(again) == [
                (n, "customer", text) for n, text in enumerate(["One", "Two", "Three"], 1)
            ]


async def test_many_at_once_keep_one_order_for_both(server: Stand) -> None:
    async with in_ready(server, "chat") as share:
        await both_joined(share)
        sockets = (share.customer_socket, share.agent_socket)
        for number in range(4):
            await asyncio.gather(*(socket.send(message(f"Word {number}")) for socket in sockets))
        for socket in sockets:
            for _ in range(4):
                await socket.next("chat.accepted")
        lines = [await join(socket) for socket in sockets]
        assert lines[0] == lines[1]
        assert [n for n, _, _ in lines[0]] == list(range(1, 9))


async def test_refusals_of_what_people_write_do_not_close_their_socket(server: Stand) -> None:
    async with in_ready(server, "chat") as share:
        await both_joined(share)
        for _ in range(REFUSALS_ALLOWED + 1):
            assert await refusal(share.customer_socket, " ") == "chat_text"
        assert await say(share.customer_socket, "Still here") == 1


@pytest.mark.parametrize("text", [CODE, DISGUISED, PHRASE, "4K7Q-X2M9-DRT4-WC8P"])
async def test_a_refused_code_is_kept_nowhere(tmp_path: Path, text: str) -> None:
    async with stand(tmp_path) as server, in_ready(server, "chat") as share:
        await both_joined(share)
        assert await refusal(share.customer_socket, f"It is {text}") in {
            "chat_code",
            "chat_recovery_code",
            "chat_phrase",
        }
        warning = await share.agent_socket.next("chat.warning")
        assert set(warning) == {"type", "party", "kind", "at_ms"}
        (told,) = await server.recorded(EventName.CUSTOMER_CHAT_REFUSED)
        assert told.facts == {"kind": warning["kind"], "where": "server"}
        assert text not in repr([*await server.events(), *share.agent_socket.got, *share.customer_socket.got])
        assert text not in server.written.getvalue()
    assert [
        name for name, content in files(tmp_path).items() if any(text.encode() in one for one in content)
    ] == []


async def test_a_code_in_two_pieces_is_refused(server: Stand) -> None:
    async with in_ready(server, "chat") as share:
        await both_joined(share)
        await say(share.customer_socket, "739")
        assert await refusal(share.customer_socket, "164") == "chat_code"


async def test_an_agent_who_asks_for_a_code_is_refused_and_it_is_recorded(server: Stand) -> None:
    async with in_ready(server, "chat") as share:
        await both_joined(share)
        assert await refusal(share.agent_socket, "Please tell me the code") == "chat_asks_code"
        (told,) = await server.recorded(EventName.AGENT_CHAT_REFUSED)
        assert told.facts == {"kind": "asks_code", "where": "server"}
        assert await say(share.customer_socket, "Shall I tell you the code?") == 1


async def test_what_a_page_held_back_by_itself_is_recorded_and_told_to_the_agent(server: Stand) -> None:
    async with in_ready(server, "chat") as share:
        await both_joined(share)
        for _ in range(REFUSALS_TOLD):
            await share.customer_socket.send({"type": "chat.withheld", "kind": "phrase"})
            warning = await share.agent_socket.next("chat.warning")
            assert (warning["party"], warning["kind"]) == ("customer", "phrase")
        await share.customer_socket.send({"type": "chat.withheld", "kind": "phrase"})
        await say(share.customer_socket, "Sorry")
        assert await heard(share.agent_socket) == (1, "customer", "Sorry")
        assert [one["type"] for one in share.agent_socket.got].count("chat.warning") == REFUSALS_TOLD
        told = await entries(server, EventName.CUSTOMER_CHAT_REFUSED, REFUSALS_TOLD)
        assert told[0].facts == {"kind": "phrase", "where": "page"}


async def test_a_page_that_was_loaded_anew_asks_the_customer_again(server: Stand) -> None:
    async with in_ready(server, "chat") as share:
        await both_joined(share)
        await say(share.agent_socket, "Hello")
        async with share.customer.socket(purpose="session", page=page_id()) as anew:
            asked = await anew.view("consenting")
            assert await refusal(anew, "Hello") == "chat_closed"
            assert (await share.customer.agree(asked["proposal"], extras=("chat",))).status == 200
            await anew.view("ready")
            assert await join(anew) == [(1, "agent", "Hello")]


@pytest.mark.parametrize(
    "changed",
    [{"id": "short"}, {"id": "!" * 22}, {"text": 3}, {"text": "x" * 2_001}, {"text": ""}, {"more": 1}],
    ids=str,
)
async def test_a_message_of_another_form_is_refused(server: Stand, changed: dict[str, Any]) -> None:
    async with in_ready(server, "chat") as share:
        await share.customer_socket.send({**message("Hello"), **changed})
        assert (await share.customer_socket.next("problem"))["code"] in {
            "message_not_understood",
            "chat_text",
        }
