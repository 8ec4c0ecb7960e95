"""Pictures of figures, as SVG inside the page: bars, with their numbers beside them in a table.

They have no script and no colours of their own: the page's style paints them.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from markupsafe import Markup, escape

WIDTH: Final = 640
HEIGHT: Final = 160
_FOOT: Final = 18  # for the labels below the bars
_HEAD: Final = 14  # for the number above the highest
_MOST_LABELS: Final = 8


@dataclass(frozen=True, slots=True)
class Bar:
    """`parts` stand on each other, the first at the bottom. `mark` is a line across, for what is usual there."""

    label: str
    parts: Sequence[int]
    mark: float | None = None

    @property
    def whole(self) -> int:
        return sum(self.parts)


def bars(title: str, points: Sequence[tuple[str, int]]) -> Markup:
    """One bar a point, from the left to the right. The title and the numbers are for those who do not see it, too."""
    return stacked(title, "", [Bar(label, [value]) for label, value in points])


def stacked(title: str, about: str, drawn: Sequence[Bar]) -> Markup:
    """`about` says in words what is to be seen. A second part is painted as `part-1`, a third as `part-2`."""
    step = WIDTH / max(1, len(drawn))
    every = -(-len(drawn) // _MOST_LABELS) or 1
    highest = max((bar.whole for bar in drawn), default=0)
    top = max([highest, *(bar.mark for bar in drawn if bar.mark is not None)])
    parts = [
        f'<svg class="chart" role="img" viewBox="0 0 {WIDTH} {HEIGHT}"><title>',
        str(escape(title)),
        "</title>",
        f"<desc>{escape(about)}</desc>" if about else "",
        f'<line class="ground" x1="0" y1="{HEIGHT - _FOOT}" x2="{WIDTH}" y2="{HEIGHT - _FOOT}"/>',
    ]
    for place, bar in enumerate(drawn):
        left, middle = place * step, place * step + step / 2
        parts += _bar(bar, left, step, top)
        if bar.whole == highest and highest:
            above = HEIGHT - _FOOT - _tall(bar.whole, top) - 3
            parts.append(f'<text class="top" x="{middle:.1f}" y="{above:.1f}">{bar.whole}</text>')
        if place % every == 0:
            parts.append(f'<text class="foot" x="{middle:.1f}" y="{HEIGHT - 4}">{escape(bar.label)}</text>')
    return Markup("".join([*parts, "</svg>"]))  # noqa: S704  # texts are escaped, the rest are our own numbers


def _bar(bar: Bar, left: float, step: float, top: float) -> Iterator[str]:
    below = 0
    for number, value in enumerate(bar.parts):
        if value:
            tall, foot = _tall(value, top), HEIGHT - _FOOT - _tall(below, top)
            yield (
                f'<rect class="bar{f" part-{number}" if number else ""}" x="{left + step * 0.15:.1f}" '
                f'y="{foot - tall:.1f}" width="{step * 0.7:.1f}" height="{tall:.1f}"/>'
            )
        below += value
    if bar.mark is not None and top:
        at = HEIGHT - _FOOT - _tall(bar.mark, top)
        yield f'<line class="mark" x1="{left:.1f}" y1="{at:.1f}" x2="{left + step:.1f}" y2="{at:.1f}"/>'


def _tall(value: float, top: float) -> float:
    return (HEIGHT - _FOOT - _HEAD) * value / top if top else 0.0
