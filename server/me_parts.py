"""Everything that customers' own page needs in a running server, put together."""

from dataclasses import dataclass

from audit.search.log_search import LogSearch
from server.bus.ports import Counters
from server.erasures import Erasures
from server.factor_parts import FactorParts
from server.foundation import Records
from server.me.contact import Contacts
from server.me.copies import Copies
from server.me.door import Door
from server.me.history import Histories
from server.me.own_codes import OwnCodes
from server.me.own_erasure import OwnErasure
from server.me.proving import Proving
from server.me.signed_tokens import SignedTokens
from server.notices import Notices
from server.passkeys import Passkeys
from server.plan import Plan
from server.receipts import Receipts
from server.storage.own_copy import OwnRows
from session.ports import Clock
from support.desk import Desk
from support.ports import CustomerStore
from verification.customer_login import CustomerLogins
from verification.ports import AuthenticatorStore


@dataclass(frozen=True, slots=True)
class MeParts:
    customers: CustomerStore
    authenticators: AuthenticatorStore
    logins: CustomerLogins
    door: Door
    contacts: Contacts
    histories: Histories
    proving: Proving
    codes: OwnCodes
    copies: Copies
    erasure: OwnErasure
    ask_code: bool


@dataclass(frozen=True, slots=True)
class Around:
    """What it is built on that others build."""

    logins: CustomerLogins
    desk: Desk
    search: LogSearch
    receipts: Receipts
    counters: Counters
    passkeys: Passkeys


def me_parts(
    records: Records,
    around: Around,
    factors: FactorParts,
    notices: Notices,
    erasures: Erasures,
    plan: Plan,
    clock: Clock,
) -> MeParts:
    stores, log, base_url = records.stores, records.log, plan.site.base_url
    signed = SignedTokens(stores, base_url)
    door = Door(stores, log, around.logins, signed, base_url, clock)
    contacts = Contacts(stores.contacts, around.desk, log, clock)
    own_rows = OwnRows(records.database, stores.sealing)
    return MeParts(
        stores.customers,
        stores.authenticators,
        around.logins,
        door,
        contacts,
        Histories(log, around.search, stores, around.receipts, around.counters, clock),
        Proving(
            around.passkeys,
            factors.app_codes,
            around.counters,
            door,
            around.logins,
            stores.customers,
            stores.factor_caps,
            log,
            clock,
        ),
        OwnCodes(factors.recovery, factors.resynchronising, contacts, around.counters, clock),
        Copies(
            log,
            around.search,
            stores.customers,
            own_rows,
            around.counters,
            notices,
            plan.settings.organisation,
            clock,
        ),
        OwnErasure(erasures, stores.erasures, stores.customers, notices, clock),
        plan.settings.me.ask_code,
    )
