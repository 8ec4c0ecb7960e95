"""What must happen once happens once, on one server and on two that share a database."""

import asyncio
from collections import Counter

import pytest

from server.storage.database import AlreadyThere
from server.storage.stores import Stores
from session.identity import DeviceId
from session.invitation import Invitation, InvitationKind
from session.model import State
from session.ports import SessionConflict
from tests.storage.desk_rows import CUSTOMER, NOW, SESSION, made_id
from verification import totp
from verification.authenticator import Authenticator, StepClaim
from verification.customer_code import CodeRefused, CodeVerified, CustomerCodeVerifier
from verification.guesses import Guesses
from verification.sealing import Keyring, SealContext
from verification.throttle import FailureLimit

TOKEN_HASH, CODE_HASH = "aa" * 32, "bb" * 32
INVITATION = Invitation(SESSION.id, TOKEN_HASH, CODE_HASH, created_at=NOW, expires_at=NOW + 600_000)
SECRET = bytes(range(20))
KEYRING = Keyring({1: bytes(32)}, current=1)


async def add_invitation(stores: Stores) -> None:
    await stores.sessions.create(SESSION, log_index=0)
    await stores.invitations.add(INVITATION)


async def add_authenticator(stores: Stores) -> None:
    sealed = KEYRING.seal(SECRET, SealContext(CUSTOMER.id, made_id("aut"), 1))
    await stores.authenticators.add(Authenticator(made_id("aut"), CUSTOMER.id, 1, sealed))


async def test_of_fifty_claims_at_once_on_two_servers_one_succeeds(
    stores: Stores, second_stores: Stores
) -> None:
    await add_invitation(stores)
    servers, ways = (
        (stores, second_stores),
        ((InvitationKind.LINK, TOKEN_HASH), (InvitationKind.SPOKEN, CODE_HASH)),
    )
    claims = [
        servers[number % 2].invitations.claim(*ways[number // 2 % 2], DeviceId(f"device-{number}"), NOW + 1)
        for number in range(50)
    ]
    answers = await asyncio.gather(*claims)
    assert Counter(answers) == {SESSION.id: 1, None: 49}
    claimed = await second_stores.invitations.find(SESSION.id)
    assert claimed is not None
    assert claimed.claimed_by == f"device-{answers.index(SESSION.id)}"


async def test_of_a_hundred_uses_of_a_step_on_two_servers_one_succeeds(
    stores: Stores, second_stores: Stores
) -> None:
    await add_authenticator(stores)
    servers = (stores, second_stores)
    answers = await asyncio.gather(
        *(
            servers[n % 2].authenticators.claim_step(made_id("aut"), 60_000_000, f"user-{n}")
            for n in range(100)
        )
    )
    assert Counter(answers) == {StepClaim.CLAIMED: 1, StepClaim.USED_ELSEWHERE: 99}


async def test_of_a_hundred_uses_of_a_code_on_two_servers_one_verifies(
    stores: Stores, second_stores: Stores
) -> None:
    await add_authenticator(stores)
    verifiers = [
        CustomerCodeVerifier(one.authenticators, Guesses(one.attempts, one.known_devices), KEYRING)
        for one in (stores, second_stores)
    ]
    code = totp.code_at(SECRET, totp.step_at(NOW))
    answers = await asyncio.gather(
        *(
            verifiers[number % 2].verify(
                customer=CUSTOMER.id, session=made_id("ses", number), device="d", code=code, now_ms=NOW
            )
            for number in range(100)
        )
    )
    assert sum(isinstance(answer, CodeVerified) for answer in answers) == 1
    assert sum(isinstance(answer, CodeRefused) for answer in answers) == 99


async def test_guesses_sent_at_once_cannot_all_pass(stores: Stores, second_stores: Stores) -> None:
    limit = FailureLimit(count=10, window_ms=3_600_000, in_a_row=100)
    servers = (stores, second_stores)
    answers = await asyncio.gather(*(servers[n % 2].attempts.reserve("a", limit, NOW) for n in range(60)))
    assert Counter(answers) == {True: 10, False: 50}


async def test_of_two_writers_of_one_session_one_is_told_of_the_conflict(
    stores: Stores, second_stores: Stores
) -> None:
    await stores.sessions.create(SESSION, log_index=0)
    answers = await asyncio.gather(
        *(one.sessions.save(SESSION, log_index=1) for one in (stores, second_stores) for _ in range(5)),
        return_exceptions=True,
    )
    assert sum(isinstance(answer, SessionConflict) for answer in answers) == 9
    loaded = await stores.sessions.load(SESSION.id)
    assert loaded is not None
    assert (loaded.version, loaded.state) == (1, State.INVITED)


async def test_an_invitation_over_withdrawn_or_unknown_is_not_claimed(stores: Stores) -> None:
    await add_invitation(stores)
    claim, device = stores.invitations.claim, DeviceId("d")
    assert await claim(InvitationKind.LINK, TOKEN_HASH, device, INVITATION.expires_at) is None
    assert await claim(InvitationKind.LINK, "cc" * 32, device, NOW) is None
    assert await claim(InvitationKind.SPOKEN, TOKEN_HASH, device, NOW) is None
    await stores.invitations.withdraw(SESSION.id, NOW + 5)
    assert await claim(InvitationKind.LINK, TOKEN_HASH, device, NOW + 5) is None
    assert await claim(InvitationKind.LINK, TOKEN_HASH, device, NOW + 4) == SESSION.id


async def test_a_session_has_one_invitation_and_an_owner_one_authenticator(stores: Stores) -> None:
    await add_invitation(stores)
    await add_authenticator(stores)
    with pytest.raises(AlreadyThere):
        await add_authenticator(stores)
    with pytest.raises(AlreadyThere):
        await stores.invitations.add(INVITATION)


async def test_who_used_a_step_is_known_for_the_last_two(stores: Stores) -> None:
    await add_authenticator(stores)
    claim = stores.authenticators.claim_step
    assert await claim(made_id("aut"), 100, "one") is StepClaim.CLAIMED
    assert await claim(made_id("aut"), 99, "one") is StepClaim.PASSED
    assert await claim(made_id("aut"), 101, "two") is StepClaim.CLAIMED
    assert await claim(made_id("aut"), 100, "one") is StepClaim.USED_HERE
    assert await claim(made_id("aut"), 100, "two") is StepClaim.USED_ELSEWHERE
    assert await claim(made_id("aut"), 101, "two") is StepClaim.USED_HERE
    assert await claim(made_id("aut", 2), 500, "two") is StepClaim.PASSED


async def test_a_customers_cookie_leads_to_its_session_for_a_day(stores: Stores) -> None:
    await stores.sessions.create(SESSION, log_index=0)
    first = await stores.customer_cookies.issue(SESSION.id, NOW)
    second = await stores.customer_cookies.issue(SESSION.id, NOW)
    find = stores.customer_cookies.session_of
    assert await find(first, NOW) is None
    assert await find(second, NOW) == SESSION.id
    assert await find(second, NOW + 24 * 3_600_000) is None
    assert await find("x" * 43, NOW) is None
