"""All stores over one database, for composition."""

from dataclasses import dataclass

from server.storage.actions import ActionStore
from server.storage.api_keys import SqlApiKeyStore
from server.storage.attempts import SqlAttemptStore
from server.storage.authenticators import SqlAuthenticatorStore
from server.storage.badges import SqlBadgeStore
from server.storage.block_lifts import BlockLiftStore
from server.storage.canaries import CanaryStore
from server.storage.cancellations import Cancellations
from server.storage.case_files import CaseFileStore
from server.storage.case_roll import CaseRoll
from server.storage.cases import SqlCaseStore
from server.storage.contacts import ContactStore
from server.storage.customer_cookies import CustomerCookies
from server.storage.customer_logins import SqlCustomerLoginStore
from server.storage.customer_roll import CustomerRoll
from server.storage.customers import SqlCustomerStore
from server.storage.database import Database
from server.storage.desk_watch import SqlDeskWatch
from server.storage.enrolments import SqlEnrolmentStore
from server.storage.erasures import SqlErasureStore
from server.storage.factor_caps import FactorCaps
from server.storage.factor_requests import SqlFactorRequestStore
from server.storage.flag_verdicts import FlagVerdictStore
from server.storage.flags import FlagStore
from server.storage.givings import SqlGivings
from server.storage.handoff_keys import HandoffKeyStore
from server.storage.handoffs import HandoffStore
from server.storage.holds import HoldStore
from server.storage.invitations import SqlInvitationStore
from server.storage.known_devices import SqlKnownDeviceStore
from server.storage.leaders import LeaderStore
from server.storage.logins import SqlLoginStore
from server.storage.merging import MergedRecords
from server.storage.officer_messages import OfficerMessageStore
from server.storage.others import SqlOthers
from server.storage.outbox import OutboxStore
from server.storage.outline import Outlines
from server.storage.passkey_challenges import SqlChallengeStore
from server.storage.passkeys import SqlPasskeyStore
from server.storage.proof_demands import ProofDemandStore
from server.storage.provider_sign_ins import SqlProviderSignIns
from server.storage.provisional_cases import ProvisionalCaseStore
from server.storage.recovery_codes import SqlRecoveryCodeStore
from server.storage.resets import SqlResetStore
from server.storage.sealed import RecordKeys, Sealing
from server.storage.sessions import SqlSessionStore
from server.storage.staff import SqlCredentialStore, SqlStaffStore
from server.storage.staff_identities import SqlStaffIdentities
from server.storage.staff_roll import StaffRoll
from server.storage.verification_requests import VerificationRequestStore
from server.storage.visits import VisitStore
from server.storage.webhooks import WebhookStore


@dataclass(frozen=True, slots=True)
class Stores:
    case_roll: CaseRoll
    provisional: ProvisionalCaseStore
    customer_roll: CustomerRoll
    actions: ActionStore
    api_keys: SqlApiKeyStore
    resets: SqlResetStore
    sessions: SqlSessionStore
    invitations: SqlInvitationStore
    known_devices: SqlKnownDeviceStore
    factor_requests: SqlFactorRequestStore
    factor_caps: FactorCaps
    cancellations: Cancellations
    merged: MergedRecords
    givings: SqlGivings
    recovery_codes: SqlRecoveryCodeStore
    customer_cookies: CustomerCookies
    staff: SqlStaffStore
    staff_roll: StaffRoll
    staff_identities: SqlStaffIdentities
    provider_sign_ins: SqlProviderSignIns
    credentials: SqlCredentialStore
    logins: SqlLoginStore
    authenticators: SqlAuthenticatorStore
    attempts: SqlAttemptStore
    customers: SqlCustomerStore
    cases: SqlCaseStore
    desk_watch: SqlDeskWatch
    enrolments: SqlEnrolmentStore
    flags: FlagStore
    others: SqlOthers
    outbox: OutboxStore
    leaders: LeaderStore
    webhooks: WebhookStore
    verification_requests: VerificationRequestStore
    outlines: Outlines
    customer_logins: SqlCustomerLoginStore
    handoffs: HandoffStore
    handoff_keys: HandoffKeyStore
    contacts: ContactStore
    erasures: SqlErasureStore
    holds: HoldStore
    passkeys: SqlPasskeyStore
    passkey_challenges: SqlChallengeStore
    sealing: Sealing
    badges: SqlBadgeStore
    block_lifts: BlockLiftStore
    canaries: CanaryStore
    case_files: CaseFileStore
    flag_verdicts: FlagVerdictStore
    visits: VisitStore
    proof_demands: ProofDemandStore
    officer_messages: OfficerMessageStore


def stores_on(database: Database, keys: RecordKeys) -> Stores:
    """The database must be at the latest migration (`migrating.migrate`)."""
    sealing = Sealing(keys)
    outbox = OutboxStore(database, sealing)
    return Stores(
        case_roll=CaseRoll(database, sealing),
        provisional=ProvisionalCaseStore(database, sealing),
        customer_roll=CustomerRoll(database, sealing),
        actions=ActionStore(database, sealing),
        api_keys=SqlApiKeyStore(database),
        resets=SqlResetStore(database),
        sessions=SqlSessionStore(database, sealing),
        invitations=SqlInvitationStore(database),
        known_devices=SqlKnownDeviceStore(database),
        factor_requests=SqlFactorRequestStore(database),
        factor_caps=FactorCaps(database),
        cancellations=Cancellations(database),
        merged=MergedRecords(database),
        givings=SqlGivings(database),
        recovery_codes=SqlRecoveryCodeStore(database),
        customer_cookies=CustomerCookies(database),
        staff=SqlStaffStore(database),
        staff_roll=StaffRoll(database),
        staff_identities=SqlStaffIdentities(database),
        provider_sign_ins=SqlProviderSignIns(database),
        credentials=SqlCredentialStore(database),
        logins=SqlLoginStore(database),
        authenticators=SqlAuthenticatorStore(database),
        attempts=SqlAttemptStore(database),
        customers=SqlCustomerStore(database, sealing),
        cases=SqlCaseStore(database, sealing),
        desk_watch=SqlDeskWatch(database),
        enrolments=SqlEnrolmentStore(database),
        flags=FlagStore(database),
        erasures=SqlErasureStore(database, sealing),
        holds=HoldStore(database, sealing),
        passkeys=SqlPasskeyStore(database, sealing),
        passkey_challenges=SqlChallengeStore(database),
        customer_logins=SqlCustomerLoginStore(database),
        handoffs=HandoffStore(database),
        handoff_keys=HandoffKeyStore(database),
        contacts=ContactStore(database),
        sealing=sealing,
        others=SqlOthers(database),
        outbox=outbox,
        verification_requests=VerificationRequestStore(database, outbox),
        leaders=LeaderStore(database),
        webhooks=WebhookStore(database),
        badges=SqlBadgeStore(database),
        block_lifts=BlockLiftStore(database),
        canaries=CanaryStore(database, sealing),
        case_files=CaseFileStore(database),
        flag_verdicts=FlagVerdictStore(database),
        proof_demands=ProofDemandStore(database),
        officer_messages=OfficerMessageStore(database),
        outlines=Outlines(database, sealing),
        visits=VisitStore(database),
    )
