"""Everything that passkeys need in a running server, put together."""

from urllib.parse import urlsplit

from server.foundation import Records
from server.http.origin import Site
from server.link_news import LinkNews
from server.passkeys import Passkeys
from verification.passkey import RelyingParty
from verification.passkeys import Passkeys as Judge


def passkey_parts(records: Records, site: Site, organisation: str, news: LinkNews) -> Passkeys:
    stores = records.stores
    judge = Judge(stores.passkeys, stores.passkey_challenges, relying_party(site, organisation))
    return Passkeys(judge, stores.passkeys, records.log, news)


def relying_party(site: Site, organisation: str) -> RelyingParty:
    """Our pages under their one public address: a passkey made under another name of this machine is not good here."""
    parts = urlsplit(site.base_url)
    return RelyingParty(
        id=(parts.hostname or "").lower(),
        origin=f"{parts.scheme}://{parts.netloc.lower()}",
        name=organisation,
    )
