"""A blob as a verifier sees it: its name is the hash of its bytes. Which entry names it only its readers know."""

import re
from typing import Final

from audit.blobs import blob_name, blob_path, is_blob
from audit.report import ExitCode, Findings

_NAME: Final = re.compile(r"blob/[0-9a-f]{2}/([0-9a-f]{64})", re.ASCII)


def check_blob(name: str, data: bytes | None, findings: Findings) -> bool:
    """False if no blob has such a name. `data` is None if the file went meanwhile."""
    match = _NAME.fullmatch(name)
    if match is None or blob_path(match[1]) != name:
        return False
    if data is not None and (blob_name(data) != match[1] or not is_blob(data)):
        findings.add(ExitCode.TAMPERED, "a blob was changed: its bytes do not hash to its name", file=name)
    return True
