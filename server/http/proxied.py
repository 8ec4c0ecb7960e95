"""Behind a TLS proxy requests come in plain: only from that proxy, and only those that it had over TLS."""

import ipaddress
from collections.abc import Sequence
from typing import Final

from aiohttp import web

from server.http.addresses import Network, is_trusted
from server.http.origin import SAFE_METHODS, Site
from server.problems import Problem

LOOPBACK: Final[Sequence[Network]] = (ipaddress.ip_network("127.0.0.0/8"), ipaddress.ip_network("::1"))
_SCHEME: Final = "X-Forwarded-Proto"


def check_way(request: web.Request, site: Site, trusted: Sequence[Network]) -> None:
    """Raises Problem for what did not come by a proxy of ours or from this machine, and for what changes something and
    came to the proxy in plain; a page that did is redirected (HTTPPermanentRedirect)."""
    peer = request.remote or ""
    if not is_trusted(peer, trusted) and not is_trusted(peer, LOOPBACK):
        raise Problem(
            421,
            "wrong_host",
            "This server is reached through its proxy alone. Use the address you were given.",
        )
    schemes = {scheme.strip().lower() for scheme in ",".join(request.headers.getall(_SCHEME, [])).split(",")}
    if "http" not in schemes:
        return
    if request.method not in SAFE_METHODS or "Upgrade" in request.headers:
        raise Problem(
            421,
            "wrong_host",
            "This came without encryption and was refused. Use the address that begins with https.",
        )
    raise web.HTTPPermanentRedirect(site.base_url + "/" + request.raw_path.lstrip("/"))
