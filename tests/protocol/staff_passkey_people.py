"""Staff with a passkey: kept as an enrolment keeps it, used as their page does, by an authenticator in software."""

import secrets
from typing import Any

from server.passkey_parts import relying_party
from server.storage.stores import Stores
from support.identity import StaffId
from tests.protocol.server_people import Answered, Browser
from tests.protocol.server_stand import Stand
from tests.soft_passkey import Credential, bytes_of
from verification.enrolment import Subject, SubjectKind
from verification.passkey import RelyingParty, judge_registration
from verification.passkey_response import HANDLE_BYTES, registration_response
from verification.passkeys import new_passkey


async def given_passkey(stores: Stores, staff: str, party: RelyingParty, now_ms: int) -> Credential:
    owner = Subject(SubjectKind.STAFF, staff)
    handle = await stores.passkeys.handle_of(owner, secrets.token_bytes(HANDLE_BYTES))
    credential, challenge = Credential(party.id, handle), secrets.token_bytes(32)
    sent = credential.registration(challenge, party.origin)
    response = registration_response(sent["client_data"], sent["attestation"])
    made = judge_registration(response, challenge=challenge, party=party)
    row = await stores.passkeys.new_row(new_passkey(made, owner, "test", now_ms), 0)
    assert await stores.passkeys.add(row)
    return credential


async def passkey_of(server: Stand, username: str) -> Credential:
    """A new one."""
    stores = server.foundation.stores
    staff = await stores.staff.find_by_username(username)
    assert staff is not None
    party = relying_party(server.composed.services.site, "test")
    return await given_passkey(stores, staff.id, party, server.clock.now_ms())


async def enter(browser: Browser, credential: Credential, door: str = "security") -> Answered:
    options = await browser.ask("POST", "/logins/passkey-options", {"door": door})
    assert options.status == 200, options.body
    return await browser.ask(
        "POST", "/logins/passkey", {"door": door, "passkey": signed(browser, credential, options)}
    )


async def prove(browser: Browser, credential: Credential, door: str = "security") -> Answered:
    way = "/staff/me/confirmations/passkey"
    options = await browser.ask("POST", f"{way}-options?door={door}")
    assert options.status == 200, options.body
    return await browser.ask("POST", f"{way}?door={door}", {"passkey": signed(browser, credential, options)})


def signed(browser: Browser, credential: Credential, options: Answered) -> dict[str, Any]:
    return credential.assertion(bytes_of(options.body["challenge"]), browser.stand.url)


async def staff_id(server: Stand, username: str) -> StaffId:
    staff = await server.foundation.stores.staff.find_by_username(username)
    assert staff is not None
    return staff.id


class InEarnest(Browser):
    """Signs in as the place asks: officers by passkey."""

    async def sign_in(self, username: str, door: str = "agent") -> Answered:
        if door == "agent":
            return await super().sign_in(username, door)
        return await enter(self, await passkey_of(self.stand, username), door)
