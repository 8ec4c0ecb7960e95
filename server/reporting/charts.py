"""Pictures of figures, as SVG inside the page: bars, with their numbers beside them in a table.

They have no script and no colours of their own: the page's style paints them.
"""

from collections.abc import Sequence
from typing import Final

from markupsafe import Markup, escape

WIDTH: Final = 640
HEIGHT: Final = 160
_FOOT: Final = 18  # for the labels below the bars
_HEAD: Final = 14  # for the number above the highest
_MOST_LABELS: Final = 8


def bars(title: str, points: Sequence[tuple[str, int]]) -> Markup:
    """One bar a point, from the left to the right. The title and the numbers are for those who do not see it, too."""
    highest = max((value for _, value in points), default=0)
    step = WIDTH / max(1, len(points))
    room = HEIGHT - _FOOT - _HEAD
    every = -(-len(points) // _MOST_LABELS) or 1
    parts = [
        f'<svg class="chart" role="img" viewBox="0 0 {WIDTH} {HEIGHT}"><title>',
        str(escape(title)),
        "</title>",
        f'<line class="ground" x1="0" y1="{HEIGHT - _FOOT}" x2="{WIDTH}" y2="{HEIGHT - _FOOT}"/>',
    ]
    for place, (label, value) in enumerate(points):
        tall = room * value / highest if highest else 0
        left, top = place * step, HEIGHT - _FOOT - tall
        if value:
            parts.append(
                f'<rect class="bar" x="{left + step * 0.15:.1f}" y="{top:.1f}" width="{step * 0.7:.1f}" '
                f'height="{tall:.1f}"/>'
            )
        if value == highest and highest:
            parts.append(f'<text class="top" x="{left + step / 2:.1f}" y="{top - 3:.1f}">{value}</text>')
        if place % every == 0:
            parts.append(
                f'<text class="foot" x="{left + step / 2:.1f}" y="{HEIGHT - 4}">{escape(label)}</text>'
            )
    return Markup("".join([*parts, "</svg>"]))  # noqa: S704  # texts are escaped, the rest are our own numbers
