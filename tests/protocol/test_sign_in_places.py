"""Places of sign-ins, from a real file to the flag: whole degrees in the entry, and nothing where no file is given."""

import asyncio
from pathlib import Path

from audit.event import EventName
from server.flag_settings import FlagSettings
from server.setting_groups import HttpSettings
from server.settings import Settings
from tests.places_on_disk import write_places
from tests.protocol.server_people import Browser
from tests.protocol.server_stand import USUAL_SETTINGS, Stand, stand
from tests.protocol.test_flags_after_a_start import raised

WITHIN_S = 30.0
TOKYO, FRANKFURT = "203.0.113.9", "203.0.113.201"


def with_places(file: str) -> Settings:
    return Settings(
        organisation=USUAL_SETTINGS.organisation,
        http=HttpSettings(trusted_proxies=["127.0.0.0/8", "::1"]),
        flags=FlagSettings(places_file=file),
    )


async def sign_in_from(server: Stand, address: str) -> None:
    async with Browser(server) as browser:
        browser.session.headers["X-Forwarded-For"] = address
        assert (await browser.sign_in("agent")).status == 201


async def test_two_sign_ins_a_continent_apart_are_flagged_and_no_address_is_recorded(tmp_path: Path) -> None:
    file = write_places(tmp_path / "places.mmdb")
    async with stand(tmp_path, settings=with_places(str(file))) as server:
        await sign_in_from(server, TOKYO)
        await sign_in_from(server, FRANKFURT)
        async with asyncio.timeout(WITHIN_S):
            while not (found := await raised(server, "impossible_travel")):
                continue
        first, second = await server.recorded(EventName.AGENT_LOGIN_STARTED)
        assert (first.facts["latitude"], first.facts["longitude"]) == (36, 140)
        assert (second.facts["latitude"], second.facts["longitude"]) == (50, 9)
        assert "203.0.113" not in repr((first, second))
        assert found[0].facts["reason.cap"] == 900
        assert 8_500 < int(found[0].facts["reason.kilometres"]) < 9_200


async def test_without_a_file_or_with_a_broken_one_everybody_signs_in_and_no_place_is_told(
    tmp_path: Path,
) -> None:
    broken = tmp_path / "broken.mmdb"
    broken.write_bytes(b"no places here")
    for number, file in enumerate(("", str(broken), str(tmp_path / "missing"))):
        folder = tmp_path / str(number)
        folder.mkdir()
        async with stand(folder, settings=with_places(file)) as server:
            await sign_in_from(server, TOKYO)
            (started,) = await server.recorded(EventName.AGENT_LOGIN_STARTED)
            assert started.facts.keys() == {"login", "means", "team"}
            assert ("the file of places could not be read" in server.written.getvalue()) is bool(file)
