"""Roughly where a sign-in of staff comes from, by a file of places in MaxMind's format that the operator gives.

What is told is whole degrees of latitude and longitude, some 100 km: enough to see that two sign-ins were a continent
apart, and too little for a home. Only the places of staff are looked up, never a customer's. A private address, one
that the file does not know, and a file that cannot be read give none: nobody is kept from signing in by it.

The file is read where it lies, and opened anew when another one was put there. It is not mapped into memory, as a file
that an update cuts short in place would then end the server.
"""

import ipaddress
from pathlib import Path
from typing import Final

import maxminddb
import structlog

from audit.event import Fact
from server.settings import Settings

_log: Final = structlog.get_logger("places")


class PlaceFileUnreadable(Exception):
    """A sentence for the operator."""


class PlaceFile:
    """`path` None: no place is known."""

    def __init__(self, path: Path | None) -> None:
        """The file may be missing or broken: that is found at the first look-up, and again at each that follows."""
        self._path = path
        self._reader: maxminddb.Reader | None = None
        self._mark: tuple[int, int, int] | None = None
        self._told = False

    def facts_of(self, source: str) -> dict[str, Fact]:
        """`latitude` and `longitude` in whole degrees; nothing where they are not known. `source` is an address, or the
        network of one that throttles count. Never raises."""
        if self._path is None:
            return {}
        try:
            address = ipaddress.ip_network(source, strict=False).network_address
            found = self._opened(self._path).get(address)
        except PlaceFileUnreadable as error:
            self._tell(str(error))
            return {}
        except ValueError:  # no address, or one of the other kind than the file has
            return {}
        except Exception as error:  # noqa: BLE001  # what a damaged file makes the reader raise is no closed list
            self._tell(f"{self._path} could not be searched: {error}")
            return {}
        return _degrees(found)

    def check(self) -> None:
        """Raises PlaceFileUnreadable for a file that is named and cannot be used."""
        if self._path is not None:
            self._opened(self._path)

    def close(self) -> None:
        if self._reader is not None:
            self._reader.close()
            self._reader = None

    def _opened(self, path: Path) -> maxminddb.Reader:
        try:
            there = path.stat()
            mark = (there.st_ino, there.st_size, there.st_mtime_ns)
            if self._reader is None or mark != self._mark:
                self.close()
                self._reader, self._mark = maxminddb.open_database(path, maxminddb.MODE_FILE), mark
                self._told = False
        except Exception as error:  # as above
            self.close()
            raise PlaceFileUnreadable(
                f"flags.places_file is {path}, which cannot be read as a file of places (MaxMind DB): {error}"
            ) from error
        return self._reader

    def _tell(self, sentence: str) -> None:
        """Once for each file, so that a broken one does not fill the server's log."""
        if not self._told:
            self._told = True
            _log.warning("the file of places could not be read", reason=sentence)


def place_file_of(settings: Settings) -> PlaceFile:
    return PlaceFile(Path(settings.flags.places_file) if settings.flags.places_file else None)


def _degrees(found: object) -> dict[str, Fact]:
    """Of a record as city files have it; of another shape nothing is believed."""
    location = found.get("location") if isinstance(found, dict) else None
    if not isinstance(location, dict):
        return {}
    degrees = [(location.get("latitude"), 90), (location.get("longitude"), 180)]
    whole = [round(value) for value, most in degrees if isinstance(value, int | float) and abs(value) <= most]
    return {"latitude": whole[0], "longitude": whole[1]} if len(whole) == len(degrees) else {}
