"""How often somebody in the middle gets away with it: the arithmetic of verification/DECISIONS.md, with short words."""

import math
import random
from collections.abc import Callable
from typing import Any

import pytest

from session.model import EXCHANGE_RUNS_ALLOWED
from tests.protocol.introduction_peers import AgentPage, Caught, CustomerPage, new_device

BITS = 3  # a word: 8 words in the list, so that a guess can be seen to succeed
SESSIONS = 400
SIGMAS = 5


def short(index: int) -> int:
    return index >> 11 - BITS


def run_in_the_middle(number: int) -> tuple[bool, bool]:
    """One run in which a relay with a forged badge deals with both pages in the other's name. Whether the customer's
    page and the agent's would find their words, being told what the other page says."""
    key, jwk = new_device()
    ground: dict[str, Any] = {"session": "ses_1", "case": "C-1", "run": number, "badge": "{}"}
    agent = AgentPage(**ground, agent_device=jwk, customer_device=jwk, device=key)
    to_customer = AgentPage(**ground, agent_device=jwk, customer_device=jwk, device=key)
    customer = CustomerPage(**ground, agent_device=jwk, customer_device=jwk, device=key)
    to_agent = CustomerPage(**ground, agent_device=jwk, customer_device=jwk, device=key)
    answer = {**customer.answer(to_customer.commit()), "device_key": jwk}
    customer.confirm(to_customer.reveal(answer))
    agent.accept(to_agent.confirm(agent.reveal({**to_agent.answer(agent.commit()), "device_key": jwk})))
    assert agent.words is not None
    assert customer.words is not None
    said = tuple(map(short, agent.words.agent))
    heard = said == tuple(map(short, customer.words.agent))
    return heard, short(agent.words.customer) == short(customer.words.customer)


def within(found: int, tries: int, probability: float) -> bool:
    spread = math.sqrt(tries * probability * (1 - probability))
    return abs(found - tries * probability) <= SIGMAS * spread


def sessions_won(runs: int, wins: Callable[[int], bool]) -> int:
    """The relay knows both ends' words before anybody says one, so it feigns a lost line whenever they differ, and gets
    another run for as long as the pages allow one."""
    return sum(any(wins(number) for number in range(1, runs + 1)) for _ in range(SESSIONS))


def test_one_run_deceives_the_customers_page_as_often_as_two_words_are_guessed() -> None:
    outcomes = [run_in_the_middle(1) for _ in range(SESSIONS)]
    assert within(sum(heard for heard, _ in outcomes), SESSIONS, 2 ** -(2 * BITS))
    assert within(sum(typed for _, typed in outcomes), SESSIONS, 2**-BITS)


def test_feigned_lost_lines_buy_one_more_run_and_no_more() -> None:
    once = 2 ** -(2 * BITS)
    won = sessions_won(EXCHANGE_RUNS_ALLOWED, lambda number: run_in_the_middle(number)[0])
    assert within(won, SESSIONS, 1 - (1 - once) ** EXCHANGE_RUNS_ALLOWED)


def test_without_a_count_of_runs_feigned_lost_lines_would_win_in_the_end() -> None:
    """By chance alone, which the runs above are shown to follow."""
    chance = random.Random(7)  # noqa: S311  # nothing is kept secret by it
    won = sessions_won(500, lambda _: chance.random() < 2 ** -(2 * BITS))
    assert won > SESSIONS * 0.99


def test_a_promise_keeps_the_relay_from_looking_for_a_key_that_fits() -> None:
    """Without a promise a half that fits would be found by trying; with it, that half is not the promised one."""
    key, jwk = new_device()
    ground: dict[str, Any] = {"session": "ses_1", "case": "C-1", "run": 1, "badge": "{}"}
    customer = CustomerPage(**ground, agent_device=jwk, customer_device=jwk, device=key)
    promised = AgentPage(**ground, agent_device=jwk, customer_device=jwk, device=key)
    answer = {**customer.answer(promised.commit()), "device_key": jwk}
    tried = 0
    while True:
        tried += 1
        other = AgentPage(**ground, agent_device=jwk, customer_device=jwk, device=key)
        other.commit()
        revealed = other.reveal(answer)
        assert other.words is not None
        if tuple(map(short, other.words.agent)) == (0, 0):
            break
    assert tried < 64 * 20
    with pytest.raises(Caught, match="commitment_broken"):
        customer.confirm(revealed)
