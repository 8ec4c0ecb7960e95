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
    AGENT_INVITATION_MAILED = "agent:invitation:mailed"
    AGENT_SESSION_HANDED_OVER = (
        "agent:session:handed_over"  # the agent leaves the customer to a colleague or the line
    )

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
    CUSTOMER_CONSENT_REOPENED = (
        "customer:consent:reopened"  # to agree to something else; what was agreed ends
    )
    CUSTOMER_CONSENT_REFUSED = "customer:consent:refused"  # a grant whose signature or document did not hold
    CUSTOMER_SHARE_STARTED = "customer:share:started"
    CUSTOMER_SHARE_REFUSED = "customer:share:refused"  # the surface captured is not the surface agreed
    CUSTOMER_SHARE_PAUSED = "customer:share:paused"
    CUSTOMER_SHARE_RESUMED = "customer:share:resumed"
    SYSTEM_SHARE_INTERRUPTED = "system:share:interrupted"
    SYSTEM_SHARE_RESTORED = "system:share:restored"
    SYSTEM_KEYS_AGREED = "system:keys:agreed"  # by both pages, for a picture that only they can open

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
    OFFICER_LIFT_REQUESTED = "officer:lift:requested"  # of a block, which takes another officer
    OFFICER_LIFT_APPROVED = "officer:lift:approved"
    OFFICER_LIFT_REFUSED = "officer:lift:refused"
    SYSTEM_PROOF_DEMANDED = "system:proof:demanded"  # somebody of the staff must prove again who they are
    AGENT_PROOF_GIVEN = "agent:proof:given"  # they did; their other sign-ins have ended
    OFFICER_PROOF_GIVEN = "officer:proof:given"
    OFFICER_PROOF_WAIVED = "officer:proof:waived"  # an officer says that it is them, with the reason
    OFFICER_MESSAGE_SENT = "officer:message:sent"  # to an agent, with its text
    AGENT_MESSAGE_READ = "agent:message:read"
    OFFICER_FLAG_CONFIRMED = "officer:flag:confirmed"
    OFFICER_FLAG_DISMISSED = "officer:flag:dismissed"
    OFFICER_FILE_OPENED = "officer:file:opened"  # an investigation: its title, and its first flag
    OFFICER_FILE_ADDED = "officer:file:added"  # a flag, an entry or a session, which nobody takes out again
    OFFICER_FILE_NOTED = "officer:file:noted"  # the note stands here and nowhere else
    OFFICER_FILE_CLOSED = "officer:file:closed"  # with a finding and the reason
    OFFICER_FILE_READ = "officer:file:read"
    OFFICER_FILES_LISTED = "officer:files:listed"
    OFFICER_FILE_EXPORTED = "officer:file:exported"  # as evidence
    OFFICER_CUSTOMER_EXPORTED = "officer:customer:exported"  # with a file: what it holds about this customer
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

    # Keeping the log itself.
    SYSTEM_SEALS_STARTED = "system:seals:started"  # a chain of seals begins: for the first time, or anew
    SYSTEM_WITNESS_LOST = "system:witness:lost"  # one that should sign has not for a while
    SYSTEM_WITNESS_RESTORED = "system:witness:restored"
    SYSTEM_WITNESS_REFUSED = "system:witness:refused"  # it says that it has seen another history
    SYSTEM_PERIOD_SEALED = "system:period:sealed"  # the hot window is over: only recipients open it now
    SYSTEM_PERIOD_EXPIRED = "system:period:expired"  # retention is over: nobody opens this period any more
    OPERATOR_KEYS_REWRAPPED = "operator:keys:rewrapped"
    OPERATOR_ENTRIES_DECRYPTED = "operator:entries:decrypted"
    OPERATOR_ERASURE_REQUESTED = "operator:erasure:requested"
    CUSTOMER_ERASURE_REQUESTED = "customer:erasure:requested"
    OFFICER_ERASURE_APPROVED = "officer:erasure:approved"
    OFFICER_ERASURE_REFUSED = "officer:erasure:refused"
    OPERATOR_ERASURE_WITHDRAWN = "operator:erasure:withdrawn"
    SYSTEM_ERASURE_HINDERED = "system:erasure:hindered"  # by a hold, a flag, retention: the reason is told
    SYSTEM_SUBJECT_ERASED = "system:subject:erased"
    OPERATOR_HOLD_PLACED = "operator:hold:placed"
    OPERATOR_HOLD_LIFTED = "operator:hold:lifted"
    OPERATOR_INDEX_REBUILT = "operator:index:rebuilt"
    OPERATOR_LOG_READ = "operator:log:read"
    OPERATOR_LOG_EXPORTED = "operator:log:exported"
    OFFICER_LOG_EXPORTED = "officer:log:exported"
    OFFICER_EVIDENCE_EXPORTED = "officer:evidence:exported"  # all that proves one session to somebody else
    OPERATOR_EVIDENCE_EXPORTED = "operator:evidence:exported"
    SYSTEM_FORWARDING_LATE = "system:forwarding:late"  # the collector lacks entries for too long
    SYSTEM_FORWARDING_RESUMED = "system:forwarding:resumed"
    CUSTOMER_RECEIPT_ISSUED = "customer:receipt:issued"
    SYSTEM_REPORT_MADE = "system:report:made"
    OPERATOR_REPORT_MADE = "operator:report:made"
    OFFICER_REPORT_READ = "officer:report:read"

    # Passkeys. In a session, the step that the customer takes with it is an entry of its own.
    CUSTOMER_PASSKEY_REGISTERED = "customer:passkey:registered"
    CUSTOMER_PASSKEY_ASSERTED = "customer:passkey:asserted"
    CUSTOMER_PASSKEY_REFUSED = "customer:passkey:refused"
    CUSTOMER_PASSKEY_REMOVED = "customer:passkey:removed"
    AGENT_PASSKEY_REGISTERED = "agent:passkey:registered"
    AGENT_PASSKEY_ASSERTED = "agent:passkey:asserted"
    AGENT_PASSKEY_REFUSED = "agent:passkey:refused"
    AGENT_PASSKEY_REMOVED = "agent:passkey:removed"
    OFFICER_PASSKEY_REGISTERED = "officer:passkey:registered"
    OFFICER_PASSKEY_ASSERTED = "officer:passkey:asserted"
    OFFICER_PASSKEY_REFUSED = "officer:passkey:refused"
    OFFICER_PASSKEY_REMOVED = "officer:passkey:removed"
    # Staff: their sign-ins, and who works here, from pages.
    AGENT_LOGIN_CONFIRMED = "agent:login:confirmed"  # they proved again who they are, within a sign-in
    OFFICER_LOGIN_CONFIRMED = "officer:login:confirmed"
    AGENT_CONFIRMATION_REFUSED = "agent:confirmation:refused"
    OFFICER_CONFIRMATION_REFUSED = "officer:confirmation:refused"
    OFFICER_LOGINS_ENDED = "officer:logins:ended"  # all sign-ins of somebody else
    OFFICER_STAFF_INVITED = "officer:staff:invited"
    OFFICER_STAFF_ENABLED = "officer:staff:enabled"
    OFFICER_STAFF_CHANGED = "officer:staff:changed"
    OPERATOR_STAFF_CHANGED = "operator:staff:changed"
    OFFICER_RESET_REQUESTED = "officer:reset:requested"
    AGENT_RESET_REQUESTED = "agent:reset:requested"  # a supervisor, for somebody of their team
    OPERATOR_IDENTITY_LINKED = "operator:identity:linked"  # at the organisation's own provider of sign-ins
    OPERATOR_IDENTITY_UNLINKED = "operator:identity:unlinked"
    AGENT_IDENTITY_LINKED = "agent:identity:linked"  # their own, after a proof here and one there
    AGENT_IDENTITY_UNLINKED = "agent:identity:unlinked"
    OFFICER_IDENTITY_UNLINKED = "officer:identity:unlinked"
    # What leaves for the outside, and what other systems ask.
    SYSTEM_MESSAGE_SENT = "system:message:sent"  # a mail or a webhook was taken by its receiver
    SYSTEM_MESSAGE_FAILED = "system:message:failed"  # it is tried no more: cause and tries are told
    OPERATOR_WEBHOOK_ADDED = "operator:webhook:added"
    OPERATOR_WEBHOOK_REMOVED = "operator:webhook:removed"
    OPERATOR_WEBHOOK_TESTED = "operator:webhook:tested"
    KEY_VERIFICATION_REQUESTED = "key:verification:requested"
    KEY_VERIFICATION_WITHDRAWN = "key:verification:withdrawn"
    # Customers' own page.
    KEY_HANDOFF_MINTED = "key:handoff:minted"  # the organisation's site sends a signed-in customer here
    OPERATOR_SIGNER_ADDED = "operator:signer:added"  # a key by which that site may sign hand-offs itself
    OPERATOR_SIGNER_REMOVED = "operator:signer:removed"
    CUSTOMER_LOGIN_STARTED = "customer:login:started"
    CUSTOMER_LOGIN_RAISED = "customer:login:raised"  # more was proved within it: its level
    CUSTOMER_LOGIN_REFUSED = "customer:login:refused"
    CUSTOMER_LOGIN_ENDED = "customer:login:ended"
    CUSTOMER_COPY_ISSUED = "customer:copy:issued"  # all that is known about them
    CUSTOMER_ERASURE_WITHDRAWN = "customer:erasure:withdrawn"
    AGENT_CONTACT_NOTED = "agent:contact:noted"  # before it is made, so that the customer can ask about it
    AGENT_CONTACT_ENDED = "agent:contact:ended"
    # The customer verifies the agent: badges and words.
    SYSTEM_ISSUER_PUBLISHED = "system:issuer:published"  # a key that signs badges, or the end of one's time
    AGENT_BADGE_ISSUED = "agent:badge:issued"
    AGENT_BADGE_REFUSED = "agent:badge:refused"
    CUSTOMER_EXCHANGE_STARTED = "customer:exchange:started"
    SYSTEM_EXCHANGE_SETTLED = "system:exchange:settled"  # both pages have signed one transcript
    SYSTEM_EXCHANGE_DROPPED = "system:exchange:dropped"  # a page lost what it knew; another run needs an act
    CUSTOMER_WORDS_MATCHED = "customer:words:matched"
    AGENT_WORDS_MATCHED = "agent:words:matched"
    CUSTOMER_INTRODUCTION_REFUSED = "customer:introduction:refused"  # by what the customer's page found
    AGENT_INTRODUCTION_REFUSED = "agent:introduction:refused"
    SYSTEM_INTRODUCTION_REFUSED = "system:introduction:refused"
    CUSTOMER_IMPOSTOR_REPORTED = "customer:impostor:reported"  # the customer pressed the button

    # customers' factors
    CUSTOMER_DEVICE_REMEMBERED = "customer:device:remembered"  # a browser in which they were verified
    CUSTOMER_DEVICE_FORGOTTEN = "customer:device:forgotten"
    SYSTEM_DEVICE_VOIDED = "system:device:voided"  # after five wrong codes in a row
    SYSTEM_AUTHENTICATOR_DISABLED = "system:authenticator:disabled"  # after a hundred
    CUSTOMER_AUTHENTICATOR_RESYNCHRONISED = "customer:authenticator:resynchronised"
    CUSTOMER_RECOVERY_CODES_MADE = "customer:recovery_codes:made"
    OPERATOR_AUTHENTICATORS_RESEALED = "operator:authenticators:resealed"
    AGENT_ENROLMENT_ISSUED = "agent:enrolment:issued"  # a supervisor handed over what two people vouched for
    AGENT_FACTOR_REQUEST_MADE = "agent:factor_request:made"  # a lost factor, a removal, a first one
    OFFICER_FACTOR_REQUEST_MADE = "officer:factor_request:made"
    OPERATOR_FACTOR_REQUEST_MADE = "operator:factor_request:made"
    AGENT_FACTOR_REQUEST_VOUCHED = "agent:factor_request:vouched"
    OFFICER_FACTOR_REQUEST_VOUCHED = "officer:factor_request:vouched"
    AGENT_FACTOR_REQUEST_CARRIED_OUT = "agent:factor_request:carried_out"
    OFFICER_FACTOR_REQUEST_CARRIED_OUT = "officer:factor_request:carried_out"
    AGENT_FACTOR_REQUEST_REFUSED = "agent:factor_request:refused"
    OFFICER_FACTOR_REQUEST_REFUSED = "officer:factor_request:refused"
    AGENT_FACTOR_REQUESTS_READ = "agent:factor_requests:read"
    OFFICER_FACTOR_REQUESTS_READ = "officer:factor_requests:read"
    AGENT_RECORDS_MERGED = "agent:records:merged"  # two of one customer's, as two people vouched for
    OFFICER_RECORDS_MERGED = "officer:records:merged"
    CUSTOMER_FACTOR_REQUEST_CANCELLED = "customer:factor_request:cancelled"  # by a mail's link, unverified

    # Assurance: proving more, the death of a proof, and actions that need the highest level.
    AGENT_VERIFICATION_ASKED = "agent:verification:asked"
    CUSTOMER_VERIFICATION_DECLINED = "customer:verification:declined"
    SYSTEM_VERIFICATION_VOIDED = "system:verification:voided"  # another certificate than before
    AGENT_ACTION_PROPOSED = "agent:action:proposed"
    AGENT_ACTION_REFUSED = "agent:action:refused"  # proposed or approved by whom it may not be, or too late
    CUSTOMER_ACTION_CONFIRMED = "customer:action:confirmed"
    AGENT_ACTION_APPROVED = "agent:action:approved"
    AGENT_ACTION_CANCELLED = "agent:action:cancelled"
    CUSTOMER_ACTION_CANCELLED = "customer:action:cancelled"
    SYSTEM_ACTION_EXPIRED = "system:action:expired"
    SYSTEM_ACTION_RELEASED = "system:action:released"
    AGENT_ACTIONS_READ = "agent:actions:read"
    KEY_ACTIONS_READ = "key:actions:read"

    # The customer asks first: the line, who accepts, and the code by which an agent shows whom they talk to.
    CUSTOMER_CASE_OPENED = "customer:case:opened"
    SYSTEM_CASE_CLOSED = "system:case:closed"  # asked for, and nobody came to talk to this customer
    SYSTEM_CASE_RETURNED = "system:case:returned"  # taken, and the acceptance came to nothing: nobody's again
    AGENT_CASE_TAKEN = "agent:case:taken"
    CUSTOMER_HELP_ASKED = "customer:help:asked"  # opens a session, as agent:session:opened does
    CUSTOMER_HELP_REFUSED = "customer:help:refused"
    CUSTOMER_HELP_PROLONGED = "customer:help:prolonged"
    AGENT_HELP_ACCEPTED = "agent:help:accepted"
    AGENT_HELP_REFUSED = "agent:help:refused"  # another was quicker, or this agent may not
    AGENT_MEETING_CONFIRMED = "agent:meeting:confirmed"
    AGENT_MEETING_REFUSED = "agent:meeting:refused"
    AGENT_LINE_READ = "agent:line:read"

    # Somebody waits without having signed in: nobody's until they have, and then a session opens.
    CUSTOMER_VISIT_OPENED = "customer:visit:opened"
    CUSTOMER_VISIT_PROLONGED = "customer:visit:prolonged"
    CUSTOMER_VISIT_PROVED = "customer:visit:proved"  # they signed in; `session` is what this opens
    CUSTOMER_VISIT_ENDED = "customer:visit:ended"
    AGENT_VISIT_ACCEPTED = "agent:visit:accepted"
    AGENT_VISIT_CONFIRMED = "agent:visit:confirmed"  # the right code, as agent:meeting:confirmed
    AGENT_VISIT_REFUSED = "agent:visit:refused"  # a wrong code, or another was quicker
    AGENT_VISIT_ENDED = "agent:visit:ended"
    SYSTEM_VISIT_ENDED = "system:visit:ended"
    SYSTEM_VISIT_RETURNED = "system:visit:returned"  # its agent's sign-in ended: in line again

    # What people write: to each other in a session, and in a case. The text stands in a section of its own.
    CUSTOMER_CHAT_WRITTEN = "customer:chat:written"
    AGENT_CHAT_WRITTEN = "agent:chat:written"
    CUSTOMER_CHAT_REFUSED = "customer:chat:refused"  # it carried what nobody may write; only its kind is told
    AGENT_CHAT_REFUSED = "agent:chat:refused"
    AGENT_GUIDE_WRITTEN = "agent:guide:written"  # short, shown beside the customer's own picture
    AGENT_GUIDE_REFUSED = "agent:guide:refused"
    AGENT_POINTER_USED = "agent:pointer:used"  # first in each share; where they pointed is not recorded
    AGENT_POINTER_COUNTED = "agent:pointer:counted"  # how often, once that share is over
    AGENT_NOTE_WRITTEN = "agent:note:written"
    AGENT_NOTE_REFUSED = "agent:note:refused"
    AGENT_NOTES_READ = "agent:notes:read"

    # Cases that agents open: provisional until somebody else stands for them.
    AGENT_CASE_OPENED = "agent:case:opened"
    AGENT_CASE_APPROVED = "agent:case:approved"  # by a supervisor; from here on a case like any other
    AGENT_CASE_DECLINED = "agent:case:declined"
    CUSTOMER_CASE_CONFIRMED = "customer:case:confirmed"  # they proved in a session of it who they are
    KEY_CASE_CONFIRMED = "key:case:confirmed"
    OPERATOR_CASE_CONFIRMED = "operator:case:confirmed"
    SYSTEM_CASE_EXPIRED = "system:case:expired"
    AGENT_CASE_OVERRIDDEN = "agent:case:overridden"  # a record without a live case, where that is allowed
    AGENT_PROVISIONAL_CASES_READ = "agent:provisional_cases:read"

    # Customers whom nobody has a reason to look at. Which they are is the organisation's own, in no customer's section.
    OPERATOR_CANARY_ADDED = "operator:canary:added"
    OPERATOR_CANARY_REMOVED = "operator:canary:removed"
    OPERATOR_CANARIES_LISTED = "operator:canaries:listed"
    # Who is to work when: a file, and each shift of it.
    OPERATOR_ROSTER_IMPORTED = "operator:roster:imported"
    OPERATOR_SHIFT_PLANNED = "operator:shift:planned"

    # guesses over many accounts
    SYSTEM_SPRAYING_NOTICED = "system:spraying:noticed"


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
