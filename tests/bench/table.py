"""How a bench prints its rows: one JSON object a line for machines, a table for people.

A row is `{"name", "at": {parameter: value}, "unit", "ours", "against": {peer: figure}, "ratio": {peer: ours/peer}}`.
"""

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import TypedDict


class Row(TypedDict):
    name: str
    at: Mapping[str, int | float | str]
    unit: str
    ours: float
    against: Mapping[str, float]
    ratio: Mapping[str, float]


def row(
    name: str, at: Mapping[str, int | float | str], unit: str, ours: float, against: Mapping[str, float]
) -> Row:
    """The ratios are worked out here, so that every bench means the same by them. A peer's zero has no ratio."""
    ratio = {peer: ours / figure for peer, figure in against.items() if figure}
    return Row(name=name, at=at, unit=unit, ours=ours, against=against, ratio=ratio)


def show(rows: Iterable[Row], *, as_json: bool) -> None:
    if as_json:
        for each in rows:
            sys.stdout.write(json.dumps(each) + "\n")
            sys.stdout.flush()
        return
    lines = [["bench", "at", "unit", "ours", "against", "ratio"], *(cells(each) for each in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(lines[0]))]
    for line in lines:
        sys.stdout.write(
            "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() + "\n"
        )


def cells(each: Row) -> Sequence[str]:
    at = ", ".join(f"{name}={value}" for name, value in each["at"].items())
    against = ", ".join(f"{peer} {figure:,.4g}" for peer, figure in each["against"].items())
    ratio = ", ".join(f"{figure:.3g}x" for figure in each["ratio"].values())
    return [each["name"], at, each["unit"], f"{each['ours']:,.4g}", against, ratio]
