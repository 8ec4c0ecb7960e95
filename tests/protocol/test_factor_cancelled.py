"""The link in a mail that stops a new factor stops all that came of it: whoever has it meant that nothing goes on."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from audit.event import EventName, Outcome
from server.enrolments import IssuedLink
from server.storage.passkeys import NewRow
from support.identity import CustomerId
from tests.protocol.enrolment_people import customer_of
from tests.protocol.factor_people import Desk, cancel_token, cancels, desk_in, mails
from tests.protocol.me_people import on_own_page
from tests.protocol.passkey_people import Keyring, PasskeyNewcomer
from tests.protocol.server_people import Browser
from tests.soft_passkey import bytes_of
from verification.passkey import Passkey
from verification.passwords import Passwords
from verification.recovery_codes import new_codes


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    async with desk_in(tmp_path) as made:
        yield made


async def carried_out(desk: Desk) -> IssuedLink:
    request = await desk.held()
    await desk.wait()
    given = await desk.people[2].carries_out(request)
    assert given.status == 200, given.body
    return IssuedLink(given.body["url"], given.body["expires_at_ms"], "")


async def stops(desk: Desk, about: str) -> str:
    return await cancels(desk.stand, cancel_token((await mails(desk.stand, about))[-1]))


async def test_a_thief_who_finished_the_link_gets_no_passkey_and_no_recovery_codes_afterwards(
    desk: Desk,
) -> None:
    async with PasskeyNewcomer(desk.stand, Keyring()) as thief:
        await thief.claim(await carried_out(desk))
        await thief.scan()
        assert (await thief.confirm()).body["stage"] == "recovery"
        assert (await thief.ask("POST", "/enrolment/recovery-codes")).status == 200
        assert await stops(desk, "enrolment_link_made") == "stopped"
        assert (await thief.add_passkey()).body["code"] == "enrolment_withdrawn"
        again = await thief.ask("POST", "/enrolment/recovery-codes")
        assert again.body["code"] == "enrolment_withdrawn"
    customer = CustomerId((await customer_of(desk.stand)).id)
    assert await desk.stand.foundation.stores.recovery_codes.remaining(customer) == 0


async def finished(thief: PasskeyNewcomer, link: IssuedLink) -> None:
    await thief.claim(link)
    await thief.scan()
    assert (await thief.confirm()).body["stage"] == "recovery"


async def test_recovery_codes_that_are_being_made_when_the_link_is_stopped_are_none(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The hashes of ten take seconds."""

    async def stopped_then_hashed(passwords: Passwords) -> Any:
        assert await stops(desk, "enrolment_link_made") == "stopped"
        return await new_codes(passwords)

    async with PasskeyNewcomer(desk.stand, Keyring()) as thief:
        await finished(thief, await carried_out(desk))
        monkeypatch.setattr("server.recovery_codes.new_codes", stopped_then_hashed)
        refused = await thief.ask("POST", "/enrolment/recovery-codes")
    assert refused.body["code"] == "enrolment_withdrawn"
    customer = CustomerId((await customer_of(desk.stand)).id)
    assert await desk.stand.foundation.stores.recovery_codes.remaining(customer) == 0


async def test_a_passkey_that_waits_for_its_entry_when_the_link_is_stopped_is_none(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    passkeys = desk.stand.foundation.stores.passkeys
    row_of = passkeys.new_row

    async def stopped_then_row(passkey: Passkey, index: int) -> NewRow:
        assert await stops(desk, "enrolment_link_made") == "stopped"
        return await row_of(passkey, index)

    async with PasskeyNewcomer(desk.stand, Keyring()) as thief:
        await finished(thief, await carried_out(desk))
        monkeypatch.setattr(passkeys, "new_row", stopped_then_row)
        assert (await thief.add_passkey()).body["code"] == "enrolment_withdrawn"
    assert await passkeys.of_owner(await customer_of(desk.stand)) == []
    events = await desk.stand.recorded(EventName.CUSTOMER_PASSKEY_REGISTERED)
    assert [event.outcome for event in events] == [Outcome.INTENT, Outcome.FAILED]


async def test_a_thief_who_is_signed_in_on_the_customers_page_is_signed_out(desk: Desk) -> None:
    keyring = Keyring()
    link = await carried_out(desk)
    async with PasskeyNewcomer(desk.stand, keyring) as thief, Browser(desk.stand) as page:
        await thief.claim(link)
        assert (await thief.add_passkey()).status == 200
        options = (await page.ask("POST", "/me/passkey/options")).body
        passkey = keyring.latest.assertion(bytes_of(options["challenge"]), desk.stand.url)
        assert (await page.ask("POST", "/me/passkey/logins", passkey)).status == 201
        assert await stops(desk, "enrolment_link_made") == "stopped"
        assert (await page.ask("GET", "/me")).status == 401


async def test_the_mail_about_the_wait_stops_the_link_too_that_was_given_after_it(desk: Desk) -> None:
    async with PasskeyNewcomer(desk.stand, Keyring()) as thief:
        await thief.claim(await carried_out(desk))
        assert await stops(desk, "reset_requested") == "stopped"
        assert (await thief.scan()).body["code"] == "enrolment_withdrawn"


async def test_nobody_is_told_that_something_stopped_where_it_was_over_before(desk: Desk) -> None:
    await carried_out(desk)
    assert await stops(desk, "reset_requested") == "stopped"
    assert await stops(desk, "enrolment_link_made") == "over"


async def test_a_new_factor_by_a_link_ends_the_sign_ins_of_before(desk: Desk) -> None:
    link = await carried_out(desk)
    async with on_own_page(desk.stand) as page, PasskeyNewcomer(desk.stand, Keyring()) as newcomer:
        assert (await page.ask("GET", "/me")).status == 200
        await newcomer.claim(link)
        assert (await newcomer.add_passkey()).status == 200
        assert (await page.ask("GET", "/me")).status == 401


async def test_a_passkey_by_a_link_is_told_with_a_link_that_stops_it(desk: Desk) -> None:
    async with PasskeyNewcomer(desk.stand, Keyring()) as thief:
        await thief.claim(await carried_out(desk))
        assert (await thief.add_passkey()).status == 200
    assert len(await mails(desk.stand, "passkey_added")) == 1
    assert await stops(desk, "passkey_added") == "stopped"
