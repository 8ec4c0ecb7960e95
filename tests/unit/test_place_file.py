"""The file of places: whole degrees for staff's addresses, and nothing that keeps anybody from signing in."""

import random
from pathlib import Path

import pytest

from server.place_file import PlaceFile, PlaceFileUnreadable
from tests.places_on_disk import write_places


def test_an_address_is_told_in_whole_degrees_and_a_network_too(tmp_path: Path) -> None:
    file = PlaceFile(write_places(tmp_path / "places.mmdb"))
    assert file.facts_of("203.0.113.7") == {"latitude": 36, "longitude": 140}
    assert file.facts_of("203.0.113.200") == {"latitude": 50, "longitude": 9}
    assert file.facts_of("2001:db8:1::/64") == {"latitude": 36, "longitude": 140}
    file.close()


@pytest.mark.parametrize(
    "source", ["198.51.100.1", "192.0.2.1", "10.0.0.1", "127.0.0.1", "unknown", "", "::1"]
)
def test_what_has_no_place_is_told_none(tmp_path: Path, source: str) -> None:
    file = PlaceFile(write_places(tmp_path / "places.mmdb"))
    assert file.facts_of(source) == {}
    assert PlaceFile(None).facts_of(source) == {}
    file.close()


def test_another_file_in_its_place_is_taken_up_and_a_missing_one_awaited(tmp_path: Path) -> None:
    path = tmp_path / "places.mmdb"
    file = PlaceFile(path)
    assert file.facts_of("203.0.113.7") == {}
    with pytest.raises(PlaceFileUnreadable, match=r"flags\.places_file is"):
        file.check()
    write_places(path)
    assert file.facts_of("203.0.113.7") == {"latitude": 36, "longitude": 140}
    write_places(tmp_path / "newer", swapped=True).replace(path)
    assert file.facts_of("203.0.113.7") == {"latitude": 50, "longitude": 9}
    path.unlink()
    assert file.facts_of("203.0.113.7") == {}
    file.close()


def test_a_damaged_file_never_raises(tmp_path: Path) -> None:
    path = write_places(tmp_path / "places.mmdb")
    whole, dice = path.read_bytes(), random.Random(5)  # noqa: S311  # no secret: the same damage in each run
    for number in range(1_500):
        mutant = bytearray(whole)
        for _ in range(dice.randint(1, 4)):
            mutant[dice.randrange(len(mutant))] = dice.randrange(256)
        path.write_bytes(mutant[: dice.randrange(len(mutant))] if number % 3 == 0 else mutant)
        file = PlaceFile(path)
        told = file.facts_of("203.0.113.7")
        assert set(told) in (set(), {"latitude", "longitude"})
        file.close()
