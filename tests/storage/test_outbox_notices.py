"""Notices to customers: queued once for each contact, in the customer's language, readable under their key alone."""

from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select

from server.http.catalogues import Catalogues, read_folder
from server.notices import CANCEL, FACTS, NoticeKind, Notices
from server.outbox.message import Mail, Standing, mail_of
from server.storage.blanking import blank
from server.storage.database import Database, DatabaseUnavailable
from server.storage.outbox_tables import outbox
from server.storage.sealed import Place
from server.storage.stores import Stores
from support.customer import Customer, CustomerField
from support.masking import FieldKind
from tests.manual_clock import ManualClock
from tests.storage.desk_rows import CUSTOMER, NOW

CATALOGUES = read_folder(Path(__file__).resolve().parents[2] / "web_client" / "locales", ["en", "ja"])
AT = {"at_ms": NOW}
EXAMPLES = {"invitation_url": "https://help.example.com/join#AAAAAAAAAAAAAAAAAAAAAA", "agent": "Aiko Mori"}


def notices_on(stores: Stores, catalogues: Catalogues = CATALOGUES) -> Notices:
    return Notices(stores.outbox, stores.customers, catalogues, "Kawa Exchange", ManualClock(NOW))


async def mails(database: Database, stores: Stores, customer: Customer = CUSTOMER) -> list[Mail]:
    async with database.reading() as connection:
        rows = (await connection.execute(select(outbox).order_by(outbox.c.once, outbox.c.part))).all()
    box = await stores.sealing.reading({customer.id})
    opened = [box.open(customer.id, Place("outbox", "content", row.id), row.content) for row in rows]
    return [mail_of(content) for content in opened if content is not None]


def with_fields(*fields: tuple[str, FieldKind, str]) -> Customer:
    return replace(CUSTOMER, fields=tuple(CustomerField(*field) for field in fields))


async def test_a_notice_is_a_mail_to_each_contact_and_is_queued_once(
    stores: Stores, database: Database
) -> None:
    customer = with_fields(
        ("email", FieldKind.EMAIL, "yuki@example.jp"), ("work", FieldKind.EMAIL, "tanabe@example.com")
    )
    await stores.customers.add(customer)
    notices = notices_on(stores)
    assert await notices.tell(customer.id, NoticeKind.PASSKEY_ADDED, AT, once="passkey/1") == 2
    assert await notices.tell(customer.id, NoticeKind.PASSKEY_ADDED, AT, once="passkey/1") == 0
    assert await notices.tell(customer.id, NoticeKind.PASSKEY_ADDED, AT, once="passkey/2") == 2
    found = await mails(database, stores)
    assert [mail.to for mail in found] == ["yuki@example.jp", "tanabe@example.com"] * 2
    assert found[0].subject == "A new passkey was added"
    assert "15 January 2027 08:00 (UTC)" in found[0].text


async def test_a_notice_in_the_transaction_of_an_act_is_queued_only_if_the_act_is_written(
    stores: Stores, database: Database
) -> None:
    await stores.customers.add(CUSTOMER)
    notices = notices_on(stores)

    async def act_that_fails() -> None:
        async with database.writing() as transaction:
            await notices.tell(CUSTOMER.id, NoticeKind.SIGNED_IN, AT, once="login/1", within=transaction)
            raise DatabaseUnavailable

    with pytest.raises(DatabaseUnavailable):
        await act_that_fails()
    assert await mails(database, stores) == []
    async with database.writing() as transaction:
        await notices.tell(CUSTOMER.id, NoticeKind.SIGNED_IN, AT, once="login/1", within=transaction)
    assert len(await mails(database, stores)) == 1


async def test_a_customer_is_told_in_their_own_language_and_zone(stores: Stores, database: Database) -> None:
    customer = with_fields(
        ("email", FieldKind.EMAIL, "yuki@example.jp"),
        ("language", FieldKind.TEXT, "ja-JP"),
        ("time_zone", FieldKind.TEXT, "Asia/Tokyo"),
    )
    await stores.customers.add(customer)
    await notices_on(stores).tell(customer.id, NoticeKind.PASSKEY_ADDED, AT, once="1")
    (mail,) = await mails(database, stores)
    assert (mail.language, mail.subject) == ("ja", "パスキーが追加されました")
    assert "2027年1月15日 17:00 (Asia/Tokyo)" in mail.text


