"""What an operator sets: a policy that can be kept, a second key that stays, and what health says of a refusal."""

import hashlib
from pathlib import Path

import aiohttp
import pytest

from audit.checkpoint import open_checkpoint
from audit.note import Verifier
from server.demo import ORGANISATION
from server.log_keeping.policy_file import policy_for, read_policy
from server.log_keeping.witness_notes import WitnessNotes, write_notes
from server.setting_groups import Settings, WitnessesSettings
from server.settings import SettingsRefused
from tests.protocol.production_stand import OFFICER, Instance
from tests.protocol.server_stand import stand
from tests.unit.witness_people import SmallLog, policy_text, witness_key

LOG = SmallLog()
URL = "https://w{}.example/witness"


def settings(tmp_path: Path, content: bytes) -> Settings:
    file = tmp_path / "policy"
    file.write_bytes(content)
    return Settings(organisation=ORGANISATION, witnesses=WitnessesSettings(policy=str(file)))


def test_a_policy_that_can_be_kept_is_read(tmp_path: Path) -> None:
    assert read_policy(Settings()) is None
    wanted = settings(tmp_path, policy_text(witness_key(1), witness_key(2), url=URL, log=LOG))
    policy = policy_for(wanted, LOG.signer.verifier)
    assert policy is not None
    assert [witness.url for witness in policy.witnesses] == [
        "https://w1.example/witness",
        "https://w2.example/witness",
    ]


@pytest.mark.parametrize(
    "url",
    [
        "http://w.example",
        "ftp://localhost",
        "https://",
        "https://user@w.example",
        "https://w.example/?a",
        "https://w.example/#a",
        "https://w.example:0",
        "https://w.example:99999",
        "https://[::1",
        "w.example",
    ],
)
def test_an_address_that_is_not_asked_is_refused(tmp_path: Path, url: str) -> None:
    with pytest.raises(SettingsRefused, match="Give an https address"):
        read_policy(settings(tmp_path, policy_text(witness_key(1), url=url)))


@pytest.mark.parametrize("url", ["http://localhost:7380", "http://127.0.0.1:1/x", "http://[::1]:7380"])
def test_plain_http_is_for_this_machine(tmp_path: Path, url: str) -> None:
    assert read_policy(settings(tmp_path, policy_text(witness_key(1), url=url))) is not None


def test_a_policy_that_cannot_be_kept_is_refused_in_a_sentence(tmp_path: Path) -> None:
    nameless = f"witness \udcff {witness_key(1).verifier} https://w.example\nquorum \udcff\n"
    for content, reason in (
        (b"nonsense\n", "line 1"),
        (policy_text(witness_key(1)), "cannot meet"),
        (nameless.encode("utf-8", "surrogateescape"), "UTF-8"),
    ):
        with pytest.raises(SettingsRefused, match=reason):
            read_policy(settings(tmp_path, content))
    with pytest.raises(SettingsRefused, match="for other logs"):
        policy_for(
            settings(tmp_path, policy_text(witness_key(1), url=URL, log=LOG)), SmallLog("b").signer.verifier
        )
    with pytest.raises(SettingsRefused, match="does not exist"):
        read_policy(Settings(witnesses=WitnessesSettings(policy=str(tmp_path / "none"))))


async def test_a_refusal_is_an_alarm_and_a_danger_and_stops_nothing(tmp_path: Path) -> None:
    wanted = settings(tmp_path, policy_text(witness_key(1), url="http://127.0.0.1:1"))
    folder = tmp_path / "site"
    folder.mkdir()
    write_notes(folder / "witnesses.json", WitnessNotes(refused={"W1": "history"}))
    async with stand(folder, settings=wanted) as server, aiohttp.ClientSession() as session:
        findings = await server.composed.services.checklist.findings()
        found = next(finding for finding in findings if finding.check == "witness")
        assert (found.state, found.values) == ("refused", {"names": "W1"})
        async with session.get(f"{server.url}/readyz") as answer:
            assert answer.status == 200
            assert "another history" in (await answer.json())["alarms"][0]
    assert (folder / "log" / "public" / "checkpoint").exists()


async def with_second_key(tmp_path: Path) -> tuple[Instance, Path, str]:
    """An instance that was asked for a second key once, that key's file, and the two verifier keys."""
    instance = Instance(tmp_path / "server")
    made = await instance.init(*OFFICER)
    assert made.code == 0, made.err
    instance.variables["TACHIAI_LOG__POST_QUANTUM"] = "true"
    async with instance.served() as (_, ready):
        pass
    del instance.variables["TACHIAI_LOG__POST_QUANTUM"]
    return instance, instance.folder / "etc" / "keys" / "log-signing-key.ml-dsa-44", ready["verifier_key"]


async def test_a_second_key_is_made_when_asked_and_kept_whatever_is_set_later(tmp_path: Path) -> None:
    instance, second, both = await with_second_key(tmp_path)
    assert second.stat().st_mode & 0o777 == 0o600
    assert Verifier.parse(both).companion is not None
    async with instance.served() as (_, ready):
        assert ready["verifier_key"] == both
    verified = await instance.said("audit", "verify", str(instance.data / "log"), "--key", both)
    assert verified.code == 0, verified.out
    again = await instance.said("init", "--json")
    marks = {mark["key"]: mark["value"] for mark in again.json["fingerprints"]}
    assert marks["log, verifier key"] == both.splitlines()[0]
    assert marks["log, post-quantum"] == hashlib.sha256(both.splitlines()[1].encode()).hexdigest()


async def test_a_backup_brings_the_second_key_back(tmp_path: Path) -> None:
    instance, second, both = await with_second_key(tmp_path)
    backup = tmp_path / "backup"
    taken = await instance.said("backup", str(backup))
    assert taken.code == 0, taken.err
    second.unlink()
    instance.data.rename(tmp_path / "lost")
    restored = await instance.said("restore", str(backup), "--declare-loss")
    assert restored.code == 0, restored.err
    assert second.stat().st_mode & 0o777 == 0o600
    checkpoint = (instance.data / "log" / "public" / "checkpoint").read_bytes()
    assert open_checkpoint(checkpoint, Verifier.parse(both)).size > 0  # with both signatures
