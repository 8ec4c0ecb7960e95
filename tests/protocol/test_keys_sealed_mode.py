"""Sealed mode on a running server: the keeper, the officers' page, and an auditor beside the server and far from it."""

import asyncio
import json
import shutil
from pathlib import Path
from typing import Any

import msgspec
import pytest
from click.testing import CliRunner, Result

from audit.event import EventName
from audit.keys.recipients import RecipientKey
from audit.keys.sealing_away import DAY_MS
from audit.keystore import PERIOD_MS
from server.cli import tachiai
from server.keys import KeysRefused, open_or_create
from server.log_keeping.hot_window import HotWindow
from server.places import LOG_FOLDER, key_places, with_recipients
from server.setting_groups import SealedSettings, Settings
from tests.protocol.erasure_people import Scene, scene
from tests.protocol.server_stand import USUAL_SETTINGS

HOT_DAYS = 30


def typed(*arguments: str, **variables: str) -> Result:
    return CliRunner().invoke(tachiai, arguments, env=variables)


def made_recipients(folder: Path) -> SealedSettings:
    folder.mkdir()
    for name in ("auditor", "recovery"):
        made = typed("audit", "recipient", "new", "-o", str(folder / name), "--json")
        assert made.exit_code == 0, made.output
        fingerprint = RecipientKey.read(folder / name).recipient.fingerprint.hex()
        assert json.loads(made.stdout)["fingerprint"] == fingerprint
    again = typed("audit", "recipient", "new", "-o", str(folder / "auditor"))
    assert (again.exit_code, "is there already" in again.output) == (2, True)
    return SealedSettings(
        recipients=[str(folder / "auditor.pub")], recovery=str(folder / "recovery.pub"), hot_days=HOT_DAYS
    )


async def weeks_later(one: Scene) -> int:
    """The keeper's round then; how many entries lie in the sealed week."""
    log = one.stand.log
    size = log.size
    one.stand.clock.shift_ms += PERIOD_MS + HOT_DAYS * DAY_MS
    await HotWindow(log, log.keystore, HOT_DAYS, one.stand.clock).seal_what_is_over()
    return size


async def test_a_week_is_sealed_recorded_shown_as_sealed_and_opened_by_an_auditor(tmp_path: Path) -> None:
    sealed = made_recipients(tmp_path / "auditors")
    settings = msgspec.structs.replace(USUAL_SETTINGS, sealed=sealed)
    (tmp_path / "server").mkdir()
    past = -(PERIOD_MS + HOT_DAYS * DAY_MS) - 3_600_000  # codes that are used move the clock on
    async with scene(tmp_path / "server", settings=settings, shift_ms=past) as one:
        await one.had_a_session()
        period = one.stand.clock.now_ms() // PERIOD_MS
        size = await weeks_later(one)
        (event,) = await one.stand.recorded(EventName.SYSTEM_PERIOD_SEALED)
        assert (event.facts["period"], event.facts["keys"]) == (period, 2)
        page = (await one.ask(0, "GET", "/security/log?limit=100")).body
        first = page["entries"][0]
        assert (first["name"], first["sealed"], first["erased"]) == (None, ["org"], [])
        searched = (await one.ask(0, "GET", "/security/log?event=agent:session:opened")).body
        assert (searched["entries"], searched["index"]["closed"]) == ([], size), (
            "nobody knows whether they match"
        )
        await HotWindow(one.stand.log, one.stand.log.keystore, HOT_DAYS, one.stand.clock).seal_what_is_over()
        assert len(await one.stand.recorded(EventName.SYSTEM_PERIOD_SEALED)) == 1, "told once"
        await one.stand.log.await_signed(size)
        await beside_the_server(one, tmp_path, size)
    await asyncio.to_thread(beside_a_stopped_server, tmp_path, size)
    far_from_the_server(tmp_path, size)


