"""What a new settings file gets where nothing was chosen: everything that this machine can tell by itself."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit

from server import listening
from server.setting_rules import LOCAL_NAMES
from server.settings import Settings

DATA: Final = "/var/lib/tachiai"
HTTPS_PORT: Final = 443
GATE_PORT: Final = 40_000  # fixed, so that a firewall can let it through
EVERY_ADDRESS: Final = "0.0.0.0"
METRICS_PORT: Final = 9_464  # as exporters of OpenMetrics use it
_HERE: Final = ("127.0.0.1", "::1")

IsSet = Callable[[str], bool]


def usual_settings(file: Path, chosen: Settings, is_set: IsSet) -> dict[str, Any]:
    """Nested as in the file, to stand below what was chosen. `is_set` tells by a setting's name whether it was."""
    folder = file.resolve().parent
    return {
        "data": DATA,
        "keys": {"folder": str(folder / "keys"), "kek": str(folder / "kek")},
        "http": _http(chosen),
        "gate": _gate(is_set),
    }


def _http(chosen: Settings) -> dict[str, Any]:
    """With a certificate it listens where people go; else it waits for a TLS proxy on this machine."""
    usual: dict[str, Any] = {"metrics_port": METRICS_PORT}
    if chosen.tls.certificate:
        usual |= {"host": EVERY_ADDRESS, "port": urlsplit(chosen.http.base_url).port or HTTPS_PORT}
    elif chosen.http.host in LOCAL_NAMES:
        usual["trusted_proxies"] = list(_HERE)
    return usual


def _gate(is_set: IsSet) -> dict[str, Any]:
    """Browsers send pictures over UDP straight to this machine."""
    if is_set("gate.host"):
        return {"port": GATE_PORT}
    if is_set("gate.advertised"):
        return {"host": EVERY_ADDRESS, "port": GATE_PORT}
    try:
        reached_by = listening.own_address(EVERY_ADDRESS)
    except OSError:  # no route to anywhere: then there can be no browsers but those on this machine
        return {"port": GATE_PORT}
    return {"host": EVERY_ADDRESS, "port": GATE_PORT, "advertised": [reached_by]}
