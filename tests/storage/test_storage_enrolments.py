"""A link is held once and finished once, on one server and on two; what it replaces is replaced whole."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest
from sqlalchemy import select, update

from server.storage.database import Database
from server.storage.enrolments import must_go_on
from server.storage.logins import SqlLoginStore
from server.storage.stores import Stores, stores_on
from server.storage.tables import authenticators, enrolments
from tests.storage.desk_rows import AGENT, CUSTOMER, NOW, PASSWORD_HASH, add_desk, made_id
from tests.storage.memory_record_keys import MemoryRecordKeys
from verification import totp
from verification.authenticator import Authenticator, StepClaim
from verification.credentials import Door
from verification.enrolment import (
    CLAIM_SETTLED_WITHIN_MS,
    LIFE_MS,
    Enrolment,
    EnrolmentRefused,
    Stage,
    Standing,
    Subject,
    SubjectKind,
)
from verification.login import Login, LoginRegistry
from verification.passwords import Cost, Passwords
from verification.sealing import Keyring, SealContext
from verification.sign_in import SignInRefused, StaffSignIn
from verification.staff_code import StaffCodes
from verification.throttle import FailureLimit

STAFF = Subject(SubjectKind.STAFF, AGENT.id)
LINK = Enrolment(
    id=made_id("enr"),
    subject=STAFF,
    token_hash="aa" * 32,
    issued_at_ms=NOW,
    expires_at_ms=NOW + LIFE_MS,
)
CUSTOMERS_LINK = replace(
    LINK,
    id=made_id("enr", 2),
    subject=Subject(SubjectKind.CUSTOMER, CUSTOMER.id),
    token_hash="cc" * 32,
)
SECRET, KEYRING = bytes(range(20)), Keyring({1: bytes(32)}, current=1)
HOLDER, OTHER = "bb" * 32, "dd" * 32
NEW_HASH = PASSWORD_HASH.replace("AAAA", "BBBB")
FORMER = Authenticator(made_id("aut", 1), AGENT.id, 1, b"former")
PENDING = Authenticator(made_id("aut", 2), AGENT.id, 1, b"pending")
CONFIRMED = replace(PENDING, sealed=b"confirmed", offset=1, last_step=500)


async def hold(stores: Stores, link: Enrolment = LINK) -> None:
    await stores.enrolments.issue(link, log_index=1)
    assert await stores.enrolments.claim(link.id, HOLDER, NOW)
    assert await stores.enrolments.settle(link.id, HOLDER, 2)


async def held(stores: Stores) -> Enrolment:
    found = await stores.enrolments.of_holder(HOLDER)
    assert found is not None
    return found


async def ready(stores: Stores) -> Enrolment:
    """An agent with everything chosen, who has an authenticator already."""
    await add_desk(stores)
    await stores.authenticators.add(FORMER)
    await hold(stores)
    assert await stores.enrolments.choose_password(LINK.id, HOLDER, NEW_HASH, NOW)
    assert await stores.enrolments.choose_authenticator(LINK.id, HOLDER, PENDING, NOW)
    return await held(stores)


@pytest.fixture
async def servers(url: str, database: Database) -> AsyncIterator[tuple[Stores, Stores]]:
    """Two that wait longer than usual: who wins a race does not depend on how busy the machine is."""
    patient = [Database(url, answer_within_s=60) for _ in range(2)]
    keys = MemoryRecordKeys()
    yield stores_on(patient[0], keys), stores_on(patient[1], keys)
    for opened in patient:
        await opened.close()


async def test_of_fifty_claims_at_once_on_two_servers_one_succeeds(servers: tuple[Stores, Stores]) -> None:
    await servers[0].enrolments.issue(LINK, log_index=1)
    answers = await asyncio.gather(
        *(servers[n % 2].enrolments.claim(LINK.id, f"{n:064d}", NOW) for n in range(50))
    )
    assert Counter(answers) == {True: 1, False: 49}
    found = await servers[1].enrolments.of_holder(f"{answers.index(True):064d}")
    assert found is not None
    assert found.standing(NOW) is Standing.HELD


async def test_of_fifty_finishes_at_once_on_two_servers_one_succeeds_and_one_authenticator_is_active(
    servers: tuple[Stores, Stores], database: Database
) -> None:
    link = await ready(servers[0])
    answers = await asyncio.gather(
        *(servers[n % 2].enrolments.finish(link, CONFIRMED, NOW, forgiven=()) for n in range(50))
    )
    assert Counter(answers) == {True: 1, False: 49}
    async with database.reading() as connection:
        rows = (await connection.execute(select(authenticators).order_by(authenticators.c.id))).all()
    assert [(row.id, row.removed_at_ms is None, row.sealed) for row in rows] == [
        (FORMER.id, False, b""),
        (CONFIRMED.id, True, b"confirmed"),
    ]


async def test_finishing_replaces_password_and_authenticator_and_ends_every_login(stores: Stores) -> None:
    link = await ready(stores)
    logins = LoginRegistry(stores.logins)
    await logins.start(AGENT.id, Door.AGENT, NOW)
    assert await stores.enrolments.finish(link, CONFIRMED, NOW + 1, forgiven=())
    credentials = await stores.credentials.of_username(AGENT.username)
    assert credentials is not None
    assert credentials.password_hash == NEW_HASH
    assert await stores.authenticators.of_owner(AGENT.id) == CONFIRMED
    assert await stores.logins.unended(NOW + 1) == []
    done = await held(stores)
    assert (done.standing(NOW + 1), done.stage(), done.password_hash, done.pending) == (
        Standing.USED,
        Stage.DONE,
        None,
        None,
    )


async def test_the_confirming_step_is_used_and_known_as_used_elsewhere(stores: Stores) -> None:
    link = await ready(stores)
    await stores.enrolments.finish(link, CONFIRMED, NOW, forgiven=())
    claim = stores.authenticators.claim_step
    assert await claim(CONFIRMED.id, CONFIRMED.last_step, "sign-in/1") is StepClaim.USED_ELSEWHERE
    assert await claim(CONFIRMED.id, CONFIRMED.last_step + 1, "sign-in/1") is StepClaim.CLAIMED
    assert await claim(FORMER.id, CONFIRMED.last_step + 1, "sign-in/1") is not StepClaim.CLAIMED


async def test_finishing_forgives_the_failures_of_the_accounts_it_is_told_of_and_no_others(
    stores: Stores,
) -> None:
    link, once = await ready(stores), FailureLimit(count=1, window_ms=1_000, in_a_row=1)
    for account in ("code/a", "code/b"):
        assert await stores.attempts.reserve(account, once, NOW)
    await stores.enrolments.finish(link, CONFIRMED, NOW, forgiven=("code/a",))
    assert await stores.attempts.reserve("code/a", once, NOW)
    assert not await stores.attempts.reserve("code/b", once, NOW)


async def test_what_was_chosen_anew_meanwhile_is_not_finished_with_what_was_read_before(
    stores: Stores,
) -> None:
    link = await ready(stores)
    other = replace(PENDING, id=made_id("aut", 3))
    await stores.enrolments.choose_authenticator(LINK.id, HOLDER, other, NOW)
    assert not await stores.enrolments.finish(link, CONFIRMED, NOW, forgiven=())
    await stores.enrolments.choose_authenticator(LINK.id, HOLDER, PENDING, NOW)
    await stores.enrolments.choose_password(LINK.id, HOLDER, PASSWORD_HASH, NOW)
    assert not await stores.enrolments.finish(link, CONFIRMED, NOW, forgiven=())
    assert await stores.authenticators.of_owner(AGENT.id) == FORMER


@pytest.mark.parametrize("end", ["withdrawn", "expired", "replaced"])
async def test_a_link_that_is_over_is_neither_claimed_nor_filled_in_nor_finished(
    stores: Stores, end: str
) -> None:
    link = await ready(stores)
    now = NOW + LIFE_MS if end == "expired" else NOW
    if end == "withdrawn":
        assert await stores.enrolments.withdraw(STAFF, NOW) == 1
    if end == "replaced":
        later = replace(LINK, id=made_id("enr", 9), token_hash="ee" * 32)
        assert await stores.enrolments.issue(later, log_index=3) == 1
    assert not await stores.enrolments.claim(LINK.id, OTHER, now)
    assert not await stores.enrolments.choose_password(LINK.id, HOLDER, NEW_HASH, now)
    assert not await stores.enrolments.choose_authenticator(LINK.id, HOLDER, PENDING, now)
    assert not await stores.enrolments.finish(link, CONFIRMED, now, forgiven=())
    assert await stores.authenticators.of_owner(AGENT.id) == FORMER
    if end != "expired":
        assert (await held(stores)).pending is None


async def test_a_claim_that_was_never_put_on_record_is_open_again_after_a_while(stores: Stores) -> None:
    await stores.enrolments.issue(LINK, log_index=1)
    assert await stores.enrolments.claim(LINK.id, HOLDER, NOW)
    assert not await stores.enrolments.claim(LINK.id, OTHER, NOW + CLAIM_SETTLED_WITHIN_MS - 1)
    assert await stores.enrolments.claim(LINK.id, OTHER, NOW + CLAIM_SETTLED_WITHIN_MS)
    assert not await stores.enrolments.settle(LINK.id, HOLDER, 2)
    assert await stores.enrolments.settle(LINK.id, OTHER, 3)
    assert not await stores.enrolments.claim(LINK.id, HOLDER, NOW + LIFE_MS - 1)


async def test_one_holder_does_not_claim_two_links(stores: Stores) -> None:
    await hold(stores)
    await stores.enrolments.issue(CUSTOMERS_LINK, log_index=3)
    assert not await stores.enrolments.claim(CUSTOMERS_LINK.id, HOLDER, NOW)
    assert await stores.enrolments.claim(CUSTOMERS_LINK.id, OTHER, NOW)


async def test_a_released_claim_leaves_the_link_open_and_a_settled_one_stays(stores: Stores) -> None:
    await stores.enrolments.issue(LINK, log_index=1)
    assert await stores.enrolments.claim(LINK.id, HOLDER, NOW)
    await stores.enrolments.release(LINK.id, HOLDER)
    assert await stores.enrolments.claim(LINK.id, OTHER, NOW)
    assert await stores.enrolments.settle(LINK.id, OTHER, 2)
    await stores.enrolments.release(LINK.id, OTHER)
    assert not await stores.enrolments.claim(LINK.id, HOLDER, NOW)


async def test_a_new_link_leaves_those_of_others_alone(stores: Stores) -> None:
    await hold(stores)
    assert await stores.enrolments.issue(CUSTOMERS_LINK, log_index=3) == 0
    assert (await held(stores)).standing(NOW) is Standing.HELD


async def test_a_customer_has_no_password_to_choose(stores: Stores) -> None:
    await hold(stores, CUSTOMERS_LINK)
    assert (await held(stores)).stage() is Stage.AUTHENTICATOR
    assert not await stores.enrolments.choose_password(CUSTOMERS_LINK.id, HOLDER, NEW_HASH, NOW)


class ReplacedMeanwhile(SqlLoginStore):
    """At the moment in which a login is written, a finished enrolment has just ended all logins."""

    def __init__(self, database: Database, stores: Stores, link: Enrolment, confirmed: Authenticator) -> None:
        super().__init__(database)
        self._stores, self._link, self._confirmed = stores, link, confirmed

    async def add(self, login: Login, link: int | None = None) -> bool:
        assert await self._stores.enrolments.finish(self._link, self._confirmed, NOW, forgiven=())
        return await super().add(login, link)


async def test_a_sign_in_with_the_former_app_that_is_overtaken_by_the_new_one_is_refused(
    stores: Stores, database: Database
) -> None:
    passwords = Passwords(Cost(passes=1, memory_kib=64, lanes=1), threads=1)
    link = await ready(stores)
    sealed = KEYRING.seal(SECRET, SealContext(AGENT.id, FORMER.id, 1))
    async with database.writing() as connection:
        await connection.execute(update(authenticators).values(sealed=sealed))
    await stores.credentials.set_password_hash(AGENT.id, await passwords.hashed("former password"))
    sign_in = StaffSignIn(
        credentials=stores.credentials,
        authenticators=stores.authenticators,
        attempts=stores.attempts,
        passwords=passwords,
        logins=LoginRegistry(ReplacedMeanwhile(database, stores, link, CONFIRMED)),
        codes=StaffCodes(stores.authenticators, stores.attempts, KEYRING),
    )
    code = totp.code_at(SECRET, totp.step_at(NOW))
    answer = await sign_in.sign_in(
        username=AGENT.username,
        password="former password",
        code=code,
        door=Door.AGENT,
        source="192.0.2.1",
        now_ms=NOW,
    )
    passwords.close()
    assert answer == SignInRefused(AGENT.id, "replaced")
    assert await stores.logins.unended(NOW) == []


async def test_what_was_pending_in_a_link_that_ran_out_is_gone_with_the_next_link_of_anybody(
    stores: Stores,
) -> None:
    assert (await ready(stores)).pending == PENDING
    later = replace(CUSTOMERS_LINK, issued_at_ms=NOW + LIFE_MS, expires_at_ms=NOW + 2 * LIFE_MS)
    await stores.enrolments.issue(later, log_index=9)
    found = await held(stores)
    assert (found.pending, found.password_hash, found.standing(NOW + LIFE_MS)) == (
        None,
        None,
        Standing.EXPIRED,
    )


async def test_a_finished_link_gives_no_more_once_it_is_over(stores: Stores, database: Database) -> None:
    """Taken back, or its person blocked: asked in the very write of what its browser adds."""
    assert await stores.enrolments.finish(await ready(stores), CONFIRMED, NOW, forgiven=())
    finished = await held(stores)
    assert await goes_on(database, finished)
    await stores.staff.block(AGENT.id, NOW + 2)
    assert not await goes_on(database, finished)
    await stores.staff.block(AGENT.id, None)
    assert await goes_on(database, finished)
    async with database.writing() as connection:
        await connection.execute(update(enrolments).values(withdrawn_at_ms=NOW))
    assert not await goes_on(database, finished)


async def test_a_finished_link_gives_no_more_once_a_later_one_is_finished(
    stores: Stores, database: Database
) -> None:
    assert await stores.enrolments.finish(await ready(stores), CONFIRMED, NOW, forgiven=())
    finished = await held(stores)
    later = replace(LINK, id=made_id("enr", 3), token_hash="ee" * 32)
    await stores.enrolments.issue(later, log_index=3)
    assert await stores.enrolments.claim(later.id, OTHER, NOW)
    assert await stores.enrolments.settle(later.id, OTHER, 4)
    pending = replace(PENDING, id=made_id("aut", 3))
    assert await stores.enrolments.choose_authenticator(later.id, OTHER, pending, NOW)
    found = await stores.enrolments.of_holder(OTHER)
    assert found is not None
    assert await goes_on(database, finished)
    assert await stores.enrolments.finish(found, replace(pending, last_step=501), NOW + 1, forgiven=())
    assert not await goes_on(database, finished)


async def goes_on(database: Database, link: Enrolment) -> bool:
    try:
        async with database.writing() as connection:
            await must_go_on(connection, link, NOW + 1)
    except EnrolmentRefused:
        return False
    return True
