"""The errors that keep a server from starting. Each says in a sentence what was found and what to do."""

from typing import Final

from audit.log import LogRefused, LogUnavailable
from server.administration.errors import CannotReach
from server.badges.key_file import BadgeKeyRefused
from server.bus_parts import BusRefused
from server.demo import DemoRefused
from server.doorway import DescriptorsRefused
from server.foundation import NotInitialised
from server.http.catalogues import CatalogueRefused
from server.installation import InstallationRefused
from server.keys import KeysRefused
from server.listening import ListenRefused
from server.places import RestoreUnfinished
from server.settings import SettingsRefused
from server.storage.database import DatabaseUnavailable
from server.storage.schema import SchemaBehind, SchemaUnknown
from session.gate_port import GateUnavailable

REFUSALS: Final = (
    BadgeKeyRefused,
    BusRefused,
    CannotReach,
    CatalogueRefused,
    DatabaseUnavailable,
    DemoRefused,
    DescriptorsRefused,
    GateUnavailable,
    InstallationRefused,
    KeysRefused,
    ListenRefused,
    LogRefused,
    LogUnavailable,
    NotInitialised,
    RestoreUnfinished,
    SchemaBehind,
    SchemaUnknown,
    SettingsRefused,
)