async def beside_the_server(one: Scene, folder: Path, size: int) -> None:
    """It is an entry, and refuses to be done without."""
    decrypting = [
        *("audit", "decrypt", str(folder / "server" / LOG_FOLDER), "--to", str(size - 1)),
        *("--auditor-key", str(folder / "auditors" / "auditor"), "--reason", "Case 7 of the regulator"),
    ]
    here = {"TACHIAI_DATA": str(folder / "server")}
    refused = await asyncio.to_thread(
        lambda: typed(*decrypting, "--offline", "-o", str(folder / "opened"), **here)
    )
    assert (refused.exit_code, "leave --offline out" in refused.output) == (2, True)
    assert not await one.stand.log.read(one.stand.log.size, one.stand.log.size + 1)
    done = await asyncio.to_thread(lambda: typed(*decrypting, "-o", str(folder / "opened"), **here))
    assert done.exit_code == 0, done.output
    (event,) = await one.stand.recorded(EventName.OPERATOR_ENTRIES_DECRYPTED)
    assert (event.facts["first"], event.facts["last"]) == (0, size - 1)
    assert event.facts["reason"] == "Case 7 of the regulator"
    told = await asyncio.to_thread(
        lambda: typed("audit", "search", "--event", "agent:session:opened", **here)
    )
    assert f"no key here opens them: {size} entries" in told.output
    everything = await asyncio.to_thread(lambda: typed("audit", "search", "--limit", "1000", **here))
    assert everything.output.count("(sealed: an auditor's key opens it)") == size
    exporting = ("audit", "export", "--session", f"ses_{'A' * 22}", "-o", str(folder / "none"))
    exported = await asyncio.to_thread(lambda: typed(*exporting, "--json", **here))
    told_of = json.loads(exported.stdout)
    assert (told_of["entries"], told_of["closed"]) == (0, size), "left out, and said"
    lines = opened(folder / "opened")
    assert [line["index"] for line in lines] == list(range(size))
    assert all(line["name"] for line in lines)
    assert any(line["personal"] for line in lines), "what the customer consented to"
    assert (folder / "opened").stat().st_mode & 0o777 == 0o600


def beside_a_stopped_server(folder: Path, size: int) -> None:
    """The command records it by itself."""
    (folder / "alone").mkdir()
    keys = folder / "server" / "keys"
    done = typed(
        *("audit", "decrypt", str(folder / "server" / LOG_FOLDER), "--to", str(size - 1)),
        *("--auditor-key", str(folder / "auditors" / "auditor"), "--reason", "Case 8"),
        *("-o", str(folder / "alone" / "opened")),
        TACHIAI_DATA=str(folder / "server"),
        TACHIAI_KEYS__FOLDER=str(keys),
        TACHIAI_KEYS__KEK=str(keys / "kek"),
    )
    assert done.exit_code == 0, done.output
    (line,) = opened(folder / "alone" / "decryptions.jsonl")
    assert line["entry"] > size
    assert (folder / "alone" / "opened").read_bytes() == (folder / "opened").read_bytes()


def far_from_the_server(folder: Path, size: int) -> None:
    """Only with --offline, and into the journal."""
    copy = folder / "copy"
    shutil.copytree(folder / "server" / LOG_FOLDER / "public", copy / "public")
    shutil.copy(folder / "server" / LOG_FOLDER / "keys.db", copy / "keys.db")
    (folder / "away").mkdir()
    decrypting = [
        *("audit", "decrypt", str(copy), "--key", str(folder / "server" / LOG_FOLDER / "verifier.key")),
        *(
            "--auditor-key",
            str(folder / "auditors" / "recovery"),
            "--reason",
            "A drill",
            "--to",
            str(size - 1),
        ),
        *("-o", str(folder / "away" / "opened")),
    ]
    elsewhere = {"TACHIAI_DATA": str(folder / "nothing")}
    refused = typed(*decrypting, **elsewhere)
    assert (refused.exit_code, "the log cannot record" in refused.output) == (2, True)
    assert not (folder / "away" / "opened").exists()
    done = typed(*decrypting, "--offline", **elsewhere)
    assert done.exit_code == 0, done.output
    assert (folder / "away" / "opened").read_bytes() == (folder / "opened").read_bytes()
    assert typed(*decrypting, "--offline", **elsewhere).exit_code == 2, "nothing is written over"
    (line,) = opened(folder / "away" / "decryptions.jsonl")
    assert (line["reason"], line["entry"], line["last"]) == ("A drill", None, size - 1)
    assert [one["entry"] is not None for one in opened(folder / "decryptions.jsonl")] == [True]


def opened(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_keys_are_not_opened_without_every_recipients_file(tmp_path: Path) -> None:
    """A server that went on would make keys that nobody could open later."""
    sealed = made_recipients(tmp_path / "auditors")
    places = with_recipients(key_places(tmp_path / "keys"), Settings(sealed=sealed))
    assert open_or_create(tmp_path / "keys", places).recipients is not None
    (tmp_path / "auditors" / "recovery.pub").unlink()
    with pytest.raises(KeysRefused, match=r"recovery\.pub cannot be read"):
        open_or_create(tmp_path / "keys", places)
    (tmp_path / "auditors" / "recovery.pub").write_bytes((tmp_path / "auditors" / "auditor.pub").read_bytes())
    with pytest.raises(KeysRefused, match="hold the same key"):
        open_or_create(tmp_path / "keys", places)
