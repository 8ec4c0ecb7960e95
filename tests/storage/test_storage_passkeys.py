"""Passkeys over a real database: registered, asserted, refused for every reason, and each challenge good once."""

import asyncio
from dataclasses import dataclass, field

import pytest

from server.storage.database import Database
from server.storage.passkeys import SqlPasskeyStore
from server.storage.stores import Stores
from tests.soft_passkey import PRESENT, Credential
from verification.enrolment import Subject, SubjectKind
from verification.passkey import MOST_PASSKEYS, Passkey, RelyingParty
from verification.passkey_challenge import LIFE_MS, Purpose, for_session
from verification.passkey_refusal import PasskeyRefused, Refusal
from verification.passkey_response import assertion_response, registration_response
from verification.passkeys import Asserted, Passkeys, new_passkey

NOW = 1_800_000_000_000
PARTY = RelyingParty("help.example", "https://help.example", "Example")
ANNA = Subject(SubjectKind.CUSTOMER, "cus_anna")
BEN = Subject(SubjectKind.CUSTOMER, "cus_ben")
AGENT = Subject(SubjectKind.STAFF, "sta_agent")


@dataclass
class Desk:
    passkeys: Passkeys
    store: SqlPasskeyStore
    now: int = NOW
    made: list[Credential] = field(default_factory=list)

    async def register(self, owner: Subject = ANNA, algorithm: int = -7) -> tuple[Credential, Passkey]:
        asked = await self.passkeys.registration_options(owner, binding="link", now_ms=self.now)
        credential = Credential(PARTY.id, asked.user_handle, algorithm)
        sent = registration_response(**credential.registration(asked.challenge, PARTY.origin))
        made = await self.passkeys.judge_registration(owner, sent, binding="link", now_ms=self.now)
        passkey = new_passkey(made, owner, "the blue one", self.now)
        assert await self.store.add(await self.store.new_row(passkey, 7))
        return credential, passkey

    async def ask(self, owner: Subject | None = ANNA, binding: str = "ses") -> bytes:
        asked = await self.passkeys.assertion_options(
            Purpose.VERIFY, binding=binding, now_ms=self.now, owner=owner
        )
        return asked.challenge

    async def answer(
        self,
        body: dict[str, str],
        *,
        owner: Subject | None = ANNA,
        purpose: Purpose = Purpose.VERIFY,
        kind: SubjectKind = SubjectKind.CUSTOMER,
        binding: str = "ses",
    ) -> Asserted | Refusal:
        try:
            return await self.passkeys.judge_assertion(
                purpose,
                assertion_response(**body),
                kind=kind,
                binding=binding,
                now_ms=self.now,
                owner=owner,
            )
        except PasskeyRefused as refused:
            return refused.reason


@pytest.fixture
def desk(stores: Stores) -> Desk:
    return Desk(Passkeys(stores.passkeys, stores.passkey_challenges, PARTY), stores.passkeys)


@pytest.mark.parametrize("algorithm", [-7, -8, -257])
async def test_a_passkey_of_each_algorithm_registers_and_is_good_again_and_again(
    desk: Desk, algorithm: int
) -> None:
    credential, passkey = await desk.register(algorithm=algorithm)
    for _ in range(2):
        body = credential.assertion(await desk.ask(), PARTY.origin)
        assert await desk.answer(body) == Asserted(passkey.id, ANNA)
    (kept,) = await desk.store.of_owner(ANNA)
    assert (kept.label, kept.sign_count, kept.last_used_ms) == ("the blue one", 2, NOW)


async def test_the_answer_itself_says_who_it_is_where_nobody_was_named(desk: Desk) -> None:
    credential, passkey = await desk.register(AGENT)
    body = credential.assertion(await desk.ask(None), PARTY.origin)
    assert await desk.answer(body, owner=None, kind=SubjectKind.STAFF) == Asserted(passkey.id, AGENT)
    body = credential.assertion(await desk.ask(None), PARTY.origin)
    assert await desk.answer(body, owner=None, kind=SubjectKind.CUSTOMER) is Refusal.OWNER


