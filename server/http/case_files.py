"""Officers' case files: parse, one call, render."""

from collections.abc import Mapping
from typing import Any

from aiohttp import web

from server.case_files import Opened
from server.evidence import NoEvidence
from server.http.case_file_shapes import (
    AddToFile,
    CloseFile,
    FileClosing,
    FileItem,
    FileNoteWritten,
    FileOpened,
    FileRow,
    FileShown,
    OfficerNamed,
    OpenFile,
    TakeFileOut,
    WriteFileNote,
)
from server.http.log_evidence import MEDIA
from server.http.pages import show_console
from server.http.routing import Call
from server.problems import Problem
from server.signalling.messages import FlagShown
from session import chat
from session.errors import ChatRefused
from support.case_file import LONGEST_REASON, LONGEST_TITLE, CaseFile, FiledItem, Finding, ItemKind
from support.identity import StaffId
from support.intake import IntakeRefused, plain_text
from support.staff import Staff


async def list_page(call: Call) -> web.Response:
    return await show_console(call, "security_files")


async def file_page(call: Call) -> web.Response:
    """The same for every name: what there is, and for whom, the interface says."""
    return await show_console(call, "security_file")


async def listed(call: Call) -> list[FileRow]:
    files = await call.services.case_files.desk.listed(call.staff.staff)
    return [FileRow(**_row(file, people)) for file, people in files]


async def open_file(call: Call) -> FileOpened:
    body: OpenFile = call.body
    title = _line(body.title, "title", LONGEST_TITLE)
    return FileOpened(id=await call.services.case_files.desk.open(title, body.flag, call.staff.staff))


async def show(call: Call) -> FileShown:
    opened = await call.services.case_files.desk.read(call.request.match_info["file"], call.staff.staff)
    flags = {one.id: one for one in await call.services.oversight.shown(list(opened.flags.values()))}
    contents = [_item(item, opened, flags) for item in opened.items]
    return FileShown(**_row(opened.file, opened.people), contents=contents)


async def add(call: Call) -> None:
    body: AddToFile = call.body
    file, kind = call.request.match_info["file"], ItemKind(body.kind)
    await call.services.case_files.desk.add(file, kind, body.named, call.staff.staff)


async def note(call: Call) -> FileNoteWritten:
    body: WriteFileNote = call.body
    try:
        chat.must_be_text(body.text)
    except ChatRefused as error:
        raise Problem(
            422, "does_not_fit", "A note is text without control characters. Nothing was kept."
        ) from error
    file = call.request.match_info["file"]
    return FileNoteWritten(index=await call.services.case_files.desk.note(file, body.text, call.staff.staff))


async def close(call: Call) -> None:
    body: CloseFile = call.body
    reason = _line(body.reason, "reason", LONGEST_REASON)
    file = call.request.match_info["file"]
    await call.services.case_files.desk.close(file, Finding(body.finding), reason, call.staff.staff)


async def take_out(call: Call) -> web.Response:
    body: TakeFileOut = call.body
    reason = _line(body.reason, "reason", LONGEST_REASON)
    file = call.request.match_info["file"]
    try:
        made = await call.services.case_files.evidence.make(file, reason, call.staff.staff)
    except NoEvidence as error:
        raise Problem(409, "no_evidence", f"{error} Nothing was taken out.") from error
    return web.Response(
        body=made.content,
        content_type=MEDIA,
        headers={"Content-Disposition": f'attachment; filename="case-file-{made.entry}.zip"'},
    )


def _line(text: str, what: str, longest: int) -> str:
    try:
        return plain_text(text, what=what, longest=longest)
    except IntakeRefused as refused:
        raise Problem(422, "reason_unusable", f"{refused} Nothing was changed.") from refused


def _row(file: CaseFile, people: Mapping[StaffId, Staff]) -> dict[str, Any]:
    closing = file.closing
    return {
        "id": file.id,
        "title": file.title,
        "opened_by": _officer(file.opened_by, people),
        "opened_at_ms": file.opened_at_ms,
        "items": file.items,
        "closing": None
        if closing is None
        else FileClosing(
            finding=closing.finding.value,
            reason=closing.reason,
            officer=_officer(closing.officer, people),
            at_ms=closing.at_ms,
        ),
    }


def _item(item: FiledItem, opened: Opened, flags: Mapping[str, FlagShown]) -> FileItem:
    known = {ItemKind.ENTRY, ItemKind.NOTE}
    entry = opened.entries.get(int(item.named)) if item.kind in known else None
    event = None if entry is None else entry.event
    text = event.facts.get("note") if event is not None and item.kind is ItemKind.NOTE else None
    return FileItem(
        kind=item.kind.value,
        named=item.named,
        index=item.log_index,
        officer=_officer(item.officer, opened.people),
        at_ms=item.at_ms,
        flag=flags.get(item.named) if item.kind is ItemKind.FLAG else None,
        text=text if isinstance(text, str) else None,
        event=event.name.value if event is not None and item.kind is ItemKind.ENTRY else None,
        event_at_ms=event.at_ms if event is not None and item.kind is ItemKind.ENTRY else None,
    )


def _officer(named: StaffId, people: Mapping[StaffId, Staff]) -> OfficerNamed:
    known = people.get(named)
    return OfficerNamed(name=known.name if known else "", number=known.number if known else "")
