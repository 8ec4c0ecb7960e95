"""Taking entries out of the log, as the host asks for it: begun, fetched piece by piece, ended; and what was taken."""

from typing import Final

from audit.event import Actor, EventName
from audit.export.formats import Format
from audit.keystore import KeystoreFailed, KeyUnavailable
from audit.public import PublicDamaged
from audit.reader import EntryUnreadable
from server.administration import export_acts as acts
from server.administration.errors import ActRefused, CannotReach
from server.administration.ground import Ground
from server.administration.search_office import SearchOffice
from server.evidence import NoEvidence
from server.exports import Asked, Export, ExportsBusy
from server.exports_made import exports_made

UNREADABLE: Final = (EntryUnreadable, PublicDamaged, KeystoreFailed, KeyUnavailable)


class ExportOffice:
    def __init__(self, ground: Ground, searches: SearchOffice) -> None:
        self._ground, self._searches = ground, searches
        self._open: dict[int, Export] = {}

    async def begin(self, act: acts.BeginExport, by: Actor) -> acts.ExportBegun:
        if act.start >= act.stop:
            raise ActRefused("The range ends before it begins. Nothing was taken out.")
        query = await self._searches.query(act.wanted, by)
        asked = Asked(Format(act.format), query, act.start, act.stop)
        try:
            export = await self._ground.exports.begin(asked, by, EventName.OPERATOR_LOG_EXPORTED)
        except ExportsBusy:
            raise ActRefused("Other exports are under way. Try again when they are over.") from None
        self._open = {index: one for index, one in self._open.items() if not one.over}
        self._open[export.index] = export
        selection = export.made.selection
        return acts.ExportBegun(export=export.index, start=selection.start, stop=selection.stop)

    async def next(self, act: acts.NextPiece, _: Actor) -> acts.ExportPiece:
        export = self._open.get(act.export)
        if export is None or export.over:
            raise ActRefused("This export is not under way. Begin it anew.")
        try:
            content = await export.piece()
        except UNREADABLE as error:
            self._leave(act.export)
            raise CannotReach(f"The log cannot be read on: {error}. Verify it.") from error
        except BaseException:
            self._leave(act.export)
            raise
        if export.over:
            self._open.pop(act.export, None)
        made = export.made
        return acts.ExportPiece(
            content=content,
            position=made.position,
            over=export.over,
            count=made.count,
            closed=made.unreadable,
            sha256=made.sha256,
        )

    async def leave(self, act: acts.LeaveExport, _: Actor) -> acts.ExportLeft:
        self._leave(act.export)
        return acts.ExportLeft()

    async def show_all(self, act: acts.ListExports, by: Actor) -> acts.ExportList:
        customer = None if act.customer is None else await self._searches.customer(act.customer, by)
        facts = {"what": "exports"} | ({} if customer is None else {"customer": customer})
        await self._ground.register.look(EventName.OPERATOR_LOG_READ, by, facts)
        return acts.ExportList(exports=await exports_made(self._ground.log_search, customer))

    async def prove(self, act: acts.MakeEvidence, by: Actor) -> acts.EvidenceGiven:
        try:
            made = await self._ground.evidence.make(
                act.session, act.reason, by, EventName.OPERATOR_EVIDENCE_EXPORTED
            )
        except NoEvidence as error:
            raise ActRefused(str(error)) from error
        except UNREADABLE as error:
            raise CannotReach(f"The log cannot be read: {error}. Verify it.") from error
        return acts.EvidenceGiven(
            content=made.content, sha256=made.sha256, entry=made.entry, entries=made.entries
        )

    def _leave(self, index: int) -> None:
        found = self._open.pop(index, None)
        if found is not None:
            found.abandon()
