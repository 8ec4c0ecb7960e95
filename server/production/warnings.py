"""What is not good and yet no reason to refuse: said by `init`, and again at every start of `serve`."""

import ipaddress
from collections.abc import Iterator

from server.gate_settings import told
from server.places import Places
from server.settings import Settings


def warnings(settings: Settings, places: Places) -> Iterator[str]:
    if _same_volume(places):
        yield (
            f"The key-encryption key {places.keys.kek} lies on the same volume as the data: whoever copies the volume "
            "has both. Keep it on another one, or give it to the service as a credential."
        )
    addresses = [ipaddress.ip_address(address) for address in told(settings.gate)]
    if all(address.is_loopback for address in addresses):
        yield (
            "The gate tells browsers to send pictures to this machine's loopback, so only browsers on this machine can "
            "share. Set gate.host, gate.port and gate.advertised."
        )
    elif not any(address.is_global for address in addresses):
        yield (
            f"The gate tells browsers {', '.join(map(str, addresses))}, which only browsers inside the same network "
            "reach. If customers are outside it, set gate.advertised to the address by which they reach this machine."
        )
    if not settings.security_contact:
        yield "There is no security_contact: whoever finds a hole does not know whom to tell."


def _same_volume(places: Places) -> bool:
    kek, data = places.keys.kek, places.data
    return kek is not None and kek.exists() and data.exists() and kek.stat().st_dev == data.stat().st_dev
