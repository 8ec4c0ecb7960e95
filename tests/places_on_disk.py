"""A real file of places, in MaxMind's format."""

from pathlib import Path
from typing import Final

from mmdb_writer import MMDBWriter
from netaddr import IPSet  # type: ignore[import-untyped]

TOKYO: Final = ("203.0.113.0/25", "2001:db8:1::/48")
FRANKFURT: Final = ("203.0.113.128/25", "2001:db8:2::/48")
NOWHERE: Final = "198.51.100.0/24"  # known, but with no place
BROKEN: Final = "192.0.2.0/24"  # a latitude that is none


def write_places(path: Path, swapped: bool = False) -> Path:
    """`swapped`: Tokyo's addresses are Frankfurt's, and the other way round."""
    tokyo = {"location": {"latitude": 35.69, "longitude": 139.69}}
    frankfurt = {"location": {"latitude": 50.11, "longitude": 8.68}}
    if swapped:
        tokyo, frankfurt = frankfurt, tokyo
    writer = MMDBWriter(6, "Test-City", ipv4_compatible=True, float_type="f64")
    for networks, record in ((TOKYO, tokyo), (FRANKFURT, frankfurt)):
        writer.insert_network(IPSet(networks), record)
    writer.insert_network(IPSet([NOWHERE]), {"country": {"iso_code": "JP"}})
    writer.insert_network(IPSet([BROKEN]), {"location": {"latitude": 135.0, "longitude": 8.0}})
    writer.to_db_file(str(path))
    return path
