"""The page's own checker of receipts, in Chromium: held to the same vectors as every other, and to mutants."""

import json
import random
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser

from audit.note import Verifier
from audit.receipts.checking import check_receipt
from audit.receipts.receipt import Kind, ReceiptRefused
from audit.receipts.telling import as_members
from audit.receipts.trust import LogKeys
from tests.browser.pages_stage import PagesStage, set_up
from tests.unit.receipt_examples import BOTH, SECOND, VECTORS, end_facts, receipt

pytestmark = pytest.mark.asyncio(loop_scope="session")
FOUND: dict[str, Any] = json.loads(VECTORS.read_text("utf-8"))
GOOD = {one["name"]: one["receipt"] for one in FOUND["good"]}
MUTANTS = 2_000
OTHER_LETTERS = str.maketrans("ABCDEF", "BCDEFA")
CHECK = """
const { checkReceipt } = await import('/static/receipts/checking.js');
const { parseVerifiers } = await import('/static/receipts/verifier.js');
const verifiers = await parseVerifiers(argument.key);
const answers = [];
for (const text of argument.receipts) {
  try {
    answers.push(await checkReceipt(new TextEncoder().encode(text), verifiers));
  } catch (error) {
    if (error.name !== 'ReceiptRefused') throw error;
    answers.push({ reason: error.reason });
  }
}
return answers;
"""


@pytest_asyncio.fixture(loop_scope="session")
async def stage(browser: Browser) -> AsyncIterator[PagesStage]:
    async with set_up(browser) as stage:
        await stage.page.goto(f"{stage.url}/problem")
        yield stage


async def checked(stage: PagesStage, receipts: list[str], key: str = "key") -> list[dict[str, Any]]:
    asked = {"key": FOUND.get(key, key), "receipts": receipts}
    answers: list[dict[str, Any]] = await stage.run(CHECK, asked)
    return answers


# Of a look: the members' names at a shell, and in the page.
ACCESS = {
    "what": "what",
    "at_ms": "atMs",
    "agent_name": "agentName",
    "agent_number": "agentNumber",
    "agent_team": "agentTeam",
    "case": "caseReference",
    "field": "field",
}


async def test_good_receipts_say_in_the_page_what_they_say_at_a_shell(stage: PagesStage) -> None:
    trust = LogKeys((Verifier.parse(FOUND["key"]),))
    for text, found in zip(GOOD.values(), await checked(stage, list(GOOD.values())), strict=True):
        known = as_members(check_receipt(text.encode(), trust))
        for name in ("kind", "origin", "index", "size", "subject", "wording"):
            assert found[name] == known[name]
        said, statement = known["statement"], found["statement"]
        if found["kind"] == "access":
            assert {name: statement[in_page] for name, in_page in ACCESS.items()} == {
                name: said.get(name) for name in ACCESS
            }
            continue
        if found["kind"] == "consent":
            assert statement["consent"]["agent"] == {
                "name": said["agent_name"],
                "number": said["agent_number"],
            }
            assert statement["consentSha256"] == said["consent_sha256"]
        else:
            assert (statement["cause"], statement["atMs"]) == (said["cause"], said["at_ms"])
            assert statement["agentName"] == said.get("agent_name")
        assert (statement["fromMs"], statement["untilMs"]) == (said.get("from_ms"), said.get("until_ms"))


async def test_every_forged_receipt_is_refused_for_its_reason(stage: PagesStage) -> None:
    answers = await checked(stage, [one["receipt"] for one in FOUND["refused"]])
    for one, answer in zip(FOUND["refused"], answers, strict=True):
        assert answer.get("reason") == one["reason"], one["name"]


async def test_every_field_flipped_is_refused(stage: PagesStage) -> None:
    changed = [
        GOOD[one["of"]][: one["at"]] + one["put"] + GOOD[one["of"]][one["at"] + 1 :]
        for one in FOUND["flipped"]
    ]
    answers = await checked(stage, changed)
    assert [
        one for one, answer in zip(FOUND["flipped"], answers, strict=True) if "reason" not in answer
    ] == []


async def test_mutants_are_refused_for_the_same_reason_as_at_a_shell(stage: PagesStage) -> None:
    chance = random.Random(41)  # noqa: S311 - the same mutants on every run
    mutants = [mutant(chance, chance.choice(list(GOOD.values()))) for _ in range(MUTANTS)]
    trust = LogKeys((Verifier.parse(FOUND["key"]),))
    for text, answer in zip(mutants, await checked(stage, mutants), strict=True):
        assert answer.get("reason") == reason_of(text, trust), text


async def test_a_log_with_two_keys_has_to_have_signed_with_both(stage: PagesStage) -> None:
    keys, signed = str(BOTH), receipt(Kind.END, end_facts(), second=SECOND).decode()
    good, only_first = await checked(stage, [signed, GOOD["an end without an agreement"]], keys)
    assert (good["kind"], good["secondUnchecked"]) == ("end", False)
    assert only_first == {"reason": "signature"}
    assert (await checked(stage, [signed]))[0]["secondUnchecked"] is False
    changed = signed.replace(second_line(signed), second_line(signed).translate(OTHER_LETTERS))
    (answer,) = await checked(stage, [changed], keys)
    assert answer == {"reason": "signature"}


async def test_a_browser_that_does_not_know_the_second_signature_says_so_and_still_asks_that_it_is_there(
    stage: PagesStage,
) -> None:
    await stage.run(
        "const real = crypto.subtle.importKey.bind(crypto.subtle);"
        "crypto.subtle.importKey = async (format, ...rest) => {"
        "  if (format === 'raw-public') throw new DOMException('', 'NotSupportedError');"
        "  return real(format, ...rest); };"
    )
    signed = receipt(Kind.END, end_facts(), second=SECOND).decode()
    good, only_first = await checked(stage, [signed, GOOD["an end without an agreement"]], str(BOTH))
    assert good["secondUnchecked"] is True
    assert only_first == {"reason": "signature"}


async def test_another_logs_key_opens_nothing(stage: PagesStage) -> None:
    answers = await checked(stage, list(GOOD.values()), "other_key")
    assert {answer["reason"] for answer in answers} == {"signature"}


@pytest.mark.parametrize("key", ["", "a", "a+b", "a+b+c", "sakura.example/log+00000000+AQ==", "x" * 10_000])
async def test_what_is_no_key_is_refused(stage: PagesStage, key: str) -> None:
    name = await stage.run(
        "const { parseVerifiers } = await import('/static/receipts/verifier.js');"
        "return parseVerifiers(argument).then(() => '', (error) => error.constructor.name);",
        key,
    )
    assert name == "KeyRefused"


def second_line(text: str) -> str:
    """The middle of its signature: without key id and time, which say whose it is and when."""
    line = str(json.loads(text)["proof"]).splitlines()[-1].split(" ")[2]
    return line[100:200]


def mutant(chance: random.Random, text: str) -> str:
    at = chance.randrange(len(text))
    match chance.randrange(4):
        case 0:
            return text[:at] + chance.choice('Aa0+/=\\"{}[]:,. \n\u00e9') + text[at + 1 :]
        case 1:
            return text[:at] + text[at + chance.randint(1, 20) :]
        case 2:
            return text[:at] + text[at : at + chance.randint(1, 20)] + text[at:]
        case _:
            other = chance.randrange(len(text))
            return text[:at] + text[other : other + 1] + text[at + 1 :]


def reason_of(text: str, trust: LogKeys) -> str | None:
    try:
        check_receipt(text.encode(), trust)
    except ReceiptRefused as error:
        return error.reason.value
    return None
