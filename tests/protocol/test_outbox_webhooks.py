"""Webhooks by HTTP, to a receiver that speaks it: pinned, without redirects, and cut off where it talks much."""

import ipaddress
from pathlib import Path

import pytest

from server.outbox.calling import MOST_ANSWER_BYTES, WebhookCall
from server.outbox.destination import Destinations
from server.outbox.failure import Cause, TryFailed
from tests.protocol.outside_peers import HookPeer, Secured, answer, listening, secured

HERE = Destinations((ipaddress.ip_network("127.0.0.0/8"),))
BODY = b'{"type":"test"}'


@pytest.fixture
def tls(tmp_path: Path) -> Secured:
    return secured(tmp_path / "tls")


async def here(_host: str, _port: int) -> list[str]:
    return ["127.0.0.1"]


async def failure(call: WebhookCall, url: str) -> TryFailed:
    with pytest.raises(TryFailed) as told:
        await call.post(url, {}, BODY)
    return told.value


async def test_a_call_is_one_post_over_tls_to_the_name_that_was_registered(tls: Secured) -> None:
    async with listening(HookPeer(), tls.server) as peer:
        call = WebhookCall(HERE, tls=tls.client, lookup=here)
        await call.post(f"https://localhost:{peer.port}/hook", {"webhook-id": "msg_1"}, BODY)
    (heard,) = peer.calls
    assert (heard.path, heard.body, heard.headers["webhook-id"]) == ("/hook", BODY, "msg_1")
    assert heard.headers["content-type"] == "application/json"
    assert not {"cookie", "authorization", "referer"} & heard.headers.keys()


async def test_a_certificate_of_another_name_or_of_nobody_is_no_receiver(
    tls: Secured, tmp_path: Path
) -> None:
    async with listening(HookPeer(), tls.server) as peer:
        renamed = WebhookCall(HERE, tls=tls.client, lookup=here)
        assert (await failure(renamed, f"https://hooks.example.com:{peer.port}/")).cause is Cause.TLS
        strangers = WebhookCall(HERE, tls=secured(tmp_path / "stranger").client, lookup=here)
        assert (await failure(strangers, f"https://localhost:{peer.port}/")).cause is Cause.TLS
    assert peer.calls == []


async def test_a_name_that_resolves_to_us_is_never_connected_to() -> None:
    async with listening(HookPeer()) as peer:
        guarded = WebhookCall(Destinations(), lookup=here)
        for url in (f"https://hooks.example.com:{peer.port}/", f"https://127.0.0.1:{peer.port}/"):
            assert (await failure(guarded, url)).cause is Cause.DESTINATION
    assert peer.connections == 0


async def test_a_name_that_resolves_otherwise_at_the_second_time_is_refused_then() -> None:
    answers = [["127.0.0.1"], ["169.254.169.254"], ["127.0.0.1", "10.0.0.1"]]

    async def rebinding(_host: str, _port: int) -> list[str]:
        return answers.pop(0)

    async with listening(HookPeer()) as peer:
        call = WebhookCall(HERE, lookup=rebinding)
        causes = [(await failure(call, f"https://hooks.example.com:{peer.port}/")).cause for _ in range(3)]
    assert causes[1:] == [Cause.DESTINATION] * 2
    assert peer.connections == 1, "only the first went to where it was let, and failed for want of TLS"


async def test_a_redirect_is_not_followed() -> None:
    async with listening(HookPeer()) as inner:
        elsewhere = answer(307, headers=[f"Location: http://127.0.0.1:{inner.port}/inner"])
        async with listening(HookPeer([elsewhere])) as peer:
            told = await failure(WebhookCall(HERE), f"http://127.0.0.1:{peer.port}/")
    assert (told.cause, told.final) == (Cause.REFUSED, False)
    assert inner.connections == 0


@pytest.mark.parametrize(
    ("said", "cause", "final"),
    [
        (answer(500), Cause.REFUSED, False),
        (answer(404), Cause.REFUSED, False),
        (answer(410), Cause.GONE, True),
        (b"not http at all\r\n\r\n", Cause.UNREACHABLE, False),
        (b"", Cause.UNREACHABLE, False),
        (answer(200, headers=["X-Long: " + "x" * 20_000]), Cause.UNREACHABLE, False),
    ],
)
async def test_what_is_no_success_is_told_in_a_word_of_ours(said: bytes, cause: Cause, final: bool) -> None:
    async with listening(HookPeer([said])) as peer:
        told = await failure(WebhookCall(HERE), f"http://127.0.0.1:{peer.port}/")
    assert (told.cause, told.final) == (cause, final)


async def test_a_long_answer_is_cut_off_and_a_silent_receiver_is_left() -> None:
    async with listening(HookPeer([answer(200, body=b"x" * 50 * MOST_ANSWER_BYTES)])) as peer:
        await WebhookCall(HERE).post(f"http://127.0.0.1:{peer.port}/", {}, BODY)
    endless = b"HTTP/1.1 200 said\r\nContent-Length: 100000\r\n\r\n"
    async with listening(HookPeer([endless])) as peer:
        assert (await failure(WebhookCall(HERE), f"http://127.0.0.1:{peer.port}/")).cause is Cause.UNREACHABLE
