"""Which key-encryption key a server has, and for whom it seals: told from its places."""

from audit.kek import FileKek, KeyUnavailable
from audit.keys.recipients import RecipientRefused, Recipients
from audit.keys.vault import VaultKek
from server.places import KeyPlaces

Kek = FileKek | VaultKek


def open_kek(places: KeyPlaces) -> Kek:
    """May wait for Vault. Raises KeyUnavailable."""
    if places.vault is not None:
        return VaultKek(places.vault)
    if places.kek is None:
        raise KeyUnavailable("it is not said where the key-encryption key is")
    return FileKek.open(places.kek)


def read_recipients(places: KeyPlaces) -> Recipients | None:
    """None without sealed mode. Raises KeyUnavailable."""
    if not places.recipients or places.recovery is None:
        return None
    try:
        return Recipients.read(places.recipients, places.recovery)
    except RecipientRefused as error:
        raise KeyUnavailable(str(error).rstrip(".")) from error
