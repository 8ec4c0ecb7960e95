"""What is not good and yet no reason to refuse: said by `init`, and again at every start of `serve`."""

import ipaddress
from collections.abc import Iterator

from server.places import Places
from server.settings import Settings


def warnings(settings: Settings, places: Places) -> Iterator[str]:
    if _same_volume(places):
        yield (
            f"The key-encryption key {places.keys.kek} lies on the same volume as the data: whoever copies the volume "
            "has both. Keep it on another one, or give it to the service as a credential."
        )
    told = settings.gate.advertised or [settings.gate.host]
    if all(ipaddress.ip_address(address).is_loopback for address in told):
        yield (
            "The gate tells browsers to send pictures to this machine's loopback, so only browsers on this machine can "
            "share. Set gate.host, gate.port and gate.advertised."
        )
    if not settings.security_contact:
        yield "There is no security_contact: whoever finds a hole does not know whom to tell."


def _same_volume(places: Places) -> bool:
    kek, data = places.keys.kek, places.data
    return kek.exists() and data.exists() and kek.stat().st_dev == data.stat().st_dev
