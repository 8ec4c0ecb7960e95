"""Everything that verifications for other systems need in a running server, put together."""

from collections.abc import Sequence
from dataclasses import dataclass

from server.administration.register import Register
from server.circumstances import LiveCircumstances
from server.clock import TrueClock
from server.foundation import Records
from server.invitations import Invitations
from server.keys import Keys
from server.log_keeping.keeper import Keeper
from server.log_keeping.verification_outcomes import VerificationOutcomes
from server.settings import Settings
from server.signalling.fanout import Fanout
from server.storage.claims import Claims
from server.verification_requests import VerificationRequests
from session.conductor import Conductor
from verification.login import LoginRegistry


@dataclass(frozen=True, slots=True)
class VerificationRequestParts:
    asking: VerificationRequests
    keepers: Sequence[Keeper]


@dataclass(frozen=True, slots=True)
class Sessions:
    """What is needed of the live part."""

    conductor: Conductor
    circumstances: LiveCircumstances
    logins: LoginRegistry
    fanout: Fanout


def verification_request_parts(
    records: Records,
    sessions: Sessions,
    settings: Settings,
    keys: Keys,
    clock: TrueClock,
) -> VerificationRequestParts:
    asking = VerificationRequests(
        records.stores,
        Register(records.log, clock),
        sessions.conductor,
        sessions.circumstances,
        sessions.logins,
        Invitations(records.stores.invitations, Claims(records.database), keys.invitations),
        clock,
        settings.organisation,
        keys.invitations,
    )
    outcomes = VerificationOutcomes(records.stores, sessions.conductor, asking, clock)
    sessions.fanout.observe(outcomes.heard)
    return VerificationRequestParts(asking, [outcomes])
