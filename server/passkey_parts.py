"""Everything that passkeys need in a running server, put together."""

from urllib.parse import urlsplit

from server.factor_parts import FactorParts
from server.foundation import Records
from server.http.origin import Site
from server.passkeys import Passkeys
from server.plan import Plan
from verification.passkey import RelyingParty
from verification.passkeys import Passkeys as Judge


def passkey_parts(records: Records, plan: Plan, factors: FactorParts) -> Passkeys:
    stores = records.stores
    party = relying_party(plan.site, plan.settings.organisation)
    judge = Judge(stores.passkeys, stores.passkey_challenges, party)
    return Passkeys(judge, stores.passkeys, records.log, factors.link_news, factors.sessions)


def relying_party(site: Site, organisation: str) -> RelyingParty:
    """Our pages under their one public address: a passkey made under another name of this machine is not good here."""
    parts = urlsplit(site.base_url)
    return RelyingParty(
        id=(parts.hostname or "").lower(),
        origin=f"{parts.scheme}://{parts.netloc.lower()}",
        name=organisation,
    )