async def test_what_no_record_can_name_does_not_keep_a_notice_back(
    stores: Stores, database: Database
) -> None:
    customer = with_fields(
        ("email", FieldKind.EMAIL, "yuki@example.jp"),
        ("language", FieldKind.TEXT, "tlh"),
        ("time_zone", FieldKind.TEXT, "../../etc/passwd"),
    )
    await stores.customers.add(customer)
    await notices_on(stores).tell(customer.id, NoticeKind.PASSKEY_ADDED, AT, once="1")
    (mail,) = await mails(database, stores)
    assert mail.language == "en"
    assert "08:00 (UTC)" in mail.text


@pytest.mark.parametrize("kind", NoticeKind)
@pytest.mark.parametrize("language", ["en", "ja"])
async def test_every_kind_has_its_words_and_none_asks_for_a_code(
    stores: Stores, database: Database, kind: NoticeKind, language: str
) -> None:
    facts: dict[str, str | int] = {
        name: NOW if name.endswith("_ms") else EXAMPLES.get(name, "Change of the payout address")
        for name in FACTS[kind]
    }
    facts[CANCEL] = "https://help.example.com/cancel#token"
    await stores.customers.add(CUSTOMER)
    await notices_on(stores, Catalogues({language: CATALOGUES[language]})).tell(
        CUSTOMER.id, kind, facts, once="1"
    )
    (mail,) = await mails(database, stores)
    assert "{" not in mail.subject + mail.text
    assert all(str(value) in mail.text for name, value in facts.items() if not name.endswith("_ms"))
    assert ("never ask for a code" in mail.text) or ("お尋ねすることは決してありません" in mail.text)
    assert mail.text.endswith("Kawa Exchange\n")
    assert len(mail.subject) <= 70


async def test_facts_that_are_not_the_kinds_are_refused_when_they_are_told(stores: Stores) -> None:
    await stores.customers.add(CUSTOMER)
    notices = notices_on(stores)
    wrong: list[dict[str, str | int]] = [
        {},
        {**AT, "more": "x"},
        {"at_ms": "now"},
        {"at_ms": True},
        {**AT, CANCEL: "http://example.com/"},
        {**AT, CANCEL: "https://example.com/\nBcc: x"},
    ]
    for facts in wrong:
        with pytest.raises(ValueError, match="notice"):
            await notices.tell(CUSTOMER.id, NoticeKind.SIGNED_IN, facts, once="1")
    with pytest.raises(ValueError, match="once key"):
        await notices.tell(CUSTOMER.id, NoticeKind.SIGNED_IN, AT, once="a b")


async def test_somebody_without_an_address_or_erased_is_told_nothing(
    stores: Stores, database: Database
) -> None:
    customer = with_fields(("phone", FieldKind.PHONE, "+81 90 1234 5678"))
    await stores.customers.add(customer)
    assert await notices_on(stores).tell(customer.id, NoticeKind.SIGNED_IN, AT, once="1") == 0
    assert await mails(database, stores) == []


async def test_an_erasure_takes_out_what_was_to_be_sent_and_it_is_sent_no_more(
    stores: Stores, database: Database
) -> None:
    await stores.customers.add(CUSTOMER)
    notices = notices_on(stores)
    await notices.tell(CUSTOMER.id, NoticeKind.SIGNED_IN, AT, once="1")
    async with database.reading() as connection:
        (row,) = (await connection.execute(select(outbox))).all()
    assert b"yuki" not in row.content
    async with database.writing() as connection:
        await blank(connection, CUSTOMER.id, NOW)
    async with database.reading() as connection:
        (row,) = (await connection.execute(select(outbox))).all()
    assert (row.content, row.state) == (None, Standing.VOID.value)
    assert await notices.tell(CUSTOMER.id, NoticeKind.SIGNED_IN, AT, once="2") == 0