async def test_an_answer_is_good_once_and_for_what_was_asked(desk: Desk) -> None:
    credential, _ = await desk.register()
    body = credential.assertion(await desk.ask(), PARTY.origin)
    assert isinstance(await desk.answer(body), Asserted)
    assert await desk.answer(body) is Refusal.CHALLENGE
    body = credential.assertion(await desk.ask(), PARTY.origin)
    assert await desk.answer(body, purpose=Purpose.SIGN_IN) is Refusal.CHALLENGE
    assert await desk.answer(body) is Refusal.CHALLENGE  # a wrong use was a use
    body = credential.assertion(await desk.ask(), PARTY.origin)
    assert await desk.answer(body, binding="other") is Refusal.CHALLENGE
    body = credential.assertion(await desk.ask(BEN), PARTY.origin)
    assert await desk.answer(body) is Refusal.CHALLENGE
    body = credential.assertion(b"\x07" * 32, PARTY.origin)
    assert await desk.answer(body) is Refusal.CHALLENGE


async def test_a_challenge_lives_five_minutes_and_the_next_one_replaces_it(desk: Desk) -> None:
    credential, _ = await desk.register()
    body = credential.assertion(await desk.ask(), PARTY.origin)
    desk.now += LIFE_MS
    assert await desk.answer(body) is Refusal.CHALLENGE
    first, second = await desk.ask(), await desk.ask()
    assert await desk.answer(credential.assertion(first, PARTY.origin)) is Refusal.CHALLENGE
    desk.now += LIFE_MS - 1
    assert isinstance(await desk.answer(credential.assertion(second, PARTY.origin)), Asserted)


async def test_fifty_answers_to_one_challenge_are_one_success(desk: Desk) -> None:
    credential, _ = await desk.register()
    challenge = await desk.ask()
    bodies = [credential.assertion(challenge, PARTY.origin) for _ in range(50)]
    results = await asyncio.gather(*(desk.answer(body) for body in bodies))
    assert sum(isinstance(one, Asserted) for one in results) == 1
    assert results.count(Refusal.CHALLENGE) == 49


async def test_what_is_signed_elsewhere_or_unlocked_by_nobody_is_refused(desk: Desk) -> None:
    credential, _ = await desk.register()
    for origin in ("https://help.example.evil", "http://help.example", "https://help.example:444"):
        assert await desk.answer(credential.assertion(await desk.ask(), origin)) is Refusal.ORIGIN
    framed = credential.assertion(await desk.ask(), PARTY.origin, crossOrigin=True)
    assert await desk.answer(framed) is Refusal.CROSS_ORIGIN
    framed = credential.assertion(await desk.ask(), PARTY.origin, topOrigin="https://evil.example")
    assert await desk.answer(framed) is Refusal.CROSS_ORIGIN
    touched = credential.assertion(await desk.ask(), PARTY.origin, PRESENT)
    assert await desk.answer(touched) is Refusal.USER_VERIFICATION
    absent = credential.assertion(await desk.ask(), PARTY.origin, 0)
    assert await desk.answer(absent) is Refusal.PRESENCE
    elsewhere = credential.copy()
    elsewhere.party = "evil.example"
    assert await desk.answer(elsewhere.assertion(await desk.ask(), PARTY.origin)) is Refusal.PARTY
    wrong = credential.copy()
    wrong.key = Credential(PARTY.id, b"").key
    assert await desk.answer(wrong.assertion(await desk.ask(), PARTY.origin)) is Refusal.SIGNATURE
    assert isinstance(await desk.answer(credential.assertion(await desk.ask(), PARTY.origin)), Asserted)


async def test_a_passkey_speaks_for_its_own_owner_only(desk: Desk) -> None:
    annas, _ = await desk.register(ANNA)
    bens, _ = await desk.register(BEN)
    assert await desk.answer(bens.assertion(await desk.ask(), PARTY.origin)) is Refusal.OWNER
    lying = annas.copy()
    lying.handle = bens.handle
    assert await desk.answer(lying.assertion(await desk.ask(), PARTY.origin)) is Refusal.OWNER
    stranger = Credential(PARTY.id, annas.handle)
    assert await desk.answer(stranger.assertion(await desk.ask(), PARTY.origin)) is Refusal.UNKNOWN


