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
        command makes a new one. An officer is invited here only while fewer than two officers can sign in: then an
        administrator does it on the page /security/staff, and a second officer approves.
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
            if changed.staff.state == "pending":
                say(
                    "Their link is void since they were disabled: `invite` them again, with the same details."
                )

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


@agent.command()
@click.argument("username")
@click.option("--role", type=click.Choice(("agent", "supervisor")), help="As it is, if not given.")
@click.option("--team", help="As it is, if not given.")
@as_json_option
@click.pass_context
def change(context: click.Context, username: str, role: str | None, team: str | None, as_json: bool) -> None:
    """Make an agent a supervisor or the other way round, or move somebody to another team. Their sign-ins end.

    Nobody becomes an officer by it: invite them anew with `tachiai officer invite`.
    """
    from server.administration.acts import ChangeStaff  # noqa: PLC0415

    if not role and not team:
        raise click.UsageError("Give --role, --team or both.")
    changed = done(context, ChangeStaff(username=username, role=role or "", team=team or ""))
    if as_json:
        print_json(changed)
    else:
        line = changed.staff
        say(f"{username} is {line.role} of the team {line.team}. Sign-ins that ended: {changed.ended}.")


@agent.command()
@click.argument("username")
@click.option("--subject", required=True, help="Their `sub` at the provider, as its own console shows it.")
@as_json_option
@click.pass_context
def link(context: click.Context, username: str, subject: str, as_json: bool) -> None:
    """Let somebody sign in at the organisation's own provider (the settings' oidc.issuer)."""
    from server.administration.identity_acts import LinkIdentity  # noqa: PLC0415

    linked = done(context, LinkIdentity(username=username, subject=subject))
    if as_json:
        print_json(linked)
    else:
        say(f"{username} signs in at {linked.issuer} as {linked.subject}.")


@agent.command()
@click.argument("username")
@as_json_option
@click.pass_context
def unlink(context: click.Context, username: str, as_json: bool) -> None:
    """Take that away, at once: their sign-ins end, and they sign in here with what they set up here."""
    from server.administration.identity_acts import UnlinkIdentity  # noqa: PLC0415

    unlinked = done(context, UnlinkIdentity(username=username))
    if as_json:
        print_json(unlinked)
    else:
        say(f"{username} is linked to no provider. Sign-ins that ended: {unlinked.ended}.")


def show_request(asked: "ResetAsked", *, as_json: bool) -> None:
    """What was asked for, who decides, and whether there are enough who can."""
    from support.reset import APPROVERS_NEEDED  # noqa: PLC0415

    if as_json:
        print_json(asked)
        return
    say(
        f"Two officers now decide for {asked.to} on /security/approvals, until {moment(asked.expires_at_ms)}."
    )
    if asked.approvers < APPROVERS_NEEDED:
        say(
            f"Officers who can do so now: {asked.approvers}. Until there are two nobody can: `tachiai officer list` "
            "shows who has not enrolled, `tachiai officer invite` adds one."
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
