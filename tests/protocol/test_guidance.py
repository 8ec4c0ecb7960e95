"""Pointer, drawing and instructions over the socket: agreed to, on record before delivery, and only in a live share."""

import asyncio
import json
from collections.abc import AsyncIterator
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from audit.event import Event, EventName, Outcome
from server.signalling.connection import REFUSALS_ALLOWED
from server.signalling.guidance_messages import POINTS_AT_MOST, PointerMoveMessage
from server.signalling.messages import MessageRefused, decode
from tests.protocol.server_people import WITHIN_S, Share, Socket, begin, in_ready, in_sharing
from tests.protocol.server_stand import Stand, stand

CODE = "739 164"
HERE = {"type": "pointer.move", "x": 0.25, "y": 0.5}
LINE = {"type": "pointer.draw", "points": [[0, 0], [0.5, 0.123456], [1, 1]]}
GESTURES = {"pointer.move", "pointer.draw", "pointer.hide"}
_NUMBER = count()


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Stand]:
    async with stand(tmp_path) as running:
        yield running


def guide(text: str) -> dict[str, Any]:
    return {"type": "guide.send", "id": f"{next(_NUMBER):022d}", "text": text}


async def refusal(socket: Socket, message: dict[str, Any]) -> str:
    await socket.send(message)
    problem = await socket.next("problem")
    assert problem["of"] == message["type"]
    return str(problem["code"])


async def advise(share: Share, text: str) -> int:
    await share.agent_socket.send(guide(text))
    return int((await share.agent_socket.next("guide.accepted"))["n"])


async def advised(socket: Socket) -> dict[str, Any]:
    """The next view with an instruction."""
    while not (view := (await socket.next("state"))["view"])["guide"]:
        continue
    return dict(view["guide"])


async def entries(server: Stand, name: EventName, number: int) -> list[Event]:
    """Once there are so many: for outcomes nobody waits."""
    async with asyncio.timeout(WITHIN_S):
        while len(found := [event for event in await server.events() if event.name is name]) < number:
            continue
    return found


def gestures(socket: Socket) -> list[str]:
    return [one["type"] for one in socket.got if one["type"] in GESTURES]


async def test_the_first_gesture_is_on_record_before_it_is_passed_on_and_each_share_is_counted(
    server: Stand,
) -> None:
    async with in_sharing(server, "pointer") as share:
        await share.agent_socket.send(HERE)
        assert await share.customer_socket.next("pointer.move") == HERE
        first = (await server.recorded(EventName.AGENT_POINTER_USED))[0]
        assert first.outcome is Outcome.INTENT
        await share.agent_socket.send(LINE)
        drawn = await share.customer_socket.next("pointer.draw")
        assert drawn["points"] == [[0.0, 0.0], [0.5, 0.1235], [1.0, 1.0]]
        await share.agent_socket.send({"type": "pointer.hide"})
        await share.customer_socket.next("pointer.hide")
        await share.customer_socket.send({"type": "share.pause"})
        await share.customer_socket.view("paused")
        (counted,) = await server.recorded(EventName.AGENT_POINTER_COUNTED)
        assert counted.facts == {"epoch": first.facts["epoch"], "moves": 1, "strokes": 1}
        await share.customer_socket.send({"type": "share.resume"})
        await share.customer_socket.view("sharing")
        await share.agent_socket.send(HERE)
        await share.customer_socket.next("pointer.move")
        used = await entries(server, EventName.AGENT_POINTER_USED, 4)
        assert [event.outcome for event in used] == [Outcome.INTENT, Outcome.DONE] * 2
        assert used[2].facts["epoch"] != first.facts["epoch"]


async def test_without_its_own_tick_nobody_points_or_advises_and_a_customers_page_never(
    server: Stand,
) -> None:
    async with in_sharing(server, "chat") as share:
        for gesture in (HERE, LINE, {"type": "pointer.hide"}):
            assert await refusal(share.agent_socket, gesture) == "pointer_closed"
        assert await refusal(share.agent_socket, guide("Press it")) == "guide_closed"
        for message in (HERE, LINE, guide("Press it")):
            assert await refusal(share.customer_socket, message) == "not_allowed"
        names = {event.name for event in await server.events()}
        assert names.isdisjoint({EventName.AGENT_POINTER_USED, EventName.AGENT_GUIDE_WRITTEN})
        assert gestures(share.customer_socket) == []


async def test_nothing_is_passed_on_before_a_share_or_while_it_is_paused(server: Stand) -> None:
    async with in_ready(server, "pointer") as share:
        assert await refusal(share.agent_socket, HERE) == "pointer_closed"
        assert await refusal(share.agent_socket, guide("Press it")) == "guide_closed"
        await begin(share)
        await share.agent_socket.send(HERE)
        await share.customer_socket.next("pointer.move")
        await share.customer_socket.send({"type": "share.pause"})
        await share.agent_socket.view("paused")
        for _ in range(REFUSALS_ALLOWED + 1):  # what crosses a pause on its way is no fault of the page
            assert await refusal(share.agent_socket, HERE) == "pointer_closed"
        assert await refusal(share.agent_socket, guide("Press it")) == "guide_closed"
        assert gestures(share.customer_socket) == ["pointer.move"]


async def test_a_lease_that_is_withheld_stops_the_pointer_though_the_state_stays(server: Stand) -> None:
    async with in_sharing(server, "pointer") as share:
        await share.agent_socket.send(HERE)
        await share.customer_socket.next("pointer.move")
        server.clock.shift_ms -= 3_600_000  # the agreement is of a time to come now
        assert await refusal(share.agent_socket, HERE) == "pointer_closed"


