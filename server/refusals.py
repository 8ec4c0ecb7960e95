"""Every refusal of our packages as a problem. One table; what is not in it is a mistake of ours."""

from collections.abc import Callable, Mapping
from typing import Any, Final

import session.ports
import support.ports
import verification.ports
from audit.kek import KeyUnavailable
from audit.keystore import KeystoreFailed
from audit.ports import LogUnavailable
from audit.public import PublicDamaged
from audit.reader import EntryUnreadable
from server.actions import ActionRefused
from server.actions import refusal_of as action_refusal
from server.approvals import ApprovalRefused, refusal_of
from server.assured import NotAssured
from server.block_lifts import LiftRefused
from server.block_lifts import problem_of as lift_problem
from server.bus.ports import BusUnavailable
from server.clock import ClockUnsure
from server.enrolling import PasswordRefused
from server.enrolment_problems import enrolment_problem, password_problem
from server.factor_changes import FactorRefused, MergeRefused, merge_problem
from server.factor_changes import refusal_of as factor_problem
from server.intake import Different
from server.passkey_problems import passkey_problem
from server.problems import Problem, not_allowed, not_found, not_recorded, store_unavailable, too_many
from server.signalling.messages import MessageRefused
from server.verifications import MethodNotOffered
from session.consent import ConsentInvalid, NothingToPropose
from session.device_key import DeviceKeyInvalid
from session.errors import (
    AlreadyInSession,
    ChatRefused,
    CutOff,
    NotRecorded,
    OpeningRefused,
    Overtaken,
    SessionElsewhere,
    SessionUnknown,
    TooCrowded,
)
from session.gate_port import GateUnavailable, SdpRefused
from session.transitions import IllegalEvent, SurfaceRefused
from support.case_rule import Reason
from support.desk import CaseRefused, FieldLocked, FieldUnknown
from support.intake import IntakeRefused
from verification.enrolment import EnrolmentRefused
from verification.passkey_refusal import PasskeyRefused
from verification.passwords import TooBusy


def problem_of(error: Exception) -> Problem | None:
    """None for an error that is no refusal."""
    if isinstance(error, Problem):
        return error
    return next((make(error) for kind, make in _TABLE.items() if isinstance(error, kind)), None)


def _case_refused(error: CaseRefused) -> Problem:
    if error.reason in {Reason.NO_CASE, Reason.NOT_ASSIGNED}:
        return not_found()  # a case of others does not exist
    if error.reason in {Reason.ROLE, Reason.BLOCKED}:
        return not_allowed()
    if error.reason is Reason.PROVISIONAL:
        return Problem(
            409, "case_provisional", "This case shows nothing until the customer has joined and verified."
        )
    return Problem(
        409,
        "case_not_live",
        "This case is closed or was not active within 8 hours, so nothing of it opens. Reopen it first.",
    )


def _saying(status: int, code: str) -> Callable[[Exception], Problem]:
    """For errors of ours whose message is already a sentence for people."""
    return lambda error: Problem(status, code, str(error))


_KEYS_SILENT: Final = Problem(
    503,
    "keys_unavailable",
    "The keys that open the log do not answer at the moment. Nothing was changed. Try again in a minute.",
)
_LOG_UNREADABLE: Final = Problem(
    503,
    "log_unreadable",
    "A part of the log is missing or was changed, so it is not shown. Verify its integrity and tell the operator.",
)

_TABLE: Final[Mapping[type[Exception], Callable[[Any], Problem]]] = {
    LogUnavailable: lambda _: not_recorded(),
    NotRecorded: lambda _: not_recorded(),
    KeyUnavailable: lambda _: _KEYS_SILENT,
    KeystoreFailed: lambda _: _KEYS_SILENT,
    EntryUnreadable: lambda _: _LOG_UNREADABLE,
    PublicDamaged: lambda _: _LOG_UNREADABLE,
    ClockUnsure: _saying(503, "clock_unsure"),
    BusUnavailable: lambda _: too_many(
        "The server cannot count requests at the moment. Try again in a minute."
    ),
    CutOff: _saying(503, "out_of_touch"),
    SessionElsewhere: _saying(421, "session_elsewhere"),
    session.ports.StoreUnavailable: lambda _: store_unavailable(),
    support.ports.StoreUnavailable: lambda _: store_unavailable(),
    verification.ports.StoreUnavailable: lambda _: store_unavailable(),
    SessionUnknown: lambda _: not_found(),
    SurfaceRefused: _saying(409, "surface_refused"),
    Overtaken: _saying(409, "overtaken"),
    AlreadyInSession: _saying(409, "already_in_session"),
    IllegalEvent: _saying(409, "not_now"),
    ChatRefused: lambda error: Problem(409, error.code, str(error)),
    TooCrowded: _saying(409, "session_in_the_way"),
    OpeningRefused: _saying(409, "case_not_live"),
    CaseRefused: _case_refused,
    FieldUnknown: _saying(404, "field_unknown"),
    FieldLocked: _saying(409, "verification_needed"),
    NotAssured: _saying(409, "verification_needed"),
    ApprovalRefused: refusal_of,
    LiftRefused: lift_problem,
    ActionRefused: action_refusal,
    FactorRefused: factor_problem,
    MergeRefused: merge_problem,
    Different: _saying(409, "different"),
    IntakeRefused: lambda error: Problem(422, "does_not_fit", f"{error} Nothing was changed."),
    ConsentInvalid: lambda _: Problem(
        422,
        "consent_refused",
        "The signed agreement does not hold, so nothing is shared. Load the page again and repeat it.",
    ),
    DeviceKeyInvalid: _saying(422, "device_key_invalid"),
    NothingToPropose: _saying(409, "not_now"),
    MethodNotOffered: _saying(409, "method_not_offered"),
    SdpRefused: _saying(422, "sdp_refused"),
    GateUnavailable: _saying(503, "gate_unavailable"),
    EnrolmentRefused: enrolment_problem,
    PasswordRefused: password_problem,
    PasskeyRefused: passkey_problem,
    TooBusy: lambda _: Problem(
        503, "too_busy", "Too many people sign in at this moment. Try again in a few seconds."
    ),
    MessageRefused: lambda error: Problem(400, error.code, str(error)),
}
