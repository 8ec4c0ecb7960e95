"""What may be recorded: one closed, versioned vocabulary. The same shapes serve the page, the export and syslog.

A name is `actor:object:action`. An entry tells the organisation *that* something happened between pseudonyms; what is
known about a person because of it goes into that person's own section, which dies with that person's key.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

SCHEMA_VERSION: Final = 1

Fact = str | int | bool


class ActorKind(StrEnum):
    CUSTOMER = "customer"
    AGENT = "agent"  # a supervisor too
    OFFICER = "officer"
    OPERATOR = "operator"
    KEY = "key"  # another system of the organisation, by its API key
    SYSTEM = "system"


class Outcome(StrEnum):
    """INTENT is written before an effect, one of the others after it; UNKNOWN closes an intent that a crash left open.

    A mere look (a record, a field, the log) and a sign-in are a single DONE, durable before anything is shown or given.
    """

    INTENT = "intent"
    DONE = "done"
    FAILED = "failed"
    REFUSED = "refused"
    UNKNOWN = "unknown"


class EventName(StrEnum):
    """Append only: a name once released is never changed, reused or removed."""

    AGENT_LOGIN_STARTED = "agent:login:started"
    AGENT_LOGIN_REFUSED = "agent:login:refused"
    AGENT_LOGIN_ENDED = "agent:login:ended"
    OFFICER_LOGIN_STARTED = "officer:login:started"
    OFFICER_LOGIN_REFUSED = "officer:login:refused"
    OFFICER_LOGIN_ENDED = "officer:login:ended"

    AGENT_CASE_VIEWED = "agent:case:viewed"
    AGENT_CASE_REFUSED = "agent:case:refused"
    AGENT_FIELD_UNMASKED = "agent:field:unmasked"

    AGENT_SESSION_OPENED = "agent:session:opened"
    AGENT_SESSION_ENDED = "agent:session:ended"
    CUSTOMER_SESSION_ENDED = "customer:session:ended"
    OFFICER_SESSION_ENDED = "officer:session:ended"
    SYSTEM_SESSION_ENDED = "system:session:ended"
    AGENT_SESSION_REFUSED = "agent:session:refused"

    CUSTOMER_INVITATION_CLAIMED = "customer:invitation:claimed"
    CUSTOMER_INVITATION_REFUSED = "customer:invitation:refused"
    CUSTOMER_BADGE_SHOWN = "customer:badge:shown"
    CUSTOMER_BADGE_ACCEPTED = "customer:badge:accepted"
    CUSTOMER_CODE_VERIFIED = "customer:code:verified"
    CUSTOMER_CODE_REFUSED = "customer:code:refused"
    CUSTOMER_CODE_REPLAYED = "customer:code:replayed"
    AGENT_CODE_REFUSED = "agent:code:refused"  # an agent's request carried a customer's code
    OFFICER_CODE_REFUSED = "officer:code:refused"  # as above, an officer's
    SYSTEM_VERIFICATION_LAPSED = "system:verification:lapsed"  # too old before anything was agreed
    CUSTOMER_CONSENT_GRANTED = "customer:consent:granted"
    CUSTOMER_CONSENT_DECLINED = "customer:consent:declined"
    CUSTOMER_CONSENT_REFUSED = "customer:consent:refused"  # a grant whose signature or document did not hold
    CUSTOMER_SHARE_STARTED = "customer:share:started"
    CUSTOMER_SHARE_REFUSED = "customer:share:refused"  # the surface captured is not the surface agreed
    CUSTOMER_SHARE_PAUSED = "customer:share:paused"
    CUSTOMER_SHARE_RESUMED = "customer:share:resumed"
    SYSTEM_SHARE_INTERRUPTED = "system:share:interrupted"
    SYSTEM_SHARE_RESTORED = "system:share:restored"

    # Remarks (see REMARKS). A session has at most 24 of each name.
    CUSTOMER_PAGE_CONNECTED = "customer:page:connected"
    CUSTOMER_PAGE_LOST = "customer:page:lost"
    AGENT_PAGE_CONNECTED = "agent:page:connected"
    AGENT_PAGE_LOST = "agent:page:lost"
    SYSTEM_LEG_CONNECTED = "system:leg:connected"  # one browser's way to the gate
    SYSTEM_LEG_LOST = "system:leg:lost"
    SYSTEM_PICTURE_STARTED = "system:picture:started"  # the first whole picture went to the agent
    SYSTEM_LEASE_REFUSED = "system:lease:refused"  # a start or resumption that may not be
    SYSTEM_LEASE_WITHHELD = "system:lease:withheld"  # dark, for the reason told, and not ended
    SYSTEM_LEASE_RESTORED = "system:lease:restored"

    OFFICER_STAFF_BLOCKED = "officer:staff:blocked"
    SYSTEM_BLOCK_ENFORCED = "system:block:enforced"  # what somebody who is blocked was doing has ended

    OFFICER_LOG_READ = "officer:log:read"
    OFFICER_SESSIONS_READ = "officer:sessions:read"
    OFFICER_FLAGS_READ = "officer:flags:read"
    OFFICER_CHECKLIST_READ = "officer:checklist:read"
    SYSTEM_FLAG_RAISED = "system:flag:raised"

    OPERATOR_STAFF_INVITED = "operator:staff:invited"
    OPERATOR_STAFF_DISABLED = "operator:staff:disabled"
    OPERATOR_STAFF_ENABLED = "operator:staff:enabled"
    OPERATOR_RESET_REQUESTED = "operator:reset:requested"
    OPERATOR_OFFICER_RECOVERED = "operator:officer:recovered"
    OFFICER_APPROVALS_READ = "officer:approvals:read"
    OFFICER_RESET_APPROVED = "officer:reset:approved"
    OFFICER_RESET_REFUSED = "officer:reset:refused"
    OPERATOR_CUSTOMERS_IMPORTED = "operator:customers:imported"
    OPERATOR_CUSTOMERS_LISTED = "operator:customers:listed"
    OPERATOR_CUSTOMER_CHANGED = "operator:customer:changed"
    OPERATOR_CASE_OPENED = "operator:case:opened"
    OPERATOR_CASE_CLOSED = "operator:case:closed"
    OPERATOR_CASE_ASSIGNED = "operator:case:assigned"
    OPERATOR_CASES_LISTED = "operator:cases:listed"
    OPERATOR_KEY_CREATED = "operator:key:created"
    OPERATOR_KEY_REVOKED = "operator:key:revoked"
    OPERATOR_BACKUP_MADE = "operator:backup:made"
    OPERATOR_BACKUP_RESTORED = "operator:backup:restored"
    OPERATOR_LOSS_DECLARED = "operator:loss:declared"  # entries that were signed are gone: first, last, roots
    OPERATOR_DATABASE_MIGRATED = "operator:database:migrated"
    KEY_REQUEST_MADE = "key:request:made"
    KEY_REQUEST_REFUSED = "key:request:refused"
    KEY_CUSTOMER_ADDED = "key:customer:added"
    KEY_CASE_OPENED = "key:case:opened"
    KEY_ENROLMENT_ISSUED = "key:enrolment:issued"

    SYSTEM_SERVER_STARTED = "system:server:started"
    SYSTEM_SERVER_STOPPED = "system:server:stopped"
    SYSTEM_GATE_STARTED = "system:gate:started"
    SYSTEM_GATE_LOST = "system:gate:lost"
    SYSTEM_LOG_FAILED = "system:log:failed"
    SYSTEM_OUTCOME_UNKNOWN = "system:outcome:unknown"
    SYSTEM_DEMO_PREPARED = "system:demo:prepared"

    OPERATOR_ENROLMENT_ISSUED = "operator:enrolment:issued"
    OPERATOR_ENROLMENT_WITHDRAWN = "operator:enrolment:withdrawn"
    OFFICER_ENROLMENT_ISSUED = "officer:enrolment:issued"
    OFFICER_ENROLMENT_WITHDRAWN = "officer:enrolment:withdrawn"
    CUSTOMER_ENROLMENT_CLAIMED = "customer:enrolment:claimed"
    CUSTOMER_ENROLMENT_FINISHED = "customer:enrolment:finished"
    CUSTOMER_ENROLMENT_REFUSED = "customer:enrolment:refused"
    AGENT_ENROLMENT_CLAIMED = "agent:enrolment:claimed"
    AGENT_ENROLMENT_FINISHED = "agent:enrolment:finished"
    AGENT_ENROLMENT_REFUSED = "agent:enrolment:refused"
    OFFICER_ENROLMENT_CLAIMED = "officer:enrolment:claimed"
    OFFICER_ENROLMENT_FINISHED = "officer:enrolment:finished"
    OFFICER_ENROLMENT_REFUSED = "officer:enrolment:refused"


# What happens around the steps of a session. A log that has stopped has little room, and keeps it for acts.
REMARKS: Final = frozenset(
    {
        EventName.CUSTOMER_BADGE_SHOWN,
        EventName.CUSTOMER_PAGE_CONNECTED,
        EventName.CUSTOMER_PAGE_LOST,
        EventName.AGENT_PAGE_CONNECTED,
        EventName.AGENT_PAGE_LOST,
        EventName.SYSTEM_LEG_CONNECTED,
        EventName.SYSTEM_LEG_LOST,
        EventName.SYSTEM_PICTURE_STARTED,
        EventName.SYSTEM_LEASE_REFUSED,
        EventName.SYSTEM_LEASE_WITHHELD,
        EventName.SYSTEM_LEASE_RESTORED,
    }
)


@dataclass(frozen=True, slots=True)
class Actor:
    """`id` is an opaque id of ours (staff, customer, login); "" for the system itself."""

    kind: ActorKind
    id: str = ""


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happened or is about to.

    `at_ms` is UTC milliseconds. `facts` are the organisation's: ids, states, causes, levels, durations, hashes; never a
    name, an address, a code, a secret or a token. `personal` maps a data subject's id to what is known about that
    person through this event (for instance a consent document with its signature); each becomes a section of its own.
    `intent` is the index of the intent entry that an outcome closes.
    """

    name: EventName
    outcome: Outcome
    at_ms: int
    actor: Actor
    case: str | None = None
    session: str | None = None
    customer: str | None = None
    intent: int | None = None
    facts: Mapping[str, Fact] = field(default_factory=dict)
    personal: Mapping[str, Mapping[str, Fact]] = field(default_factory=dict)
