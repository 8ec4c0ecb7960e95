"""Modules put into one script: in the order of a browser, each once, and nothing that is not understood."""

import hashlib
import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from server.cli import tachiai
from server.installation import web_folder
from server.standalone.bundle import BundleRefused, bundle
from server.standalone.receipt_checker import receipt_checker


def modules(folder: Path, **sources: str) -> Path:
    for name, source in sources.items():
        (folder / f"{name}.js").write_text(source, encoding="utf-8")
    return folder


def test_each_module_comes_once_and_before_those_that_import_it(tmp_path: Path) -> None:
    folder = modules(
        tmp_path,
        a='import { one } from "./b.js";\nimport { two } from "./c.js";\none(two);\n',
        b='import { two as other } from "./c.js";\nexport function one() {\n  return other;\n}\n',
        c='import "./d.js";\nconst INNER = 2;\nexport { INNER as two };\n',
        d="export const nothing = 0;\n",
    )
    script = bundle(folder, "a.js")
    assert re.findall(r"^// (\w)\.js$", script, re.MULTILINE) == ["d", "c", "b", "a"]
    assert "return { two: INNER };" in script
    assert "const { two: other } = module1;" in script


@pytest.mark.parametrize(
    "source",
    [
        "export default 1;\n",
        'export * from "./b.js";\n',
        'import everything from "./b.js";\n',
        'import * as b from "./b.js";\n',
        'import { a } from "https://elsewhere.example/b.js";\n',
        "const later = import(name);\n",
        'import { a-b } from "./b.js";\n',
        'const text = "</script>";\n',
        'import { a } from "./a.js";\nexport const b = 1;\n',
    ],
)
def test_what_is_not_understood_is_refused(tmp_path: Path, source: str) -> None:
    with pytest.raises(BundleRefused):
        bundle(modules(tmp_path, a=source, b="export const a = 1;\n"), "a.js")


def test_the_checker_is_the_same_each_time_and_asks_nothing_of_anybody() -> None:
    made = receipt_checker(web_folder())
    assert made == receipt_checker(web_folder())
    text = made.decode()
    assert not re.search(r'\b(?:src|href)="(?!#)', text)
    assert not re.search(r"\burl\(|@import|fetch\(|XMLHttpRequest|WebSocket", text)
    assert "default-src &#x27;none&#x27;" in text
    assert "connect-src" not in text


def test_the_command_writes_it_once_and_says_how_to_compare_it(tmp_path: Path) -> None:
    place = tmp_path / "check.html"
    runner = CliRunner()
    made = runner.invoke(tachiai, ["audit", "receipt-checker", "-o", str(place)])
    assert made.exit_code == 0
    assert hashlib.sha256(place.read_bytes()).hexdigest() in made.output
    before = place.stat().st_mtime_ns
    again = runner.invoke(tachiai, ["audit", "receipt-checker", "-o", str(place)])
    assert (again.exit_code, place.stat().st_mtime_ns) == (2, before)
    nowhere = runner.invoke(tachiai, ["audit", "receipt-checker", "-o", str(tmp_path / "none" / "x.html")])
    assert nowhere.exit_code == 2
