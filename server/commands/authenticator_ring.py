"""`tachiai key rotate authenticators`: another key for the secrets of all authenticators."""

from pathlib import Path
from typing import Final

import click

from server.commands.context import print_json, refuse
from server.commands.performing import done, say

AUTHENTICATORS: Final = "authenticators"


def rotate_authenticators(
    context: click.Context, retire: int | None, file: Path | None, *, as_json: bool
) -> None:
    from server.administration.ring_acts import (  # noqa: PLC0415
        RetireAuthenticatorKey,
        RotateAuthenticators,
    )

    if file is not None:
        _add_to(file)
        return
    act = RotateAuthenticators() if retire is None else RetireAuthenticatorKey(number=retire)
    answer = done(context, act)
    if as_json:
        print_json(answer)
        return
    say(
        f"The key {answer.key} seals all {answer.authenticators} authenticators, "
        f"{answer.changed} of them anew."
    )
    if answer.broken:
        say(f"{answer.broken} open with no key: those people need a new authenticator.")
    if answer.retired:
        say(f"The key {answer.retired} is taken out: backups from its time need a copy of it.")
    elif len(answer.keys) > 1:
        older = ", ".join(str(number) for number in answer.keys[:-1])
        say(
            f"Older keys still open what is in older backups: {older}. Take a backup with its keys, or copy the "
            "file of the ring, now; then take them out: tachiai key rotate authenticators --retire NUMBER"
        )


def _add_to(file: Path) -> None:
    from audit.kek import KeyUnavailable  # noqa: PLC0415
    from server.authenticator_ring import add_key  # noqa: PLC0415

    try:
        ring = add_key(file)
    except KeyUnavailable as error:
        refuse(f"{str(error).rstrip('.')}. Nothing was changed.")
    say(
        f"{file} holds the keys {', '.join(map(str, ring.keys))} now. Restart the server, then run "
        "`tachiai key rotate authenticators`, which seals everything with the newest."
    )