async def test_a_copied_authenticator_is_found_out_and_the_passkey_is_shut(desk: Desk) -> None:
    credential, passkey = await desk.register()
    stolen = credential.copy()
    assert isinstance(await desk.answer(credential.assertion(await desk.ask(), PARTY.origin)), Asserted)
    unsigned = stolen.copy()
    unsigned.key = Credential(PARTY.id, b"").key
    assert await desk.answer(unsigned.assertion(await desk.ask(), PARTY.origin)) is Refusal.SIGNATURE
    assert await desk.answer(stolen.assertion(await desk.ask(), PARTY.origin)) is Refusal.COUNTER
    assert await desk.answer(credential.assertion(await desk.ask(), PARTY.origin)) is Refusal.DISABLED
    (kept,) = await desk.store.of_owner(ANNA)
    assert (kept.id, kept.disabled_at_ms) == (passkey.id, NOW)


async def test_an_authenticator_that_does_not_count_may_stay_at_zero_but_never_return_to_it(
    desk: Desk,
) -> None:
    credential, _ = await desk.register()
    credential.counts = False
    for _ in range(2):
        assert isinstance(await desk.answer(credential.assertion(await desk.ask(), PARTY.origin)), Asserted)
    credential.sign_count = 1
    assert isinstance(await desk.answer(credential.assertion(await desk.ask(), PARTY.origin)), Asserted)
    credential.sign_count = 0
    assert await desk.answer(credential.assertion(await desk.ask(), PARTY.origin)) is Refusal.COUNTER


async def test_an_owner_has_ten_at_most_one_handle_and_removes_only_their_own(
    desk: Desk, database: Database
) -> None:
    made = [await desk.register() for _ in range(MOST_PASSKEYS)]
    assert len({credential.handle for credential, _ in made}) == 1
    assert len(made[0][0].handle) == 64
    with pytest.raises(PasskeyRefused) as refused:
        await desk.passkeys.registration_options(ANNA, binding="link", now_ms=NOW)
    assert refused.value.reason is Refusal.TOO_MANY
    credential, passkey = made[0]
    extra = Passkey("pas_extra", ANNA, b"x" * 32, b"k", 0, False, "one more", NOW)
    assert not await desk.store.add(await desk.store.new_row(extra, 7))
    assert not await desk.store.remove(BEN, passkey.id)
    assert await desk.store.remove(ANNA, passkey.id)
    assert not await desk.store.remove(ANNA, passkey.id)
    assert await desk.answer(credential.assertion(await desk.ask(), PARTY.origin)) is Refusal.UNKNOWN
    asked = await desk.passkeys.registration_options(ANNA, binding="link", now_ms=NOW)
    assert len(asked.known) == MOST_PASSKEYS - 1


async def test_a_credential_is_registered_once_and_by_its_own_challenge(desk: Desk) -> None:
    credential, passkey = await desk.register()
    asked = await desk.passkeys.registration_options(BEN, binding="link", now_ms=NOW)
    body = registration_response(**credential.registration(asked.challenge, PARTY.origin))
    for reason in (Refusal.KNOWN, Refusal.CHALLENGE):
        with pytest.raises(PasskeyRefused) as refused:
            await desk.passkeys.judge_registration(BEN, body, binding="link", now_ms=NOW)
        assert refused.value.reason is reason
    again = Passkey("pas_again", BEN, passkey.credential, b"k", 0, False, "again", NOW)
    assert not await desk.store.add(await desk.store.new_row(again, 7))


async def test_a_challenge_may_stand_for_something_and_is_still_one(desk: Desk) -> None:
    credential, passkey = await desk.register()
    bound = for_session(b"\x01" * 32, "V2")
    asked = await desk.passkeys.assertion_options(
        Purpose.VERIFY, binding="ses", now_ms=NOW, owner=ANNA, bound=bound
    )
    assert asked.challenge == bound.challenge(asked.nonce) != asked.nonce
    for challenge, result in ((asked.nonce, Refusal.CHALLENGE), (asked.challenge, None)):
        answer = await desk.answer(credential.assertion(challenge, PARTY.origin))
        assert answer == (result or Asserted(passkey.id, ANNA))
