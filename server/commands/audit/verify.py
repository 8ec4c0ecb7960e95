"""`tachiai audit verify`: looking at a log as an outsider would."""

import sys
from pathlib import Path

import click

from server.commands.context import as_json_option


@click.command()
@click.argument("log", metavar="DIR|URL")
@click.option("--key", default=None, help="The verifier key that you were told, or a file that holds it.")
@click.option(
    "--state",
    type=click.Path(path_type=Path),
    default=None,
    help="Your own memory of the log: what was seen before must go on, and only newer entries are read.",
)
@click.option("--full", is_flag=True, help="Read every entry again, whatever the state file remembers.")
@click.option(
    "--lockstate",
    type=click.Path(path_type=Path),
    default=None,
    help="The log's lockstate, where it is kept apart.",
)
@click.option(
    "--policy",
    type=click.Path(path_type=Path),
    default=None,
    help="A witness policy (C2SP tlog-policy): enough of its witnesses must have signed, and lately.",
)
@click.option(
    "--accept-restart",
    "accepted",
    metavar="EPOCH:HASH",
    multiple=True,
    help="A new beginning of the seals that the log's keeper told you of, as after a restore. Remembered by --state.",
)
@click.option("--quiet", is_flag=True, help="Say nothing if it is good.")
@as_json_option
def verify(
    log: str,
    key: str | None,
    state: Path | None,
    full: bool,
    lockstate: Path | None,
    policy: Path | None,
    accepted: tuple[str, ...],
    quiet: bool,
    as_json: bool,
) -> None:
    """Is the log in a folder, or at an address, whole and unchanged? Exit code 0 only if it is.

    DIR is the log's folder or a copy of its public part; URL is where that part is published (https, or http on this
    machine itself), such as https://HOST/log/.

    \b
    Exit codes:
       0  good
       2  nothing was verified: no folder, no key, a file that cannot be read
      10  tampered: a byte was changed
      11  rolled back, or another history of the same log
      12  too few witnesses have signed, or too long ago (with --policy)
      13  incomplete: empty, not signed or sealed yet, or files missing
    """
    from audit.commands import Manner, on_terminal, verify_command  # noqa: PLC0415
    from audit.receipts.keys import KeysRefused, policy_in  # noqa: PLC0415
    from audit.seals.record import RecordInvalid, Restart  # noqa: PLC0415
    from audit.verify import Asked  # noqa: PLC0415

    try:
        restarts = frozenset(map(Restart.parse, accepted))
    except RecordInvalid as error:
        raise click.BadParameter(str(error), param_hint="--accept-restart") from error
    try:
        asked_of = None if policy is None else policy_in(policy)
    except KeysRefused as error:
        raise click.BadParameter(str(error), param_hint="--policy") from error
    manner = Manner(as_json=as_json, quiet=quiet)
    with on_terminal(Asked(full=full, accepted=restarts, policy=asked_of), manner) as asked:
        code = verify_command(log, key, state, sys.stdout.write, lockstate, asked=asked, manner=manner)
    sys.exit(code)
