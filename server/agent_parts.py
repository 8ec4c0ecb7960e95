"""Everything that staff's own sign-ins need in a running server, put together."""

import asyncio
from dataclasses import dataclass
from typing import Final

from server.approvals import Approvals
from server.block_lifts import BlockLifts
from server.blocking import Blocking
from server.circumstances import LiveCircumstances
from server.clock import TrueClock
from server.enrolling import Enrolling
from server.enrolments import Enrolments
from server.foundation import Foundation
from server.http.origin import Site
from server.link_news import LinkNews
from server.newcomers import Newcomers
from server.oidc.sign_in import ProviderSignIn
from server.own_identity import Identities
from server.own_logins import OwnLogins
from server.passkeys import Passkeys
from server.plan import Plan
from server.proof_demands import ProofDemands
from server.second_pair import SecondPair
from server.settings import Settings, secret_place
from server.signalling.seats import Seats
from server.signing_out import SigningOut
from server.staff_desk import StaffDesk
from server.staff_passkeys import StaffPasskeys
from server.storage.stores import Stores
from session.conductor import Conductor
from verification.login import LoginRegistry
from verification.sealing import Keyring
from verification.sign_in import StaffSignIn
from verification.staff_code import StaffCodes
from verification.step_up import StepUp

BACK: Final = "/agent/sign-in/provider/back"  # what the provider is to allow as redirection address


@dataclass(frozen=True, slots=True)
class Running:
    """Where people are at work. `changed` is set where officers' pages should show something new."""

    conductor: Conductor
    logins: LoginRegistry
    seats: Seats
    circumstances: LiveCircumstances
    changed: asyncio.Event


@dataclass(frozen=True, slots=True)
class AgentParts:
    sign_in: StaffSignIn
    codes: StaffCodes
    own_logins: OwnLogins
    passkeys: StaffPasskeys
    signing_out: SigningOut
    blocking: Blocking
    block_lifts: BlockLifts
    demands: ProofDemands
    desk: StaffDesk
    identities: Identities
    enrolling: Enrolling
    provider: ProviderSignIn | None
    provider_label: str | None  # None: there is no provider; "": it has no name of its own
    issuer: str


def agent_parts(
    foundation: Foundation,
    plan: Plan,
    keyring: Keyring,
    running: Running,
    passkeys: Passkeys,
    news: LinkNews,
    approvals: Approvals,
    links: Enrolments,
    clock: TrueClock,
) -> AgentParts:
    """In the demo officers may sign in by password and code, elsewhere by passkey only: no setting lowers that."""
    stores, log = foundation.stores, foundation.log
    settings, passwords, demo = plan.settings, plan.passwords, plan.demo is not None
    logins = running.logins
    signing_out = SigningOut(running.conductor, logins, running.seats, clock)
    blocking = Blocking(
        stores.staff, stores.provisional, running.conductor, logins, running.seats, log, clock
    )
    lifts = BlockLifts(
        stores, log, SecondPair.of(stores, settings), clock, always_two=settings.flags.lift_by_two
    )
    codes = StaffCodes(stores.authenticators, stores.attempts, keyring)
    own_passkeys = StaffPasskeys(passkeys, stores.staff, logins, needed_by_officers=not demo)
    demands = _demands(foundation, running, own_passkeys, signing_out, clock)
    return AgentParts(
        sign_in=StaffSignIn(
            credentials=stores.credentials,
            authenticators=stores.authenticators,
            attempts=stores.attempts,
            passwords=passwords,
            logins=logins,
            codes=codes,
            officers_by_passkey=not demo,
        ),
        codes=codes,
        own_logins=OwnLogins(
            logins, signing_out, StepUp(codes), demands, log, clock, officers_by_passkey=not demo
        ),
        passkeys=own_passkeys,
        signing_out=signing_out,
        blocking=blocking,
        block_lifts=lifts,
        demands=demands,
        desk=StaffDesk(stores, log, links, approvals, blocking, lifts, signing_out, logins, clock),
        identities=Identities(
            settings.oidc.issuer, stores.staff_identities, stores.staff_roll, logins, signing_out, log, clock
        ),
        provider=_provider(stores, settings, plan.site),
        provider_label=settings.oidc.label if settings.oidc.issuer else None,
        issuer=settings.oidc.issuer,
        enrolling=Enrolling(
            store=stores.enrolments,
            log=log,
            newcomers=Newcomers(stores.staff, stores.customers),
            attempts=stores.attempts,
            passwords=passwords,
            keyring=keyring,
            signing_out=signing_out,
            organisation=settings.organisation,
            news=news,
        ),
    )


def _demands(
    foundation: Foundation,
    running: Running,
    passkeys: StaffPasskeys,
    signing_out: SigningOut,
    clock: TrueClock,
) -> ProofDemands:
    demands = ProofDemands(
        foundation.stores.proof_demands,
        foundation.stores.staff,
        passkeys,
        running.logins,
        signing_out,
        running.conductor,
        running.circumstances,
        running.seats,
        running.changed,
        foundation.log,
        clock,
    )
    running.circumstances.doubt_with(demands.open_for, demands.enforce)
    return demands


def _provider(stores: Stores, settings: Settings, site: Site) -> ProviderSignIn | None:
    """None where the settings name no provider."""
    if not settings.oidc.issuer:
        return None
    return ProviderSignIn(
        settings.oidc,
        secret_place(settings.oidc.access),
        site.base_url + BACK,
        stores.provider_sign_ins,
        stores.staff_identities,
    )
