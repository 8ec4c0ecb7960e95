"""An erased customer leaves no passkey, no handle and no open question behind; others keep theirs."""

from sqlalchemy import select

from server.storage.blanking import blank
from server.storage.database import Database
from server.storage.passkey_tables import passkey_challenges, passkey_handles, passkeys
from server.storage.stores import Stores
from support.identity import CustomerId
from verification.enrolment import Subject, SubjectKind
from verification.passkey import Passkey
from verification.passkey_challenge import Challenge, Purpose

NOW = 1_800_000_000_000


async def keep(stores: Stores, owner: Subject) -> None:
    passkey = Passkey(f"pas_{owner.id}", owner, owner.id.encode() * 4, b"key", 0, False, "a phone", NOW)
    await stores.passkeys.handle_of(owner, owner.id.encode() * 8)
    assert await stores.passkeys.add(await stores.passkeys.new_row(passkey, 3))
    asked = Challenge(f"hash-{owner.id}", Purpose.VERIFY, owner.id, "ses_1", NOW + 1)
    await stores.passkey_challenges.keep(asked, NOW)


async def test_an_erased_customer_leaves_nothing_of_a_passkey(database: Database, stores: Stores) -> None:
    gone, other = (Subject(SubjectKind.CUSTOMER, name) for name in ("cus_gone", "cus_other"))
    for owner in (gone, other):
        await keep(stores, owner)
    async with database.writing() as connection:
        assert await blank(connection, CustomerId(gone.id), NOW) >= 3
    async with database.reading() as connection:
        for table in (passkeys, passkey_handles, passkey_challenges):
            assert (await connection.execute(select(table.c.owner))).scalars().all() == [other.id]
    assert [one.label for one in await stores.passkeys.of_owner(other)] == ["a phone"]
