"""What agents write down in a case. The log is where it stands; nothing of it is edited or taken back."""

from server.case_notes import Note
from server.http.case_note_shapes import NoteShown, NotesShown, WriteNote
from server.http.routing import Call


async def write(call: Call) -> NoteShown:
    body: WriteNote = call.body
    staff = call.staff.staff
    live = call.services.conductor.live()
    case = call.request.match_info["case"]
    own = (str(one.id) for one in live if str(one.case) == case and str(one.agent) == str(staff.id))
    session = next(own, None)
    return _shown(await call.services.case_notes.write(case, staff, body.text, session))


async def show(call: Call) -> NotesShown:
    found = await call.services.case_notes.of(call.request.match_info["case"], call.staff.staff)
    return NotesShown(notes=[_shown(note) for note in found.notes], more=found.more, closed=found.closed)


def _shown(note: Note) -> NoteShown:
    return NoteShown(index=note.index, at_ms=note.at_ms, name=note.name, number=note.number, text=note.text)
