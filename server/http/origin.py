"""Is a request meant for us (Host), and, where it can change something, sent by a page of ours (Origin)?"""

from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from aiohttp import web

from server.problems import Problem

SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_OWN_FETCHES: Final = frozenset({None, "same-origin"})  # None: a browser, or a client, that does not send it
_FOREIGN: Final = "This request came from another site's page and was refused. Nothing was changed."
_NAMELESS: Final = (
    "This request does not say which page it comes from (header Origin), so it was refused. Nothing was changed. "
    "Use a current browser; a program has to send the address of this server as Origin."
)


@dataclass(frozen=True, slots=True)
class Site:
    """Our own names. `base_url` is what links carry; `hosts` and `origins` are what requests may carry. `behind_proxy`:
    requests come in plain, from a proxy that speaks TLS with browsers."""

    base_url: str
    hosts: frozenset[str]
    origins: frozenset[str]
    behind_proxy: bool = False

    @property
    def secure(self) -> bool:
        return self.base_url.startswith("https://")


def site_for(base_url: str, *, also_local: bool = False, behind_proxy: bool = False) -> Site:
    """`also_local`: the demo is reached by every name of this machine's loopback as well."""
    parts = urlsplit(base_url)
    names = {parts.netloc.lower()}
    if also_local:
        port = f":{parts.port}" if parts.port else ""
        names |= {f"localhost{port}", f"127.0.0.1{port}", f"[::1]{port}"}
    origins = frozenset(f"{parts.scheme}://{name}" for name in names)
    return Site(base_url.rstrip("/"), frozenset(names), origins, behind_proxy)


def check_host(request: web.Request, site: Site) -> None:
    """A foreign Host means rebinding or a misdirected request. Raises Problem."""
    if request.headers.get("Host", "").lower() not in site.hosts:
        raise Problem(
            421, "wrong_host", "This server does not answer under that name. Use the address you were given."
        )


def check_origin(request: web.Request, site: Site) -> None:
    """For unsafe methods and the WebSocket upgrade. Raises Problem; an absent Origin is refused, browsers send it here.

    A form posted from a page with `Referrer-Policy: no-referrer` carries `Origin: null` (Fetch, "append a request
    Origin header"), so "null" counts as ours exactly when the browser itself says `Sec-Fetch-Site: same-origin`.
    """
    origin = request.headers.get("Origin", "")
    fetch_site = request.headers.get("Sec-Fetch-Site")
    from_own_form = origin == "null" and fetch_site == "same-origin" and request.method == "POST"
    if not from_own_form and (origin not in site.origins or fetch_site not in _OWN_FETCHES):
        raise Problem(403, "wrong_origin", _FOREIGN if origin else _NAMELESS)
