"""Where everything lies, told from the settings: the same for the server and for every command."""

import os
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from audit.keys.vault import VaultPlace
from server.settings import CREDENTIAL, VAULT, Settings, SettingsRefused, data_folder, secret_place

DEMO_MARK: Final = "DEMO-DATA-README.txt"
DATABASE_FILE: Final = "tachiai.db"
LOG_FOLDER: Final = "log"
RESTORING: Final = "restoring"
_DEMO_KEYS: Final = "keys"
_SIGNING_KEY: Final = "log-signing-key"
_BADGES: Final = "badge-keys.json"


class RestoreUnfinished(Exception):
    """A restore into this data folder was interrupted. Nothing may start on it before it is finished."""


@dataclass(frozen=True, slots=True)
class KeyPlaces:
    """One file each. A folder given as a systemd credential becomes one credential a file, named `NAME_file`. `kek` is
    the key-encryption key's, None where `vault` has it; `badges` the badge issuer's, None where that is a process of
    its own. `recipients` and `recovery` are public files of auditors."""

    kek: Path | None
    log_signing_key: Path
    authenticators: Path
    invitations: Path
    vault: VaultPlace | None = None
    badges: Path | None = None
    recipients: tuple[Path, ...] = ()
    recovery: Path | None = None

    @property
    def signed_before(self) -> Path:
        """There once the signing key has signed a log: whatever becomes of the data, the key remembers."""
        return self.log_signing_key.with_name(f"{_SIGNING_KEY}.used")

    def all(self) -> tuple[Path, ...]:
        """Every secret file that must be there: all but the badges', which can be made anew."""
        return (*(() if self.kek is None else (self.kek,)), *self.own())

    def own(self) -> tuple[Path, ...]:
        """All but the key-encryption key's."""
        return (self.log_signing_key, self.authenticators, self.invitations)


@dataclass(frozen=True, slots=True)
class Places:
    """`data` is absolute. `demo`: the folder is marked as a demo's, whose keys lie beside its data."""

    data: Path
    lockstate: Path
    keys: KeyPlaces
    demo: bool = False

    @property
    def log(self) -> Path:
        return self.data / LOG_FOLDER

    @property
    def database(self) -> Path:
        return self.data / DATABASE_FILE

    @property
    def restoring(self) -> Path:
        """There while a restore is under way."""
        return self.data / RESTORING

    @property
    def control_socket(self) -> Path:
        return self.data / "control.sock"

    @property
    def witness_notes(self) -> Path:
        return self.data / "witnesses.json"

    @property
    def forwarding_notes(self) -> Path:
        return self.data / "forwarding.json"

    @property
    def reports(self) -> Path:
        """Of the self-audit, unless the settings name another folder."""
        return self.data / "reports"

    @property
    def backup_notes(self) -> Path:
        return self.data / "backups.json"


def places_of(settings: Settings) -> Places:
    """Raises SettingsRefused if it is not said where the keys are."""
    data = data_folder(settings)
    try:
        demo = (data / DEMO_MARK).exists()
    except PermissionError as error:
        raise SettingsRefused(
            f"This user may not look into {data}. Run this as the user whose folder it is, the one that serves."
        ) from error
    keys = (
        _demo_keys(settings, data)
        if demo and not settings.keys.kek and not settings.keys.folder
        else _keys(settings)
    )
    return Places(data, _lockstate(settings, data), _with_badges(keys, settings, data), demo)


def refuse_unfinished(places: Places) -> None:
    """Before anything is opened or made in the data folder. Raises RestoreUnfinished."""
    if places.restoring.exists():
        raise RestoreUnfinished(
            f"A restore into {places.data} was interrupted. Nothing was changed. Run the same `tachiai restore` again: "
            "it begins anew or finishes, whichever is safe."
        )


def demo_places(settings: Settings) -> Places:
    """Of a demo, whether it was ever started or not."""
    data = data_folder(settings)
    keys = _with_badges(_demo_keys(settings, data), settings, data)
    return Places(data, _lockstate(settings, data), keys, demo=True)


def _lockstate(settings: Settings, data: Path) -> Path:
    return (
        Path(settings.log.lockstate).resolve() if settings.log.lockstate else data / LOG_FOLDER / "lockstate"
    )


def _demo_keys(settings: Settings, data: Path) -> KeyPlaces:
    return with_recipients(key_places(data / _DEMO_KEYS), settings)


def key_places(folder: Path) -> KeyPlaces:
    """All keys in one folder, under their usual names."""
    return KeyPlaces(
        folder / "kek",
        folder / _SIGNING_KEY,
        folder / "authenticators.key",
        folder / "invitations.key",
        badges=folder / _BADGES,
    )


def _keys(settings: Settings) -> KeyPlaces:
    folder, kek = settings.keys.folder, settings.keys.kek
    if not folder or not kek:
        raise SettingsRefused(
            "It is not said where the keys are: set keys.folder and keys.kek, or name the settings file that "
            "`tachiai init` wrote, with --config or TACHIAI_CONFIG."
        )
    joint = "_" if folder.startswith(CREDENTIAL) else "/"
    names = (place.name for place in key_places(Path()).own())
    signing, authenticators, invitations = (secret_place(f"{folder}{joint}{name}") for name in names)
    in_vault = kek.startswith(VAULT)
    places = KeyPlaces(
        kek=None if in_vault else secret_place(kek),
        log_signing_key=signing,
        authenticators=authenticators,
        invitations=invitations,
        vault=_vault(settings) if in_vault else None,
        badges=secret_place(f"{folder}{joint}{_BADGES}"),
    )
    return with_recipients(places, settings)


def _with_badges(keys: KeyPlaces, settings: Settings, data: Path) -> KeyPlaces:
    """Beside the other keys. In the data folder where a server made it there before `init` made one, or has to make one
    and may add nothing to its keys (credentials, secrets of a container)."""
    introduction = settings.introduction
    if introduction.issuer:
        return replace(keys, badges=None)
    if introduction.key_file:
        return replace(keys, badges=Path(introduction.key_file).resolve())
    beside, in_data = keys.badges, data / _BADGES
    try:
        if beside is not None and beside.exists():
            return keys
        given = beside is None or (beside.parent.exists() and not os.access(beside.parent, os.W_OK))
        own = in_data.exists() or given or settings.keys.folder.startswith(CREDENTIAL)
    except PermissionError:
        return keys
    return replace(keys, badges=in_data) if own else keys


def _vault(settings: Settings) -> VaultPlace:
    vault, name = settings.vault, settings.keys.kek.removeprefix(VAULT)
    if not vault.address or not vault.access:
        raise SettingsRefused(
            f"keys.kek is {settings.keys.kek}: set vault.address to Vault's address and vault.access to a token's file."
        )
    authority = Path(vault.ca) if vault.ca else None
    return VaultPlace(name, vault.address, vault.mount, secret_place(vault.access), authority)


def with_recipients(places: KeyPlaces, settings: Settings) -> KeyPlaces:
    """Sealed mode, where the settings name somebody."""
    sealed = settings.sealed
    if not sealed.recipients:
        return places
    return replace(places, recipients=tuple(map(Path, sealed.recipients)), recovery=Path(sealed.recovery))
