"""Erasures that wait for officers, and the receipts of those that were carried out: resources and their routes."""

from typing import Final

from server.erasure_approvals import WaitingErasure
from server.http.approvals import PersonShown, person_shown
from server.http.routing import OFFICER, Call, Route
from server.http.shapes import Answer
from support.erasure import Erasure
from support.reset import Objection


class ErasureShown(Answer, frozen=True, kw_only=True):
    """`proof`: how it was made sure that the customer asks. `approved_by`: whose approvals count now. `hindered_by`:
    what is in the way now ("session", "case", "flag", "hold", "investigation", "retention", "copy"); null if nothing
    is. `kept_until_ms`: when the retention ends. `mine` says why the viewer cannot approve ("twice", "not_open")."""

    id: str
    subject: PersonShown
    level: str
    proof: str
    requested_by: str
    requested_at_ms: int
    due_at_ms: int
    approved_by: list[PersonShown]
    hindered_by: str | None
    kept_until_ms: int
    mine: str | None


class ErasureReceipt(Answer, frozen=True, kw_only=True):
    """What an officer may keep of an erasure: it names nobody. `customer` is the pseudonym in the log, `entry` the
    index of the entry that says it is done, `approved_by` two ids of staff."""

    id: str
    customer: str
    done_at_ms: int
    entry: int
    keys_destroyed: int
    rows_blanked: int
    approved_by: list[str]


class Erasures(Answer, frozen=True, kw_only=True):
    waiting: list[ErasureShown]
    done: list[ErasureReceipt]


class ErasureApproved(Answer, frozen=True, kw_only=True):
    """`step` is "first" or "second"; nothing is erased before `due_at_ms`."""

    step: str


async def shown(call: Call) -> Erasures:
    approvals = call.services.erasures.approvals
    waiting = await approvals.waiting(call.staff.staff)
    return Erasures(
        waiting=[_waiting(one) for one in waiting], done=[_receipt(one) for one in await approvals.finished()]
    )


async def approve(call: Call) -> ErasureApproved:
    named = call.request.match_info["erasure"]
    step = await call.services.erasures.approvals.approve(named, call.staff.staff)
    return ErasureApproved(step=step.value)


async def refuse(call: Call) -> None:
    await call.services.erasures.approvals.refuse(call.request.match_info["erasure"], call.staff.staff)


ERASURE_ROUTES: Final = (
    Route(
        method="GET",
        path="/api/v1/security/erasures",
        handler=shown,
        who=OFFICER,
        answer=Erasures,
        summary="Erasures that wait for approvals or for their day, and receipts; recorded",
    ),
    Route(
        method="POST",
        path="/api/v1/security/erasures/{erasure}/approve",
        handler=approve,
        who=OFFICER,
        answer=ErasureApproved,
        problems=(409,),
        fresh=True,
        summary="The first approval, or the second; refused while something hinders it",
    ),
    Route(
        method="POST",
        path="/api/v1/security/erasures/{erasure}/refuse",
        handler=refuse,
        who=OFFICER,
        status=204,
        fresh=True,
        summary="End it",
    ),
)


def _waiting(one: WaitingErasure) -> ErasureShown:
    erasure = one.erasure
    return ErasureShown(
        id=erasure.id,
        subject=person_shown(one.customer),
        level=erasure.level,
        proof=one.proof,
        requested_by=erasure.requested_by,
        requested_at_ms=erasure.requested_at_ms,
        due_at_ms=erasure.due_at_ms,
        approved_by=[person_shown(officer) for officer in one.approved_by],
        hindered_by=one.hindrance.value if one.hindrance is not None else None,
        kept_until_ms=one.kept_until_ms,
        mine=one.step.value if isinstance(one.step, Objection) else None,
    )


def _receipt(erasure: Erasure) -> ErasureReceipt:
    officers = (erasure.first_officer, erasure.second_officer)
    return ErasureReceipt(
        id=erasure.id,
        customer=erasure.subject,
        done_at_ms=erasure.done_at_ms or 0,
        entry=erasure.done_index or 0,
        keys_destroyed=erasure.keys_destroyed or 0,
        rows_blanked=erasure.rows_blanked or 0,
        approved_by=[officer for officer in officers if officer is not None],
    )
