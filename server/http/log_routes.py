"""The log for security officers: reading, searching, verifying; resources and their routes."""

from collections.abc import Iterable
from typing import Final

from audit.event import ActorKind, EventName, Fact, Outcome
from audit.export.record import record_of
from audit.search.index import Matching
from server.case_file_entries import withheld
from server.http.log_filters import FILTERS, LARGEST_INDEX, PAGING, given_once, number, query_of
from server.http.routing import OFFICER, Call, Route
from server.http.shapes import (
    ActingStaff,
    LogChoices,
    LogIndex,
    LogIntegrity,
    LogMatches,
    LogPage,
    NamedCase,
    Reference,
    Referred,
)
from server.log_desk import MOST_AT_ONCE
from server.problems import Problem
from support.staff import Staff

DEFAULT_LIMIT: Final = 100
PATH: Final = "/api/v1/security/log"


async def log(call: Call) -> LogPage:
    given, desk = given_once(call.request.query.items()), call.services.log_desk
    query = await call.services.log_names.with_merged(query_of(given))
    before = number(given, "before", LARGEST_INDEX)
    limit = number(given, "limit", MOST_AT_ONCE) or DEFAULT_LIMIT
    found = await desk.search(call.staff.staff, query, before, limit)
    kept_from = await call.services.case_files.desk.kept_from(call.staff.staff)
    entries = withheld(found.entries, kept_from)
    standing = desk.searching.standing()
    staff = await call.services.log_names.acting(entries)
    cases = await call.services.log_names.cases(entries)
    return LogPage(
        entries=[record_of(entry) for entry in entries],
        size=desk.size,
        read_from=found.start,
        matches=_matches(found.matching),
        index=LogIndex(upto=standing.upto, complete=standing.complete, closed=standing.closed + found.closed),
        staff=_listed(staff.values()),
        cases=[NamedCase(id=one.id, reference=one.reference) for one in cases],
    )


async def choices(call: Call) -> LogChoices:
    return LogChoices(
        events=sorted(EventName),
        outcomes=list(Outcome),
        kinds=list(ActorKind),
        staff=_listed(await call.services.log_names.staff()),
    )


async def resolve(call: Call) -> Referred:
    """The reference itself is told to nobody: not to the log, and not in an address."""
    asked: Reference = call.body
    names = call.services.log_names
    find = names.customer if asked.kind == "customer" else names.case
    named = await find(asked.reference)
    facts: dict[str, Fact] = {"what": "reference", "found": named is not None}
    facts |= {} if named is None else {asked.kind: named}
    await call.services.log_desk.record(call.staff.staff, EventName.OFFICER_LOG_READ, facts)
    if named is None:
        raise Problem(
            404, "reference_unknown", "Nothing is known under this reference. Check it; capitals count."
        )
    return Referred(id=named)


async def integrity(call: Call) -> LogIntegrity:
    found = await call.services.log_desk.integrity(call.staff.staff)
    return LogIntegrity(
        exit_code=found.exit_code,
        sentence=found.sentence,
        size=found.size,
        checkpoint_at_ms=found.checkpoint_at_ms,
        witnessed=found.witnessed,
    )


LOG_ROUTES: Final = (
    Route(
        method="GET",
        path=PATH,
        handler=log,
        who=OFFICER,
        answer=LogPage,
        query=(*PAGING, *FILTERS),
        summary="The newest entries of the log that match all filters; recorded",
    ),
    Route(
        method="GET",
        path=f"{PATH}/choices",
        handler=choices,
        who=OFFICER,
        answer=LogChoices,
        summary="What the log's filters may name",
    ),
    Route(
        method="POST",
        path=f"{PATH}/references",
        handler=resolve,
        who=OFFICER,
        request=Reference,
        answer=Referred,
        problems=(404,),
        summary="The id in the log of a customer or case, by the organisation's reference; recorded",
    ),
    Route(
        method="GET",
        path=f"{PATH}/integrity",
        handler=integrity,
        who=OFFICER,
        answer=LogIntegrity,
        summary="Verify the log; recorded",
    ),
)


def _matches(found: Matching | None) -> LogMatches | None:
    return None if found is None else LogMatches(count=found.count, exact=found.exact)


def _listed(staff: Iterable[Staff]) -> list[ActingStaff]:
    return [ActingStaff(id=one.id, name=one.name, number=one.number, role=one.role.value) for one in staff]
