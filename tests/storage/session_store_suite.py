"""What every SessionStore must do. Each check takes an empty store; run all of `CHECKS` against yours:

@pytest.mark.parametrize("check", session_store_suite.CHECKS, ids=lambda check: check.__name__)
async def test_the_store_keeps_the_ports_promises(check, store):
    await check(store)
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import fields, replace

from session.identity import SessionId
from session.model import EndCause, Session, State
from session.ports import SessionConflict, SessionStore
from tests.storage.session_examples import fresh, full, sharing


async def an_unknown_session_is_none(store: SessionStore) -> None:
    assert await store.load(SessionId("ses_nowhere")) is None


async def what_was_created_is_loaded_whole(store: SessionStore) -> None:
    for session in (fresh("ses_a"), replace(sharing(), id=SessionId("ses_b")), full("ses_c")):
        await store.create(session, log_index=7)
        assert await store.load(session.id) == session


async def every_field_survives_a_save(store: SessionStore) -> None:
    await store.create(fresh("ses_full"), log_index=1)
    saved = await store.save(replace(full("ses_full"), version=0), log_index=2)
    assert saved == replace(full("ses_full"), version=1)
    assert await store.load(saved.id) == saved
    assert {field.name for field in fields(Session)} >= {"consent_nonce", "customer_lost_at", "agent_lost_at"}


async def a_save_may_set_every_field_back(store: SessionStore) -> None:
    await store.create(full("ses_1"), log_index=1)
    bare = fresh("ses_1")
    assert await store.save(bare, log_index=None) == replace(bare, version=1)
    assert await store.load(bare.id) == replace(bare, version=1)


async def a_second_creation_is_a_conflict_and_changes_nothing(store: SessionStore) -> None:
    await store.create(fresh(), log_index=1)
    assert await _conflicts(store.create(replace(fresh(), epoch=9), log_index=2))
    assert await store.load(SessionId("ses_1")) == fresh()


async def a_save_with_an_old_version_is_a_conflict_and_changes_nothing(store: SessionStore) -> None:
    await store.create(fresh(), log_index=1)
    saved = await store.save(replace(fresh(), epoch=1), log_index=2)
    assert await _conflicts(store.save(replace(fresh(), epoch=2), log_index=3))
    assert await store.load(SessionId("ses_1")) == saved
    assert saved.epoch == 1


async def a_save_of_what_is_not_there_is_a_conflict(store: SessionStore) -> None:
    assert await _conflicts(store.save(fresh(), log_index=1))
    assert await store.load(SessionId("ses_1")) is None


async def of_many_saves_at_once_exactly_one_wins(store: SessionStore) -> None:
    await store.create(fresh(), log_index=1)
    tries = [store.save(replace(fresh(), epoch=number), log_index=number) for number in range(1, 21)]
    outcomes = await asyncio.gather(*tries, return_exceptions=True)
    winners = [outcome for outcome in outcomes if isinstance(outcome, Session)]
    losers = [outcome for outcome in outcomes if isinstance(outcome, SessionConflict)]
    assert (len(winners), len(losers)) == (1, 19)
    assert await store.load(SessionId("ses_1")) == winners[0]


async def unfinished_is_all_that_has_not_ended(store: SessionStore) -> None:
    for number, state in enumerate(State):
        cause = EndCause.AGENT_LEFT if state is State.ENDED else None
        await store.create(replace(fresh(f"ses_{number}"), state=state, end_cause=cause), log_index=number)
    left = {session.state for session in await store.unfinished()}
    assert left == set(State) - {State.ENDED}


async def _conflicts(attempt: Awaitable[object]) -> bool:
    try:
        await attempt
    except SessionConflict:
        return True
    return False


CHECKS: tuple[Callable[[SessionStore], Awaitable[None]], ...] = (
    an_unknown_session_is_none,
    what_was_created_is_loaded_whole,
    every_field_survives_a_save,
    a_save_may_set_every_field_back,
    a_second_creation_is_a_conflict_and_changes_nothing,
    a_save_with_an_old_version_is_a_conflict_and_changes_nothing,
    a_save_of_what_is_not_there_is_a_conflict,
    of_many_saves_at_once_exactly_one_wins,
    unfinished_is_all_that_has_not_ended,
)
