"""Rows of the route table: officers' case files, and their pages."""

from typing import Final

from server.http import case_file_shapes as shapes
from server.http import case_files
from server.http.log_evidence import MEDIA
from server.http.routing import OFFICER, Kind, Route

_API: Final = "/api/v1/security/files"
_ONE: Final = f"{_API}/{{file}}"

CASE_FILE_ROUTES: Final = (
    Route(
        method="GET",
        path="/security/files",
        handler=case_files.list_page,
        who=OFFICER,
        kind=Kind.PAGE,
        summary="Case files",
    ),
    Route(
        method="GET",
        path="/security/files/{file}",
        handler=case_files.file_page,
        who=OFFICER,
        kind=Kind.PAGE,
        summary="A case file; what it holds comes by the interface, which judges",
    ),
    Route(
        method="GET",
        path=_API,
        handler=case_files.listed,
        who=OFFICER,
        answer=list[shapes.FileRow],
        summary="Case files that do not concern oneself, open ones first; recorded",
    ),
    Route(
        method="POST",
        path=_API,
        handler=case_files.open_file,
        who=OFFICER,
        request=shapes.OpenFile,
        answer=shapes.FileOpened,
        status=201,
        problems=(404, 409, 429),
        summary="Open a case file, from a flag or empty",
    ),
    Route(
        method="GET",
        path=_ONE,
        handler=case_files.show,
        who=OFFICER,
        answer=shapes.FileShown,
        problems=(404,),
        summary="A case file with all that it holds; recorded",
    ),
    Route(
        method="POST",
        path=f"{_ONE}/items",
        handler=case_files.add,
        who=OFFICER,
        request=shapes.AddToFile,
        status=204,
        problems=(404, 409, 429),
        summary="Add a flag, an entry of the log or a session; nothing is taken out again",
    ),
    Route(
        method="POST",
        path=f"{_ONE}/notes",
        handler=case_files.note,
        who=OFFICER,
        request=shapes.WriteFileNote,
        answer=shapes.FileNoteWritten,
        status=201,
        problems=(404, 409, 429),
        summary="Write a note: an entry of the log, which nobody edits",
    ),
    Route(
        method="POST",
        path=f"{_ONE}/close",
        handler=case_files.close,
        who=OFFICER,
        request=shapes.CloseFile,
        status=204,
        problems=(404, 409, 429),
        summary="Close it with a finding, which its flags get that nobody has judged",
    ),
    Route(
        method="POST",
        path=f"{_ONE}/evidence",
        handler=case_files.take_out,
        who=OFFICER,
        request=shapes.TakeFileOut,
        answer=bytes,
        media=MEDIA,
        problems=(404, 409),
        fresh=True,
        summary="The file as a bundle of evidence, as a zip; recorded with the reason",
    ),
)
