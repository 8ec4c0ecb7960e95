"""Writing what leaves the log to a file: nobody but its owner reads it, and a file that was cut never has its name."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Final

from server.commands.context import refuse

_UNFINISHED: Final = ".unfinished"


@contextmanager
def finished_file(output: Path) -> Iterator[BinaryIO]:
    """Gives a file beside `output` that takes its name once all is written and synced. Ends the process if the name is
    taken or the folder cannot be written; where something else goes wrong, nothing is left."""
    unfinished = output.with_name(output.name + _UNFINISHED)
    if output.exists():
        refuse(f"{output} is there already, and was not changed. Remove it first, or give another name.")
    try:
        descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    except FileExistsError:
        refuse(
            f"{unfinished} is there already: another command writes it, or one was interrupted. Remove it."
        )
    except OSError as error:
        refuse(f"{output} cannot be written: {error.strerror}. Nothing was taken out.")
    try:
        with os.fdopen(descriptor, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.link(unfinished, output)  # unlike a rename, never over a file that came meanwhile
    finally:
        unfinished.unlink(missing_ok=True)
