"""Recovery codes, known browsers and clocks that went off, over HTTP with the real database and log."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from audit.event import EventName, Outcome
from tests.protocol.enrolment_people import Newcomer, customer_of, link_for
from tests.protocol.server_people import Answered, Customer, Share, in_verifying
from tests.protocol.server_stand import MANY_SIGN_INS, Stand, stand
from verification import totp
from verification.enrolment import RECOVERY_WITHIN_MS

COOKIE = "tachiai-device"


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[Stand]:
    async with stand(tmp_path, settings=MANY_SIGN_INS) as server:
        yield server


@asynccontextmanager
async def session_of(server: Stand) -> AsyncIterator[Share]:
    """In `verifying`, and over afterwards, so that another one can follow."""
    async with in_verifying(server) as share:
        yield share
        await share.agent.ask("POST", f"/sessions/{share.session}/end")


async def type_recovery(customer: Customer, code: str) -> Answered:
    body = {"code": code.replace("-", ""), "method": "recovery_code"}
    return await customer.ask("POST", "/customer/session/verification", body)


async def enrolled(server: Stand) -> tuple[Newcomer, list[str]]:
    newcomer = await Newcomer(server).__aenter__()
    await newcomer.claim(await link_for(server, await customer_of(server)))
    await newcomer.scan()
    assert (await newcomer.confirm()).body["stage"] == "recovery"
    shown = await newcomer.ask("POST", "/enrolment/recovery-codes")
    assert shown.headers["Cache-Control"] == "no-store"
    return newcomer, shown.body["recovery_codes"]


async def test_a_customer_who_enrols_gets_ten_codes_and_one_verifies_once(server: Stand) -> None:
    newcomer, codes = await enrolled(server)
    await newcomer.session.close()
    assert len(set(codes)) == 10
    async with session_of(server) as share:
        used = await type_recovery(share.customer, codes[2])
        assert used.body == {
            "outcome": "verified",
            "attempts_left": 5,
            "level": "V1",
            "recovery_codes_left": 9,
        }
        seen = await share.agent_socket.view("consenting")
        assert seen["verification"]["method"] == "recovery_code"
    async with session_of(server) as share:
        again = await type_recovery(share.customer, codes[2])
        assert (again.body["outcome"], again.body["attempts_left"]) == ("refused", 4)
    logged = str(await server.events())
    assert not any(code in logged or code.replace("-", "") in logged for code in codes)


async def test_fifty_uses_of_one_recovery_code_at_once_verify_exactly_once(server: Stand) -> None:
    newcomer, codes = await enrolled(server)
    await newcomer.session.close()
    async with session_of(server) as share:
        answers = await asyncio.gather(*(type_recovery(share.customer, codes[0]) for _ in range(50)))
    good = [one for one in answers if one.status == 200 and one.body["outcome"] == "verified"]
    assert len(good) == 1


async def test_recovery_codes_are_given_again_for_a_quarter_of_an_hour_and_to_that_browser_alone(
    server: Stand,
) -> None:
    newcomer, first = await enrolled(server)
    async with newcomer, Newcomer(server) as stranger:
        assert (await stranger.ask("POST", "/enrolment/recovery-codes")).status == 404
        second = (await newcomer.ask("POST", "/enrolment/recovery-codes")).body["recovery_codes"]
        assert not set(first) & set(second)
        server.clock.shift_ms += RECOVERY_WITHIN_MS
        late = await newcomer.ask("POST", "/enrolment/recovery-codes")
        assert (late.status, late.body["code"]) == (409, "enrolment_not_now")
        assert (await newcomer.ask("GET", "/enrolment")).body["stage"] == "done"
    async with session_of(server) as share:
        assert (await type_recovery(share.customer, first[0])).body["outcome"] == "refused"
        assert (await type_recovery(share.customer, second[0])).body["outcome"] == "verified"


async def test_a_browser_is_known_after_a_verification_and_strangers_do_not_shut_it_out(
    server: Stand,
) -> None:
    async with session_of(server) as share:
        answer = await share.customer.type_code()
        cookie = next(value for value in answer.headers.getall("Set-Cookie") if value.startswith(COOKIE))
        assert all(part in cookie for part in ("HttpOnly", "SameSite=Strict", "Path=/", "Max-Age=31536000"))
        token = cookie.split(";")[0].partition("=")[2]
    remembered = await server.recorded(EventName.CUSTOMER_DEVICE_REMEMBERED)
    assert [event.outcome for event in remembered] == [Outcome.INTENT, Outcome.DONE]
    assert token not in str(await server.events())
    for _ in range(2):
        async with session_of(server) as share:
            for _ in range(5):
                assert (await wrong(server, share)).body["outcome"] == "refused"
    async with session_of(server) as share:
        assert (await share.customer.type_code()).body["outcome"] == "refused"
    async with session_of(server) as share:
        share.customer.session.cookie_jar.update_cookies({COOKIE: token})
        known = await share.customer.type_code()
        assert known.body["outcome"] == "verified"
        assert COOKIE not in str(known.headers.getall("Set-Cookie", []))


async def wrong(server: Stand, share: Share) -> Answered:
    secret, step = server.accounts["K-30518"].secret, totp.step_at(server.clock.now_ms())
    right = {totp.code_at(secret, step + near) for near in range(-2, 3)}
    return await share.customer.type_code(next(f"{n:06d}" for n in range(9) if f"{n:06d}" not in right))


async def test_whoever_has_no_app_reads_what_is_possible_and_what_to_do(server: Stand) -> None:
    async with Newcomer(server) as frightened:
        page = await frightened.page("/without-app")
        assert page.status == 200
        assert "72 hours" in page.body
