"""The rows of the route table for an agent's cases: the masked record and the notes."""

from typing import Final

from server.http import case_note_shapes as notes
from server.http import case_notes, cases, shapes
from server.http.routing import AGENT, SENSITIVE, Owned, Route

API: Final = "/api/v1"

CASE_ROUTES: Final = (
    Route(
        method="GET",
        path=f"{API}/cases",
        handler=cases.list_own,
        who=AGENT,
        answer=list[shapes.CaseRow],
        summary="Own cases",
    ),
    Route(
        method="GET",
        path=f"{API}/cases/{{case}}",
        handler=cases.open_record,
        who=AGENT,
        owned=Owned.CASE,
        answer=shapes.CaseRecord,
        problems=(409,),
        summary="A case's record, masked; recorded",
    ),
    Route(
        method="POST",
        path=f"{API}/cases/{{case}}/unmaskings",
        handler=cases.unmask,
        who=AGENT,
        owned=Owned.CASE,
        request=shapes.Unmask,
        answer=shapes.UnmaskedField,
        assured=SENSITIVE,
        problems=(409,),
        summary="One field in the clear; recorded",
    ),
    Route(
        method="GET",
        path=f"{API}/cases/{{case}}/notes",
        handler=case_notes.show,
        who=AGENT,
        owned=Owned.CASE,
        answer=notes.NotesShown,
        problems=(409,),
        summary="The latest notes of a case; recorded",
    ),
    Route(
        method="POST",
        path=f"{API}/cases/{{case}}/notes",
        handler=case_notes.write,
        who=AGENT,
        owned=Owned.CASE,
        request=notes.WriteNote,
        answer=notes.NoteShown,
        status=201,
        problems=(409, 429),
        summary="Write a note: an entry of the log, which nobody edits",
    ),
)
