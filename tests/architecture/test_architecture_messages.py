"""The server's own messages: each has a sentence that stays the same, and docs/observability.md explains it."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

LEVELS = {"debug", "info", "warning", "error", "exception", "critical"}
OWNERS = {"_log", "self._log"}
ELSEWHERE = {"library message"}  # told by the handler of the standard library's logging


def messages(root: Path) -> Iterator[tuple[str, str]]:
    """(where, the first argument's text) of every call of a structured logger."""
    for path in sorted((root / "server").rglob("*.py")):
        source = path.read_text(encoding="utf-8")
        if "structlog.get_logger" not in source:
            continue
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.Call) and is_message(node.func):
                first = node.args[0] if node.args else ast.Constant("")
                told = first.value if isinstance(first, ast.Constant) else ""
                yield f"{path.relative_to(root)}:{node.lineno}", str(told)


def is_message(called: ast.expr) -> bool:
    return isinstance(called, ast.Attribute) and called.attr in LEVELS and ast.unparse(called.value) in OWNERS


def test_every_message_is_one_constant_sentence(root: Path) -> None:
    found = list(messages(root))
    assert len(found) > 20
    assert [where for where, sentence in found if not sentence] == []


def test_every_message_is_explained_and_none_is_explained_that_is_never_told(root: Path) -> None:
    text = (root / "docs" / "observability.md").read_text(encoding="utf-8").split("## Messages")[1]
    explained = set(re.findall(r"^\| `([^`]+)` \|", text, re.MULTILINE))
    assert explained == {sentence for _, sentence in messages(root)} | ELSEWHERE
