"""All stores over one database, for composition."""

from dataclasses import dataclass

from server.storage.api_keys import SqlApiKeyStore
from server.storage.attempts import SqlAttemptStore
from server.storage.authenticators import SqlAuthenticatorStore
from server.storage.case_roll import CaseRoll
from server.storage.cases import SqlCaseStore
from server.storage.customer_cookies import CustomerCookies
from server.storage.customer_roll import CustomerRoll
from server.storage.customers import SqlCustomerStore
from server.storage.database import Database
from server.storage.desk_watch import SqlDeskWatch
from server.storage.enrolments import SqlEnrolmentStore
from server.storage.flags import FlagStore
from server.storage.invitations import SqlInvitationStore
from server.storage.logins import SqlLoginStore
from server.storage.outline import Outlines
from server.storage.resets import SqlResetStore
from server.storage.sessions import SqlSessionStore
from server.storage.staff import SqlCredentialStore, SqlStaffStore
from server.storage.staff_roll import StaffRoll


@dataclass(frozen=True, slots=True)
class Stores:
    case_roll: CaseRoll
    customer_roll: CustomerRoll
    api_keys: SqlApiKeyStore
    resets: SqlResetStore
    sessions: SqlSessionStore
    invitations: SqlInvitationStore
    customer_cookies: CustomerCookies
    staff: SqlStaffStore
    staff_roll: StaffRoll
    credentials: SqlCredentialStore
    logins: SqlLoginStore
    authenticators: SqlAuthenticatorStore
    attempts: SqlAttemptStore
    customers: SqlCustomerStore
    cases: SqlCaseStore
    desk_watch: SqlDeskWatch
    enrolments: SqlEnrolmentStore
    flags: FlagStore
    outlines: Outlines


def stores_on(database: Database) -> Stores:
    """The database must be at the latest migration (`migrating.migrate`)."""
    return Stores(
        case_roll=CaseRoll(database),
        customer_roll=CustomerRoll(database),
        api_keys=SqlApiKeyStore(database),
        resets=SqlResetStore(database),
        sessions=SqlSessionStore(database),
        invitations=SqlInvitationStore(database),
        customer_cookies=CustomerCookies(database),
        staff=SqlStaffStore(database),
        staff_roll=StaffRoll(database),
        credentials=SqlCredentialStore(database),
        logins=SqlLoginStore(database),
        authenticators=SqlAuthenticatorStore(database),
        attempts=SqlAttemptStore(database),
        customers=SqlCustomerStore(database),
        cases=SqlCaseStore(database),
        desk_watch=SqlDeskWatch(database),
        enrolments=SqlEnrolmentStore(database),
        flags=FlagStore(database),
        outlines=Outlines(database),
    )
