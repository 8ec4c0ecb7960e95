"""Right codes in digits that are not ASCII's: no door takes them, and the code stays good."""

from pathlib import Path

from audit.event import EventName
from tests.protocol.enrolment_people import Newcomer, customer_of, link_for
from tests.protocol.server_people import Answered, Browser, in_verifying
from tests.protocol.server_stand import stand

# Each is zero of ten digits that follow each other: full-width, mathematical bold and monospace, Arabic-Indic,
# Devanagari. Superscripts do not lie side by side.
ZEROS = ("０", "𝟎", "𝟶", "٠", "०")
SUPERSCRIPTS = "⁰¹²³⁴⁵⁶⁷⁸⁹"


def disguised(code: str) -> list[str]:
    """The same number to a reader, in other digits; whole, and with only the last one changed."""
    others = ["".join(chr(ord(zero) + int(digit)) for digit in code) for zero in ZEROS]
    others.append("".join(SUPERSCRIPTS[int(digit)] for digit in code))
    return others + [code[:5] + other[5] for other in others]


async def test_a_customer_types_ascii_digits(tmp_path: Path) -> None:
    async with stand(tmp_path) as server, in_verifying(server) as share:
        code = server.fresh_code("K-30518")
        for other in disguised(code):
            answer = await share.customer.type_code(other)
            told = (answer.body["outcome"], answer.body["attempts_left"], answer.body["level"])
            assert told == ("refused", 5, None), ascii(other)
        assert (await share.customer.type_code(code)).body["outcome"] == "verified"
        refused = [event for event in await server.events() if event.name is EventName.CUSTOMER_CODE_REFUSED]
        assert [event.facts["counted"] for event in refused] == [False] * len(refused)


async def test_staff_and_newcomers_type_ascii_digits(tmp_path: Path) -> None:
    async with stand(tmp_path) as server, Browser(server) as agent, Newcomer(server) as newcomer:
        code = server.fresh_code("agent")
        for other in disguised(code):
            assert (await _sign_in(agent, other)).status == 401, ascii(other)
        assert (await newcomer.claim(await link_for(server, await customer_of(server)))).status == 201
        assert (await newcomer.scan()).status == 200
        for other in disguised(newcomer.code()):
            assert (await newcomer.send_code(other)).status in {401, 409, 422}, ascii(other)
        assert (await newcomer.confirm()).status == 200
        assert EventName.AGENT_LOGIN_STARTED not in {event.name for event in await server.events()}


async def _sign_in(agent: Browser, code: str) -> Answered:
    password = agent.stand.accounts["agent"].password
    body = {"door": "agent", "username": "agent", "password": password, "code": code}
    return await agent.ask("POST", "/logins", body)
