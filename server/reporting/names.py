"""How a report's file is named: by the end of its period, and the entry that announced it."""

import re
from datetime import UTC, datetime
from typing import Final

NAME: Final = re.compile(r"report-(\d{8}T\d{6}Z)-(\d{1,16})\.(html|json|pdf)", re.ASCII)


def file_name(to_ms: int, entry: int, form: str) -> str:
    moment = datetime.fromtimestamp(to_ms / 1000, UTC).strftime("%Y%m%dT%H%M%SZ")
    return f"report-{moment}-{entry}.{form}"
