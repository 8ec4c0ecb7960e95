"""Where everything lies, told from the settings: the same for the server and for every command."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from server.settings import CREDENTIAL, Settings, SettingsRefused, data_folder, secret_place

DEMO_MARK: Final = "DEMO-DATA-README.txt"
DATABASE_FILE: Final = "tachiai.db"
LOG_FOLDER: Final = "log"
RESTORING: Final = "restoring"
_DEMO_KEYS: Final = "keys"


class RestoreUnfinished(Exception):
    """A restore into this data folder was interrupted. Nothing may start on it before it is finished."""


@dataclass(frozen=True, slots=True)
class KeyPlaces:
    """One file each. A folder given as a systemd credential becomes one credential a file, named `NAME_file`."""

    kek: Path
    log_signing_key: Path
    authenticators: Path
    invitations: Path

    def all(self) -> tuple[Path, ...]:
        return (self.kek, self.log_signing_key, self.authenticators, self.invitations)


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
        _demo_keys(data) if demo and not settings.keys.kek and not settings.keys.folder else _keys(settings)
    )
    return Places(data, _lockstate(settings, data), keys, demo)


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
    return Places(data, _lockstate(settings, data), _demo_keys(data), demo=True)


def _lockstate(settings: Settings, data: Path) -> Path:
    return (
        Path(settings.log.lockstate).resolve() if settings.log.lockstate else data / LOG_FOLDER / "lockstate"
    )


def _demo_keys(data: Path) -> KeyPlaces:
    return key_places(data / _DEMO_KEYS)


def key_places(folder: Path) -> KeyPlaces:
    """All keys in one folder, under their usual names."""
    return KeyPlaces(
        folder / "kek", folder / "log-signing-key", folder / "authenticators.key", folder / "invitations.key"
    )


def _keys(settings: Settings) -> KeyPlaces:
    folder, kek = settings.keys.folder, settings.keys.kek
    if not folder or not kek:
        raise SettingsRefused(
            "It is not said where the keys are: set keys.folder and keys.kek, or name the settings file that "
            "`tachiai init` wrote, with --config or TACHIAI_CONFIG."
        )
    joint = "_" if folder.startswith(CREDENTIAL) else "/"
    usual = key_places(Path())
    return KeyPlaces(
        secret_place(kek),
        *(secret_place(f"{folder}{joint}{place.name}") for place in usual.all()[1:]),
    )
