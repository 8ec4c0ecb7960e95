"""Everything about customers' factors that a running server needs, put together."""

from dataclasses import dataclass
from functools import partial

from server.administration.register import Register
from server.cancelling import Cancelling
from server.clock import TrueClock
from server.customer_sessions import CustomerSessions
from server.enrolments import Enrolments
from server.factor_news import FactorNews
from server.factor_requests import FactorRequests
from server.foundation import Records
from server.known_devices import KnownDevices
from server.link_news import LinkNews
from server.notices import Notices
from server.plan import Plan
from server.recovery_codes import RecoveryCodeMaking
from server.resealing import Resealing
from server.resynchronising import Resynchronising
from server.second_pair import SecondPair
from server.storage.authenticator_seals import AuthenticatorSeals
from server.storage.recovery_codes import SqlRecoveryCodeStore
from server.typed_codes import AppCodes, RecoveryCodes
from support.factor_request import HOUR_MS
from verification.assurance import Method
from verification.customer_code import CustomerCodeVerifier
from verification.guesses import Guesses
from verification.recovery_codes import RecoveryVerifier
from verification.sealing import Keyring


@dataclass(frozen=True, slots=True)
class FactorParts:
    app_codes: AppCodes
    recovery_codes: RecoveryCodes
    recovery: RecoveryCodeMaking
    devices: KnownDevices
    resynchronising: Resynchronising
    resealing: Resealing
    link_news: LinkNews
    links: Enrolments
    requests: FactorRequests
    cancelling: Cancelling
    hold_ms: int
    sessions: CustomerSessions


def factor_parts(
    records: Records,
    keyring: Keyring,
    plan: Plan,
    notices: Notices,
    sessions: CustomerSessions,
    clock: TrueClock,
) -> FactorParts:
    """`keyring` is the one that all of this process uses."""
    stores, register, passwords = records.stores, Register(records.log, clock), plan.passwords
    link_news = LinkNews(notices, plan.site.base_url)
    news = FactorNews(records.log, notices, link_news)
    links = Enrolments(stores.enrolments, records.log, plan.site.base_url, link_news)
    hold_ms = plan.settings.assurance.loss_hold_hours * HOUR_MS
    second = SecondPair.of(stores, plan.settings)
    guesses = Guesses(stores.attempts, stores.known_devices)
    codes = SqlRecoveryCodeStore(records.database, news)
    shut = partial(sessions.end_proved_by, method=Method.TOTP)
    return FactorParts(
        AppCodes(CustomerCodeVerifier(stores.authenticators, guesses, keyring, shut=shut), news),
        RecoveryCodes(RecoveryVerifier(codes, guesses, passwords), news),
        RecoveryCodeMaking(codes, passwords, register),
        KnownDevices(stores.known_devices, register),
        Resynchronising(stores.authenticators, stores.attempts, keyring, register),
        Resealing(AuthenticatorSeals(records.database), keyring, plan.places.keys.authenticators, clock),
        link_news,
        links,
        FactorRequests(
            stores,
            records.log,
            links,
            link_news,
            clock,
            hold_ms,
            second,
            sessions.end_by_staff,
        ),
        Cancelling(stores.cancellations, records.log, link_news, sessions.end_by_customer),
        hold_ms,
        sessions,
    )
