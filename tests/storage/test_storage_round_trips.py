"""Whatever goes into a store comes out equal: property tests over the domain types."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import fields, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, get_type_hints

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from server.storage.database import Database
from server.storage.flags import StoredFlag
from server.storage.stores import Stores, stores_on
from session.identity import CaseId, CustomerId, DeviceId, LoginId, SessionId, StaffId
from session.model import Consent, Session, Verification
from support import identity
from support.case import Case, CaseState
from support.customer import Customer, CustomerField
from support.masking import FieldKind
from support.staff import Role, Staff
from tests.migrated import put_migrated_database
from tests.storage.conftest import PATIENT_S
from tests.storage.desk_rows import AGENT, CASE, CUSTOMER, NOW, SESSION, add_desk, made_id
from tests.storage.memory_record_keys import MemoryRecordKeys
from verification.authenticator import Authenticator
from verification.credentials import Door
from verification.login import Login

few = settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
# SQL text holds every character but NUL and halves of surrogate pairs; neither passes the strict JSON of the edge.
words = st.text(alphabet=st.characters(exclude_characters="\0", exclude_categories=["Cs"]), max_size=40)
moments = st.integers(0, 2**53)

for named in (CaseId, CustomerId, DeviceId, LoginId, SessionId, StaffId):
    st.register_type_strategy(named, words)


def bounded(kind: type, **given_fields: st.SearchStrategy[object]) -> st.SearchStrategy[Any]:
    """Any value of a dataclass whose numbers a database can hold."""
    hints = get_type_hints(kind)
    numbers = {field.name: moments for field in fields(kind) if hints[field.name] is int}
    maybe = {field.name: st.none() | moments for field in fields(kind) if hints[field.name] == int | None}
    return st.builds(kind, **{**numbers, **maybe, **given_fields})


sessions = bounded(
    Session,
    id=st.just(SESSION.id),
    verification=st.none() | bounded(Verification),
    consent=st.none() | bounded(Consent),
)


def with_stores(use: Callable[[Stores], Awaitable[None]]) -> None:
    """A database of its own for each example."""

    async def run() -> None:
        with TemporaryDirectory() as folder:
            path = Path(folder) / "x.sqlite"
            await put_migrated_database(path)
            database = Database(f"sqlite+aiosqlite:///{path}", answer_within_s=PATIENT_S)
            try:
                await use(stores_on(database, MemoryRecordKeys()))
            finally:
                await database.close()

    asyncio.run(run())


@few
@given(sessions, sessions)
def test_a_session_comes_back_as_it_was_saved(first: Session, second: Session) -> None:
    async def use(stores: Stores) -> None:
        await stores.sessions.create(first, log_index=7)
        assert await stores.sessions.load(SESSION.id) == first
        saved = await stores.sessions.save(replace(second, version=first.version), log_index=None)
        assert saved == replace(second, version=first.version + 1)
        assert await stores.sessions.load(SESSION.id) == saved
        assert await stores.sessions.highest_log_index() == 7

    with_stores(use)


@few
@given(words, words, st.lists(st.builds(CustomerField, words, st.sampled_from(FieldKind), words), max_size=5))
def test_a_customer_comes_back(reference: str, name: str, fields: list[CustomerField]) -> None:
    customer = Customer(identity.CustomerId(made_id("cus", 9)), reference, name, tuple(fields))

    async def use(stores: Stores) -> None:
        await stores.customers.add(customer)
        assert await stores.customers.find(customer.id) == customer
        assert await stores.customers.find(CUSTOMER.id) is None

    with_stores(use)


@few
@given(words, words, st.sampled_from(Role), st.none() | moments)
def test_staff_and_their_credentials_come_back(
    name: str, team: str, role: Role, blocked_until_ms: int | None
) -> None:
    staff = Staff(AGENT.id, "agent", name, "A-1", team, role, blocked_until_ms)

    async def use(stores: Stores) -> None:
        await stores.staff.add(staff, "$argon2id$")
        assert await stores.staff.find(staff.id) == staff
        assert await stores.staff.find_by_username("agent") == staff
        credentials = await stores.credentials.of_username("agent")
        assert credentials is not None
        assert (credentials.staff, credentials.blocked_until_ms) == (staff.id, blocked_until_ms)
        door = Door.AGENT if staff.helps_customers else Door.SECURITY
        assert credentials.doors == (set() if role is Role.SYSTEM else {door})

    with_stores(use)


@few
@given(
    st.builds(
        Case,
        id=st.just(identity.CaseId(made_id("cas", 9))),
        reference=st.just("C-9"),
        customer=st.just(CUSTOMER.id),
        reason=words,
        assigned_agent=st.sampled_from([None, AGENT.id]),
        opened_by=st.sampled_from([None, AGENT.id]),
        last_activity_ms=moments,
    )
)
def test_a_case_comes_back(case: Case) -> None:
    async def use(stores: Stores) -> None:
        await add_desk(stores)
        await stores.cases.add(case)
        assert await stores.cases.find(case.id) == case
        assert set(await stores.cases.of_agent(AGENT.id)) == {CASE} | (
            {case} if case.assigned_agent else set()
        )

    with_stores(use)


@few
@given(moments, moments, moments, st.none() | moments, st.sampled_from(Door), st.binary(max_size=80))
def test_a_login_and_an_authenticator_come_back(
    started: int, expires: int, seen: int, ended: int | None, door: Door, sealed: bytes
) -> None:
    login = Login(made_id("log"), AGENT.id, door, "ab" * 32, started, expires, seen, ended, seen)
    authenticator = Authenticator(made_id("aut"), AGENT.id, 3, sealed, -1, seen)

    async def use(stores: Stores) -> None:
        await add_desk(stores)
        await stores.logins.add(login)
        assert await stores.logins.of_token_hash("ab" * 32) == login
        assert await stores.logins.unended(NOW) == ([login] if ended is None and expires > NOW else [])
        await stores.authenticators.add(authenticator)
        assert await stores.authenticators.of_owner(AGENT.id) == authenticator

    with_stores(use)


@few
@given(
    st.floats(allow_nan=False),
    st.none() | words,
    st.dictionaries(words, words | st.booleans() | st.integers(-(2**53), 2**53), max_size=4),
)
def test_a_flag_comes_back_once(
    score: float, session: str | None, facts: dict[str, str | int | bool]
) -> None:
    flag = StoredFlag(5, NOW, "replayed_code", "ses_1", score, "flag.key", "hold", session, facts)

    async def use(stores: Stores) -> None:
        assert await stores.flags.add(flag)
        assert not await stores.flags.add(replace(flag, score=0.5))
        assert await stores.flags.latest() == [flag]

    with_stores(use)


async def test_a_case_moves_only_forward(stores: Stores) -> None:
    await add_desk(stores)
    await stores.cases.record_activity(CASE.id, NOW - 1)
    assert await stores.cases.find(CASE.id) == CASE
    await stores.cases.record_activity(CASE.id, NOW + 1)
    assert await stores.cases.find(CASE.id) == replace(CASE, last_activity_ms=NOW + 1)
    provisional = replace(
        CASE, id=identity.CaseId(made_id("cas", 2)), reference="C-2", provisional=True, state=CaseState.CLOSED
    )
    await stores.cases.add(provisional)
    await stores.cases.confirm(provisional.id, 0)
    assert await stores.cases.find(provisional.id) == replace(provisional, provisional=False)


async def test_an_outline_names_those_around_a_session(stores: Stores) -> None:
    await add_desk(stores)
    await stores.sessions.create(SESSION, log_index=0)
    outline = await stores.outlines.of_session(SESSION.id)
    assert outline is not None
    assert (outline.agent_name, outline.agent_number, outline.case_reference) == (
        "Haruka Mori",
        "A-104",
        "C-2041",
    )
    assert (outline.customer_name, outline.customer_masked) == ("Yuki Tanabe", "Y••• T•••")
    assert await stores.outlines.of_session(SessionId("ses_none")) is None
