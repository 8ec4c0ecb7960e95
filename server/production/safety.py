"""What must hold before anything is made or served in earnest. Each broken rule is a sentence that says what to do."""

import ipaddress
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from server.http.catalogues import CatalogueRefused, known_languages
from server.installation import web_folder
from server.places import DEMO_MARK, Places, places_of
from server.setting_rules import LOCAL_NAMES
from server.settings import CREDENTIAL, VAULT, Settings, SettingsRefused

_OTHERS: Final = 0o077
_CHANGE: Final = 0o022


class Unsafe(Exception):
    """At least one rule of safety is broken. The message is a sentence for each."""


def refuse_open_settings(file: Path | None) -> None:
    """Whoever may change the settings file rules the server. Raises Unsafe."""
    if file is not None and file.exists() and stat.S_IMODE(file.stat().st_mode) & _CHANGE:
        raise Unsafe(f"{file} may be changed by others. Run: chmod go-w {file}")


def safe_places(settings: Settings) -> Places:
    """Where everything lies. Raises Unsafe with every rule that is broken."""
    broken = list(_incomplete(settings))
    if not broken:
        try:
            places = places_of(settings)
        except SettingsRefused as error:
            raise Unsafe(str(error)) from error
        broken = [*_reached(settings), *_spoken(settings), *_apart(places), *_private(places.data)]
        if not broken:
            return places
    raise Unsafe("\n".join(broken))


def _incomplete(settings: Settings) -> Iterator[str]:
    if not settings.organisation:
        yield (
            "organisation is not set: it is the name by which your customers know you. Give it to `tachiai init` as "
            "--organisation, or set it in the settings file."
        )
    if not settings.http.base_url:
        yield (
            "http.base_url is not set: it is the address that people type, for instance https://help.example.com. Give "
            "it to `tachiai init` as --base-url, or set it in the settings file."
        )
    elif not settings.http.base_url.startswith("https://"):
        yield (
            f"http.base_url is {settings.http.base_url}; in earnest it begins with https://, since browsers share a "
            "screen and keep keys over TLS alone."
        )
    for name, place in (
        ("data", settings.data),
        ("keys.folder", settings.keys.folder),
        ("keys.kek", settings.keys.kek),
        ("log.lockstate", settings.log.lockstate or "/"),
        ("vault.access", settings.vault.access or "/"),
        ("vault.ca", settings.vault.ca or "/"),
        ("mail.access", settings.mail.access or "/"),
        ("mail.ca", settings.mail.ca or "/"),
        ("oidc.access", settings.oidc.access or "/"),
        ("redis.access", settings.redis.access or "/"),
        ("redis.ca", settings.redis.ca or "/"),
        ("turn.access", settings.turn.access or "/"),
        ("sealed.recovery", settings.sealed.recovery or "/"),
        *(("sealed.recipients", path) for path in settings.sealed.recipients),
    ):
        if not place:
            yield f"{name} is not set. `tachiai init` sets it; see docs/settings.md."
        elif not place.startswith("/") and not _elsewhere(name, place):
            yield f"{name} is {place}; give an absolute path, which stays the same wherever the server is started."


def _elsewhere(name: str, place: str) -> bool:
    """Not a file of this machine's, or one that the service manager places."""
    if name == "keys.kek" and place.startswith(VAULT):
        return True
    given = {
        "keys.kek",
        "keys.folder",
        *(f"{group}.access" for group in ("mail", "oidc", "redis", "turn", "vault")),
    }
    return name in given and place.startswith(CREDENTIAL)


def _reached(settings: Settings) -> Iterator[str]:
    http = settings.http
    if not settings.tls.certificate and not http.trusted_proxies:
        place = "" if http.host in LOCAL_NAMES else f" It would listen in plain on {http.host}."
        yield (
            "There is neither a certificate nor a proxy: set tls.certificate and tls.key, or, if a TLS proxy stands "
            f'before the server, http.trusted_proxies to its address, for instance ["127.0.0.1", "::1"].{place}'
        )
    for text in http.trusted_proxies:
        if ipaddress.ip_network(text, strict=False).prefixlen == 0:
            yield f"http.trusted_proxies has {text}, which is everybody: anyone could pretend to be any client."


def _spoken(settings: Settings) -> Iterator[str]:
    try:
        known = known_languages(web_folder() / "locales")
    except CatalogueRefused as error:
        yield str(error)
        return
    for code in settings.languages:
        if code not in known:
            yield f"languages has {code}, in which there are no texts; choose from {', '.join(known)}."


def _apart(places: Places) -> Iterator[str]:
    if places.demo or (places.data / DEMO_MARK).exists():
        yield f"{places.data} is a demo's folder, with public passwords. Give another folder; nothing of it is kept."
    for place in places.keys.all():
        if lies_in(place, places.data):
            yield (
                f"The key {place} lies in the data folder {places.data}: whoever copies the one would have the other. "
                "Keep keys elsewhere."
            )


def lies_in(place: Path, folder: Path) -> bool:
    """Whatever it is called: through links, and where a folder is mounted a second time."""
    actual = place.resolve()
    if actual.is_relative_to(folder.resolve()):
        return True
    return folder.exists() and any(above.samefile(folder) for above in actual.parents if above.exists())


def _private(data: Path) -> Iterator[str]:
    if not data.exists():
        return
    if not data.is_dir():
        yield f"{data} is no folder."
    elif stat.S_IMODE(data.stat().st_mode) & _OTHERS:
        yield f"{data} may be looked into by others. Run: chmod 700 {data}"
