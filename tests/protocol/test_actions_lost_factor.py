"""A change that waits was confirmed by a factor: once that is said to be lost, it is not made."""

from pathlib import Path

import pytest

from server.enrolments import IssuedLink
from support.factor_request import SHORTEST_HOLD_MS, FactorRequest, How, Kind, Step, Voucher
from support.identity import CustomerId
from tests.protocol.enrolment_people import OPERATOR, Newcomer, customer_of, link_for
from tests.protocol.factor_people import cancel_token, cancels, mails
from tests.protocol.passkey_people import Keyring, PasskeyNewcomer, customer_with_passkey
from tests.protocol.server_stand import Stand, stand
from tests.protocol.staff_passkey_people import staff_id
from tests.protocol.test_actions_http import HOUR_MS, Scene, scene
from verification.enrolment import Subject, SubjectKind


async def approved(at: Scene) -> str:
    action = str((await at.proposed())["id"])
    assert (await at.confirm()).body["outcome"] == "verified"
    assert (await at.approve(action)).status == 200
    return action


async def vouched(server: Stand, kind: Kind) -> None:
    """By two, as long ago as one makes it now."""
    now = server.clock.now_ms()
    customer = CustomerId((await customer_of(server)).id)
    two = [Voucher(await staff_id(server, name), now, How.IN_PERSON) for name in ("agent2", "officer")]
    request = FactorRequest(
        "frq_" + "A" * 22, kind, customer, two[0].staff, now, SHORTEST_HOLD_MS, first=two[0]
    )
    store = server.foundation.stores.factor_requests
    await store.add(request, 0)

    async def nothing(_: object) -> None:
        return None

    assert await store.vouch(request, Step.SECOND, two[1], nothing)


@pytest.mark.parametrize(
    ("kind", "then"), [(Kind.LOST, "cancelled"), (Kind.REMOVAL, "cancelled"), (Kind.FIRST, "released")]
)
async def test_a_change_is_not_made_once_two_vouched_that_the_factor_is_lost(
    tmp_path: Path, kind: Kind, then: str
) -> None:
    async with stand(tmp_path) as server:
        keyring = Keyring()
        await customer_with_passkey(server, keyring)
        async with scene(server, keyring) as at:
            action = await approved(at)
            await vouched(server, kind)
            server.clock.shift_ms += 24 * HOUR_MS
            await at.follow_time()
            assert await at.state(action) == then
        assert len(await mails(server, f"action_{'done' if then == 'released' else then}")) == 1


@pytest.mark.parametrize("anew", ["agent", "agent2"])
async def test_a_change_is_not_made_once_one_of_its_agents_begins_anew(tmp_path: Path, anew: str) -> None:
    """Whoever proposed or approved it may have been somebody else, in a stolen account."""
    async with stand(tmp_path) as server:
        keyring = Keyring()
        await customer_with_passkey(server, keyring)
        async with scene(server, keyring) as at, Newcomer(server) as owner:
            action = await approved(at)
            subject = Subject(SubjectKind.STAFF, await staff_id(server, anew))
            await owner.claim(await link_for(server, subject))
            await owner.choose()
            await owner.scan()
            assert (await owner.confirm()).body["stage"] == "done"
            server.clock.shift_ms += 24 * HOUR_MS
            await at.follow_time()
            assert await at.state(action) == "cancelled"
        assert len(await mails(server, "action_cancelled")) == 1


async def test_the_link_that_stops_a_factor_stops_the_change_that_it_confirmed(tmp_path: Path) -> None:
    async with stand(tmp_path) as server:
        links = server.composed.services.factors.links
        link: IssuedLink = await links.issue(
            await customer_of(server), by=OPERATOR, now=server.clock.now_ms()
        )
        keyring = Keyring()
        async with PasskeyNewcomer(server, keyring) as thief:
            await thief.claim(link)
            assert (await thief.add_passkey()).status == 200
        async with scene(server, keyring) as at:
            action = await approved(at)
            token = cancel_token((await mails(server, "enrolment_link_made"))[0])
            assert await cancels(server, token) == "stopped"
            assert await at.state(action) == "cancelled"
