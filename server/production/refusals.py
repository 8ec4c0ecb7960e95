"""Why `init` and `serve` end without having done it: wrong or unsafe, or not possible now."""

from typing import Final

from audit.log import LogUnavailable
from server.administration.errors import CannotReach
from server.production.certificate import CertificateRefused
from server.production.first_officer import OfficerRefused
from server.production.initialising import InitRefused
from server.production.key_making import KeysNotMade
from server.production.safety import Unsafe
from server.start_refusals import REFUSALS as STARTING
from server.storage.database import DatabaseUnavailable
from session.gate_port import GateUnavailable

NOT_NOW: Final = (CannotReach, DatabaseUnavailable, GateUnavailable, LogUnavailable)
REFUSALS: Final = (
    *(refusal for refusal in STARTING if refusal not in NOT_NOW),
    CertificateRefused,
    InitRefused,
    KeysNotMade,
    OfficerRefused,
    Unsafe,
)
