"""`tachiai flags`: what a detector would have said of your own last weeks."""

import click

from server.commands.context import as_json_option, print_json
from server.commands.performing import done, print_table


@click.group()
def flags() -> None:
    """Flags and the detectors that raise them. Officers read and judge flags on /security."""


@flags.command(name="what-if")
@click.option("--detector", required=True, help="Its name, for instance unlinked_drift.")
@click.option(
    "--threshold", type=float, default=None, help="Another than it ships with, in the unit of its score."
)
@click.option("--weeks", type=click.IntRange(1, 26), default=4, show_default=True, help="The last ones.")
@as_json_option
@click.pass_context
def what_if(
    context: click.Context, detector: str, threshold: float | None, weeks: int, as_json: bool
) -> None:
    """Read the log again and say how many flags and blocks there would have been. Nothing is changed.

    With officers' verdicts on earlier flags it also says how many of those would have been raised. A large log takes
    minutes; a running server goes on meanwhile.
    """
    from server.administration.flag_acts import WhatIf  # noqa: PLC0415

    told = done(context, WhatIf(detector=detector, threshold=threshold, weeks=weeks))
    if as_json:
        print_json(told)
        return
    chosen = "-" if told.threshold is None else f"{told.threshold:g} (ships with {told.shipped:g})"
    print_table(
        ("detector", told.detector),
        [
            ("threshold", chosen),
            ("weeks", str(told.weeks)),
            ("flags", f"{told.flags}, about {told.agents} agents or others"),
            ("blocks asked for", str(told.blocks)),
            (
                "flags an agent-week",
                f"{told.rate:.4f} of {told.agent_weeks}; {told.budget} false ones can be borne",
            ),
            ("judged right", f"{told.confirmed_kept} of {told.confirmed} would have been raised"),
            ("judged nothing", f"{told.dismissed_kept} of {told.dismissed} would have been raised"),
        ],
    )