async def test_what_could_not_be_recorded_is_shown_to_nobody(server: Stand) -> None:
    async with in_sharing(server, "pointer") as share:
        server.disk.full = True
        assert await refusal(share.agent_socket, HERE) in {"not_recorded", "pointer_closed"}
        assert await refusal(share.agent_socket, guide("Press it")) in {"not_recorded", "guide_closed"}
        assert gestures(share.customer_socket) == []


async def test_a_share_that_pauses_while_the_first_gesture_is_recorded_keeps_it_from_being_passed_on(
    server: Stand,
) -> None:
    async with in_sharing(server, "pointer") as share:
        loop, paused = asyncio.get_running_loop(), asyncio.Event()

        async def pause() -> None:
            await share.customer_socket.send({"type": "share.pause"})
            await share.customer_socket.view("paused")
            paused.set()

        def in_the_middle() -> None:
            asyncio.run_coroutine_threadsafe(pause(), loop)
            asyncio.run_coroutine_threadsafe(paused.wait(), loop).result(5)

        server.disk.before_next = in_the_middle
        assert await refusal(share.agent_socket, HERE) == "pointer_closed"
        told = await entries(server, EventName.AGENT_POINTER_USED, 2)
        assert [event.outcome for event in told] == [Outcome.INTENT, Outcome.FAILED]
        assert gestures(share.customer_socket) == []
        names = [event.name for event in await server.events()]
        assert EventName.AGENT_POINTER_COUNTED not in names


async def test_a_flood_of_gestures_is_thinned_out_and_costs_no_socket(server: Stand) -> None:
    async with in_sharing(server, "pointer") as share:
        await share.agent_socket.send(HERE)
        await share.customer_socket.next("pointer.move")
        for _ in range(40):
            await share.agent_socket.send(HERE)
        problem = await share.agent_socket.next("problem")
        assert problem["code"] == "pointer_too_fast"
        await share.customer_socket.send({"type": "share.pause"})
        await share.agent_socket.view("paused")
        (counted,) = await server.recorded(EventName.AGENT_POINTER_COUNTED)
        assert 1 < int(counted.facts["moves"]) < 41


@pytest.mark.parametrize(
    "gesture",
    [
        {**HERE, "x": -0.001},
        {**HERE, "y": 1.001},
        {**HERE, "x": "0.5"},
        {**HERE, "x": None},
        {**HERE, "z": 0},
        {"type": "pointer.move", "x": 0.5},
        {**LINE, "points": [[0, 0]]},
        {**LINE, "points": [[0, 0]] * (POINTS_AT_MOST + 1)},
        {**LINE, "points": [[0, 0], [0, 0, 0]]},
        {**LINE, "points": [[0, 0], [0, 2]]},
        {"type": "pointer.hide", "x": 0},
        {"type": "guide.send", "id": "short", "text": "Press it"},
        {**guide("Press it"), "html": True},
    ],
    ids=str,
)
def test_a_gesture_of_another_form_is_refused(gesture: dict[str, Any]) -> None:
    with pytest.raises(MessageRefused) as refused:
        decode(json.dumps(gesture))
    assert refused.value.code == "message_not_understood"


@pytest.mark.parametrize("number", ["NaN", "1e999", "Infinity", "-0.5", "1.0000001", "true"])
def test_a_place_that_is_no_part_of_the_picture_is_refused(number: str) -> None:
    with pytest.raises(MessageRefused):
        decode(f'{{"type":"pointer.move","x":{number},"y":0.5}}')
    assert decode('{"type":"pointer.move","x":0,"y":1}') == PointerMoveMessage(0, 1)


async def test_an_instruction_is_on_record_and_stands_in_the_customers_view(server: Stand) -> None:
    async with in_sharing(server, "pointer") as share:
        sent = guide("右上の <b>設定</b> を押してください")
        await share.agent_socket.send(sent)
        assert (await share.agent_socket.next("guide.accepted"))["id"] == sent["id"]
        shown = await advised(share.customer_socket)
        assert (shown["n"], shown["text"]) == (1, sent["text"])
        told = await entries(server, EventName.AGENT_GUIDE_WRITTEN, 2)
        assert [event.outcome for event in told] == [Outcome.INTENT, Outcome.DONE]
        assert told[0].facts["text"] == sent["text"]
        await share.agent_socket.send(sent)  # its answer was lost: it is shown once
        assert (await share.agent_socket.next("guide.accepted"))["n"] == 1
        assert await advise(share, "Now press Save") == 2
        await share.customer_socket.send({"type": "share.pause"})
        assert (await share.customer_socket.view("paused"))["guide"]["text"] == "Now press Save"
        assert (await share.agent_socket.view("paused"))["guide"]["n"] == 2
        await share.agent_socket.send({"type": "verification.ask", "level": "V2"})
        assert (await share.customer_socket.view("verifying"))["guide"] is None


async def test_an_instruction_with_a_code_or_asking_for_one_is_kept_nowhere(server: Stand) -> None:
    async with in_sharing(server, "pointer") as share:
        assert await refusal(share.agent_socket, guide(f"Type {CODE}")) == "chat_code"
        assert await refusal(share.agent_socket, guide("Please tell me the code")) == "chat_asks_code"
        assert await refusal(share.agent_socket, guide("two\nlines")) == "guide_text"
        told = await server.recorded(EventName.AGENT_GUIDE_REFUSED)
        assert [event.facts for event in told] == [{"kind": "code"}, {"kind": "asks_code"}]
        assert CODE not in repr([*await server.events(), *share.customer_socket.got])
        assert CODE not in server.written.getvalue()
        assert await advise(share, "Press Settings, top right") == 1
