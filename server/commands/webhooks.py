"""`tachiai webhook`: which of your systems are told, and where."""

import click

from server.commands.context import as_json_option, print_json
from server.commands.performing import done, moment, print_table, say


@click.group()
def webhook() -> None:
    """Your systems that are told how a verification ended, by signed calls."""


@webhook.command()
@click.argument("name")
@click.argument("url")
@as_json_option
@click.pass_context
def add(context: click.Context, name: str, url: str, as_json: bool) -> None:
    """Let requests name the receiver NAME at URL, and print its secret once."""
    from server.administration.webhook_acts import AddWebhook  # noqa: PLC0415

    given = done(context, AddWebhook(name=name, url=url))
    if as_json:
        print_json(given)
        return
    say(f"{given.webhook.name} is called at {given.webhook.url}. Its secret is not shown again:")
    click.echo(given.secret)


@webhook.command(name="list")
@as_json_option
@click.pass_context
def show_all(context: click.Context, as_json: bool) -> None:
    """Show all receivers, without their secrets."""
    from server.administration.webhook_acts import ListWebhooks  # noqa: PLC0415

    found = done(context, ListWebhooks())
    if as_json:
        print_json(found)
        return
    print_table(
        ("name", "url", "since", "id"),
        [(line.name, line.url, moment(line.created_at_ms), line.id) for line in found.webhooks],
    )


@webhook.command()
@click.argument("name")
@as_json_option
@click.pass_context
def remove(context: click.Context, name: str, as_json: bool) -> None:
    """Tell the receiver NAME nothing from now on, nor what waits for it."""
    from server.administration.webhook_acts import RemoveWebhook  # noqa: PLC0415

    line = done(context, RemoveWebhook(name=name))
    if as_json:
        print_json(line)
    else:
        say(f"{line.name} is told nothing any more.")


@webhook.command()
@click.argument("name")
@as_json_option
@click.pass_context
def test(context: click.Context, name: str, as_json: bool) -> None:
    """Send the receiver NAME a message of the type webhook.test."""
    from server.administration.webhook_acts import TryWebhook  # noqa: PLC0415

    tried = done(context, TryWebhook(name=name))
    if as_json:
        print_json(tried)
    elif tried.standing == "sent":
        say(f"{tried.webhook.name} has taken the message {tried.message}.")
    elif tried.failure is not None:
        say(
            f"{tried.webhook.name} has not taken the message {tried.message} ({tried.failure}): {tried.standing}."
        )
    else:
        say(f"The message {tried.message} waits: it is sent while a server runs.")
