"""Structured logs on standard error. Redaction is the first processor: what it drops no later one can print."""

import logging
import re
import sys
import traceback
from collections.abc import Iterator, MutableMapping
from pathlib import Path
from typing import Any, Final, TextIO

import structlog

DROPPED: Final = "[dropped]"
_SECRET_KEY: Final = re.compile(
    r"code|password|passphrase|token|secret|sdp|ticket|cookie|authorization|signature|document|username|pepper|kek",
    re.IGNORECASE,
)
LIBRARY_MESSAGES: Final = 20  # of one place in a library's code and one kind of error, a minute
_OWN_LOGGERS: Final = ("tachiai.", "session.", "audit.")
# Codes of the trade that are no secrets, though their names say "code".
_INNOCENT_KEYS: Final = frozenset({"exit_code", "status_code", "close_code", "problem_code"})


def configure(level: str = "info", *, stream: TextIO | None = None) -> None:
    """Send all logs, ours and the libraries', through one chain to `stream` (standard error)."""
    out = stream or sys.stderr
    structlog.configure(
        processors=[
            redact,
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            place_exception,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(level.upper())),
        logger_factory=structlog.PrintLoggerFactory(out),
        cache_logger_on_first_use=False,
    )
    _adopt_library_logs(out, level)


def redact(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Drop the values of all keys that may hold a secret or somebody's words, at any depth."""
    return {key: _cleaned(key, value) for key, value in event.items()}


def place_exception(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """An exception's types and places, never its message: a driver's message quotes the row that it failed on."""
    error = event.pop("exc_info", None)
    if error is True:
        error = sys.exc_info()[1]
    if isinstance(error, BaseException):
        frames = traceback.extract_tb(error.__traceback__)[-12:]
        event["error"] = [type(link).__name__ for link in _chain(error)]
        event["places"] = [f"{Path(frame.filename).name}:{frame.lineno}:{frame.name}" for frame in frames]
    return event


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def _cleaned(key: str, value: Any) -> Any:
    if _SECRET_KEY.search(key) and key not in _INNOCENT_KEYS:
        return DROPPED
    if isinstance(value, dict):
        return {str(inner): _cleaned(str(inner), member) for inner, member in value.items()}
    if isinstance(value, (list, tuple)):
        return [_cleaned(key, member) for member in value]
    return value


class _LibraryHandler(logging.Handler):
    """Records of the standard library's logging. Ours speak in sentences; a library's message may quote input, so of
    those only place and kind are kept, and of one place and error at most `LIBRARY_MESSAGES` a minute: strangers'
    requests that are no HTTP are told of by a library, and whoever sends many would fill the disk. What was left out
    is counted in the next message of that kind."""

    def __init__(self) -> None:
        super().__init__()
        self._told: dict[str, list[int]] = {}  # by place and error: minute, told in it, left out since

    def emit(self, record: logging.LogRecord) -> None:
        error = record.exc_info[1] if record.exc_info else None
        own = record.name.startswith(_OWN_LOGGERS)
        place = f"{record.module}:{record.lineno}"
        kind = f"{record.name} {place} {type(error).__name__}"
        left_out = 0 if own else self._left_out(kind, int(record.created // 60))
        if left_out is None:
            return
        structlog.get_logger().log(
            record.levelno,
            "library message",
            library=record.name,
            place=place,
            sentence=record.getMessage() if own else None,
            error=type(error).__name__ if error else None,
            left_out=left_out,
        )

    def _left_out(self, kind: str, minute: int) -> int | None:
        """How many of this kind were left out before this one; None if this one is, too."""
        told = self._told.setdefault(kind, [minute, 0, 0])
        if told[0] != minute:
            told[0], told[1] = minute, 0
        if told[1] >= LIBRARY_MESSAGES:
            told[2] += 1
            return None
        told[1] += 1
        left_out, told[2] = told[2], 0
        return left_out


def _adopt_library_logs(out: TextIO, level: str) -> None:
    root = logging.getLogger()
    for handler in list(root.handlers):
        if isinstance(handler, _LibraryHandler):
            root.removeHandler(handler)
    root.addHandler(_LibraryHandler())
    root.setLevel(max(logging.WARNING, logging.getLevelName(level.upper())))
    logging.captureWarnings(capture=out is sys.stderr)
