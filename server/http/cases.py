"""An agent's cases, and the masked record of a case's customer. The desk judges, and records before it shows."""

import msgspec

from server.http.routing import Call
from server.http.shapes import CaseRecord, CaseRow, MaskedCustomer, MaskedField, Unmask, UnmaskedField
from support.case import Case
from support.desk import CaseLine
from support.masking import FieldKind


async def list_own(call: Call) -> list[CaseRow]:
    return [_row(line) for line in await call.services.desk.cases_of(call.staff.staff, call.now)]


async def open_record(call: Call) -> CaseRecord:
    named = call.request.match_info["case"]
    record = await call.services.desk.open_record(named, call.staff.staff, call.now)
    locked = _locked(call, named)
    fields = [
        MaskedField(name=field.name, masked=field.masked, locked=field.kind in locked)
        for field in record.fields
    ]
    row = _shown(record.case, live=True, label=record.label)
    return CaseRecord(
        **msgspec.structs.asdict(row), customer=MaskedCustomer(label=record.label, fields=fields)
    )


async def unmask(call: Call) -> UnmaskedField:
    body: Unmask = call.body
    named = call.request.match_info["case"]
    locked = _locked(call, named)
    field = await call.services.desk.unmask(named, body.field, call.staff.staff, call.now, locked)
    return UnmaskedField(field=field.name, value=field.value)


def _locked(call: Call, case: str) -> frozenset[FieldKind]:
    return call.services.assured.locked(case, call.staff, call.services.conductor.live())


def _row(line: CaseLine) -> CaseRow:
    return _shown(line.case, live=line.live, label=line.customer_label)


def _shown(case: Case, *, live: bool, label: str) -> CaseRow:
    return CaseRow(
        id=case.id,
        reference=case.reference,
        reason=case.reason,
        origin=case.origin,
        state=case.state,
        live=live,
        last_activity_ms=case.last_activity_ms,
        customer_label=label,
        provisional=case.provisional,
        named=case.named if case.provisional else "",
        until_ms=case.ends_at_ms,
    )
