"""Moments on the command line."""

from datetime import UTC, datetime

import click


class Moment(click.ParamType[int]):
    """UTC unless an offset is told; to UTC milliseconds."""

    name = "time"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> int:
        try:
            at = datetime.fromisoformat(str(value))
        except ValueError:
            self.fail(
                "A time is 2025-11-24 or 2025-11-24T09:30, UTC unless an offset such as +09:00 follows.",
                param,
                ctx,
            )
        return int((at if at.tzinfo is not None else at.replace(tzinfo=UTC)).timestamp() * 1000)
