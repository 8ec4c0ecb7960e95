"""The report as PDF, set by Typst. Data goes in as JSON; no file is read but the template, and no package fetched."""

import json
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Final

from audit.self_audit.report import Report
from server.http.catalogues import Catalogue
from server.reporting.sheet import sheet

TEMPLATE: Final = "report.typ"
LATIN: Final = ("DejaVu Sans", "Liberation Sans", "Libertinus Serif")  # the last one comes with Typst
JAPANESE: Final = (
    "Noto Sans CJK JP",
    "Noto Sans JP",
    "IPAexGothic",
    "IPAGothic",
    "IPAPGothic",
    "Hiragino Sans",
    "Yu Gothic",
)
NEEDING: Final = {"ja": JAPANESE}  # languages whose letters no Latin font has


class PaperUnavailable(Exception):
    """A PDF cannot be made here. The sentence says what to install."""


def paper_form(web: Path, words: Catalogue, families: list[str] | None = None) -> Callable[[Report], bytes]:
    """`web` is the web client's folder; `families` are the fonts there are, this machine's unless given. Raises
    PaperUnavailable, so that nothing is announced that cannot be made."""
    try:
        import typst  # noqa: PLC0415  # an extra: whoever needs no PDF does without
    except ImportError as error:
        raise PaperUnavailable(
            "A PDF needs the Python package typst: install Tachiai with its extra `report` (uv sync --extra report), "
            "or ask for html, which prints as well."
        ) from error
    source = (web / "standalone" / TEMPLATE).read_bytes()
    fonts = _fonts(typst.Fonts().families() if families is None else families, words.language)

    def form(report: Report) -> bytes:
        data = json.dumps({**sheet(report, words), "fonts": fonts})
        with tempfile.TemporaryDirectory() as empty:
            compiler = typst.Compiler(
                source,
                root=empty,
                sys_inputs={"report": data},
                package_path=empty,
                package_cache_path=empty,
            )
            made = compiler.compile(format="pdf", timestamp=report.to_ms // 1000)
        if not isinstance(made, bytes):
            raise PaperUnavailable("Typst made no PDF. Ask for html.")
        return made

    return form


def _fonts(there: list[str], language: str) -> list[str]:
    needed = NEEDING.get(language, ())
    found = [name for name in (*LATIN, *needed) if name in there]
    if needed and not set(needed) & set(there):
        raise PaperUnavailable(
            "No font on this machine has Japanese letters, and a PDF with empty boxes helps nobody. Install one, on "
            "Debian the package fonts-ipafont-gothic or fonts-noto-cjk, or ask for html or another --language."
        )
    return found
