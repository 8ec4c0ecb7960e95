"""Who gave whom of the staff the link by which they sign in now."""

from typing import Final

from sqlalchemy import and_, select

from server.storage.database import Database
from server.storage.tables import enrolments, resets
from support.identity import StaffId, is_id
from support.independence import Giving
from verification.enrolment import SubjectKind

_USED: Final = (
    select(enrolments.c.subject, enrolments.c.issued_by, resets.c.first_officer)
    .outerjoin(
        resets,  # the second approval makes the link in the same moment; the first officer is a giver as well
        and_(
            resets.c.subject == enrolments.c.subject,
            resets.c.second_officer == enrolments.c.issued_by,
            resets.c.second_at_ms <= enrolments.c.issued_at_ms,
        ),
    )
    .where(enrolments.c.kind == SubjectKind.STAFF.value)
)


class SqlGivings:
    """Raises StoreUnavailable."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def since(self, at_ms: int) -> frozenset[Giving]:
        """Links that were used after this moment. Those from the host have no giver here."""
        async with self._database.reading() as connection:
            rows = (await connection.execute(_USED.where(enrolments.c.finished_at_ms > at_ms))).all()
        return frozenset(
            Giving(StaffId(row.subject), StaffId(giver))
            for row in rows
            for giver in (row.issued_by, row.first_officer)
            if giver is not None and is_id(giver, "sta")
        )
