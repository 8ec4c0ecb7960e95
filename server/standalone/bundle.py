"""Our modules as one script. Only the few forms of import and export that they use are known; any other is refused."""

import posixpath
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

_IMPORT: Final = re.compile(r'^import (?:\{([^}]*)\} from )?"(\.[^"]+)";\n', re.MULTILINE)
_DECLARED: Final = re.compile(r"^export (?=(?:const|class|function|async function) (\w+))", re.MULTILINE)
_LISTED: Final = re.compile(r"^export \{([^}]*)\};\n", re.MULTILINE)
_LEFT_OVER: Final = re.compile(r"^(?:import|export)\b.*|\bimport\((?!\")", re.MULTILINE)


class BundleRefused(Exception):
    """A module is written in a form that cannot be put into one script. The sentence names it."""


@dataclass(slots=True)
class _Bundle:
    folder: Path
    parts: list[str] = field(default_factory=list)
    names: dict[str, str] = field(
        default_factory=dict
    )  # of the modules that are in, "" while theirs are put in


def bundle(folder: Path, entry: str) -> str:
    """The script of `entry` (a path below `folder`) with all that it imports, each module once, in the order in which a
    browser would run them. Raises BundleRefused."""
    made = _Bundle(folder)
    _add(made, entry)
    script = "".join(made.parts)
    if re.search(r"</script|<!--", script, re.IGNORECASE):
        raise BundleRefused(f"{entry} holds text that would end a script element")
    return f'"use strict";\n{script}'


def _add(made: _Bundle, path: str) -> str:
    """The name that the module's exports have in the script."""
    known = made.names.get(path)
    if known == "":
        raise BundleRefused(f"{path} imports itself by a detour")
    if known is not None:
        return known
    made.names[path] = ""
    source = (made.folder / path).read_text("utf-8")
    taken: list[str] = []
    for names, place in _IMPORT.findall(source):
        other = _add(made, posixpath.normpath(posixpath.join(posixpath.dirname(path), place)))
        if names:
            taken.append(f"const {{ {', '.join(_pairs(names, path))} }} = {other};\n")
    body = _IMPORT.sub("", source)
    given = [f"{name}" for name in _DECLARED.findall(body)]
    for names in _LISTED.findall(body):
        given += [": ".join(reversed(pair.split(": "))) for pair in _pairs(names, path)]
    body = _LISTED.sub("", _DECLARED.sub("", body))
    if found := _LEFT_OVER.search(_without_comments(body)):
        raise BundleRefused(f"{path} has a form that is not known here: {found[0]}")
    name = f"module{len(made.parts)}"
    made.parts.append(
        f"// {path}\nconst {name} = (() => {{\n{''.join(taken)}{body}return {{ {', '.join(given)} }};\n}})();\n"
    )
    made.names[path] = name
    return name


def _pairs(names: str, path: str) -> list[str]:
    """`a, b as c` as the members of a pattern: `a`, `b: c`."""
    pairs = [name.strip() for name in names.split(",") if name.strip()]
    for pair in pairs:
        if not re.fullmatch(r"\w+( as \w+)?", pair):
            raise BundleRefused(f"{path} names {pair!r}, which is no name")
    return [pair.replace(" as ", ": ") for pair in pairs]


def _without_comments(source: str) -> str:
    """Good enough to look for words: types in comments name modules too."""
    return re.sub(r"/\*.*?\*/", "", source, flags=re.DOTALL)
