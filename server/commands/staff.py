"""`tachiai agent` and `tachiai officer`: who works here."""

from typing import TYPE_CHECKING

import click

from server.commands.context import as_json_option, print_json
from server.commands.performing import done, moment, print_table, say

if TYPE_CHECKING:
    from server.administration.acts import Desk, LinkGiven, ResetAsked

__all__ = ["agent", "officer"]
_FIELDS = ("username", "name", "number", "team", "role", "state")


@click.group()
def agent() -> None:
    """Agents and supervisors."""


@click.group()
def officer() -> None:
    """Security officers and administrators."""


def _invite(role_choices: tuple[str, ...]) -> click.Command:
    @click.command(name="invite")
    @click.argument("username")
    @click.option("--name", required=True, help="As customers see it.")
    @click.option(
        "--number", required=True, help="As customers see it and may ask about, for instance A-104."
    )
    @click.option("--team", required=True)
    @click.option("--role", type=click.Choice(role_choices), default=role_choices[0], show_default=True)
    @as_json_option
    @click.pass_context
    def invite(
        context: click.Context, username: str, name: str, number: str, team: str, role: str, as_json: bool
    ) -> None:
        """Add somebody, and print the link by which they set a password and an authenticator.

        The link is shown once, is good for 24 hours and one use. For somebody who has not used theirs yet, the same
        command makes a new one.
        """
        from server.administration.acts import InviteStaff  # noqa: PLC0415

        act = InviteStaff(username=username, name=name, number=number, team=team, role=role)
        show_link(done(context, act), as_json=as_json)

    return invite


def _list(desk: "Desk") -> click.Command:
    @click.command(name="list")
    @as_json_option
    @click.pass_context
    def show(context: click.Context, as_json: bool) -> None:
        """Show them with their states."""
        from server.administration.acts import ListStaff  # noqa: PLC0415

        found = done(context, ListStaff(desk=desk))
        if as_json:
            print_json(found)
        else:
            print_table(_FIELDS, [[getattr(line, field) for field in _FIELDS] for line in found.staff])

    return show


def _disable(desk: "Desk") -> click.Command:
    @click.command(name="disable")
    @click.argument("username")
    @as_json_option
    @click.pass_context
    def disable(context: click.Context, username: str, as_json: bool) -> None:
        """Take all access away, at once: whatever they do ends, and nobody signs in under this name."""
        from server.administration.acts import DisableStaff  # noqa: PLC0415

        changed = done(context, DisableStaff(username=username, desk=desk))
        if as_json:
            print_json(changed)
        else:
            say(f"{username} is disabled. Sign-ins that ended: {changed.ended}.")

    return disable


def _enable(desk: "Desk") -> click.Command:
    @click.command(name="enable")
    @click.argument("username")
    @as_json_option
    @click.pass_context
    def enable(context: click.Context, username: str, as_json: bool) -> None:
        """Let somebody who was disabled or blocked sign in again, with what they had."""
        from server.administration.acts import EnableStaff  # noqa: PLC0415

        changed = done(context, EnableStaff(username=username, desk=desk))
        if as_json:
            print_json(changed)
        else:
            say(f"{username} is {changed.staff.state}.")

    return enable


def _reset(desk: "Desk") -> click.Command:
    @click.command(name="reset")
    @click.argument("username")
    @as_json_option
    @click.pass_context
    def reset(context: click.Context, username: str, as_json: bool) -> None:
        """Ask two officers to let somebody enrol anew who lost their authenticator or password.

        This gives nothing by itself. Two different officers approve on the page /security/approvals within 24 hours,
        and the second one is shown the link.
        """
        from server.administration.acts import RequestReset  # noqa: PLC0415

        show_request(done(context, RequestReset(username=username, desk=desk)), as_json=as_json)

    return reset


@officer.command()
@click.argument("username")
@as_json_option
@click.pass_context
def recover(context: click.Context, username: str, as_json: bool) -> None:
    """Give an officer a new link when fewer than two officers can sign in.

    It is recorded as what it is, and every officer sees it as a flag.
    """
    from server.administration.acts import RecoverOfficer  # noqa: PLC0415

    show_link(done(context, RecoverOfficer(username=username)), as_json=as_json)


def show_request(asked: "ResetAsked", *, as_json: bool) -> None:
    """What was asked for, and who decides."""
    if as_json:
        print_json(asked)
    else:
        say(
            f"Two officers now decide for {asked.to} on /security/approvals, until {moment(asked.expires_at_ms)}."
        )


def show_link(given: "LinkGiven", *, as_json: bool) -> None:
    """The link alone on stdout, so that it can be piped; what it is, on stderr."""
    if as_json:
        print_json(given)
        return
    say(f"For {given.to}, until {moment(given.expires_at_ms)}, once. It is not shown again:")
    click.echo(given.url)


def _equip(group: click.Group, desk: "Desk", roles: tuple[str, ...]) -> None:
    for command in (_invite(roles), _list(desk), _disable(desk), _enable(desk), _reset(desk)):
        group.add_command(command)


_equip(agent, "agent", ("agent", "supervisor"))
_equip(officer, "officer", ("security", "admin"))
