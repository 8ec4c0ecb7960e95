"""What `tachiai doctor --media` asks and prints."""

import asyncio
import ssl
import sys
from typing import TYPE_CHECKING, Final, NoReturn

import click

from server.commands.context import FOUND_WRONG, not_now, print_json, refuse, settings_of

if TYPE_CHECKING:  # as heavy as what it comes with
    from server.media_doctor import MediaFound

_WIDTH: Final = 8
_NO_RELAY: Final = "no TURN server is set up: visitors whose network lets no UDP through see no picture"
_SET_ONE_UP: Final = "docs/strict-networks.md says how to set one up."


def look_at_media(
    context: click.Context, url: str | None, authority: str | None, *, as_json: bool
) -> NoReturn:
    """Ends the process: with 1 if a way that is set up fails, else 0."""
    from server.media_doctor import NoTest, examine_media  # noqa: PLC0415

    base = (url or settings_of(context).http.base_url).rstrip("/")
    if not base.startswith(("https://", "http://")):
        refuse("Say which server to ask: --url https://help.example.com, or set http.base_url.")
    try:
        found = asyncio.run(examine_media(base, _trust(authority)))
    except NoTest as error:
        not_now(str(error))
    if as_json:
        print_json({"relay": found.relay, "ways": found.ways})
    else:
        sys.stdout.write(_text(found))
    sys.exit(FOUND_WRONG if any(way.hop for way in found.ways) else 0)


def _trust(authority: str | None) -> ssl.SSLContext:
    trust = ssl.create_default_context()
    if authority is not None:
        try:
            trust.load_verify_locations(authority)
        except ssl.SSLError:
            refuse(f"{authority} is no file of certificates in PEM form.")
    return trust


def _text(found: "MediaFound") -> str:
    lines = []
    for way in found.ways:
        lines.append(f"{'danger' if way.hop else 'ok':<{_WIDTH}}{way.way}: {way.now} ({way.ms} ms)\n")
        if way.mend is not None:
            lines.append(f"{'':<{_WIDTH}}-> {way.mend}\n")
    if not found.relay:
        lines.append(f"{'advice':<{_WIDTH}}{_NO_RELAY}\n{'':<{_WIDTH}}-> {_SET_ONE_UP}\n")
    return "".join(lines)
