"""`tachiai audit rewrap` and what it records, by a running server and without one."""

from pathlib import Path

import pytest

from audit.event import ActorKind, EventName, Outcome
from audit.kek import FileKek
from server.administration.errors import ActRefused
from server.administration.wrapping_acts import NoteDecryption, RewrapKeys
from tests.protocol.administration_ways import WAYS, way


@pytest.mark.parametrize("name", WAYS)
async def test_all_keys_come_under_a_new_version_and_the_old_one_goes(tmp_path: Path, name: str) -> None:
    async with way(tmp_path, name) as host:
        (old,) = FileKek.open(tmp_path / "keys" / "kek").versions()
        made = await host.do(RewrapKeys(new_version=True))
        assert made.changed >= 2, "the locator and the organisation's key of this week at least"
        assert (made.versions[0], made.versions[-1], made.retired) == (old, made.version, "")
        with pytest.raises(ActRefused, match="no version nothing"):
            await host.do(RewrapKeys(retire="nothing"))
        ended = await host.do(RewrapKeys(retire=old))
        assert (ended.changed, ended.retired, ended.versions) == (0, old, [made.version])
        with pytest.raises(ActRefused, match="newest version"):
            await host.do(RewrapKeys(retire=made.version))
        entries = [one for one in await host.events() if one.name is EventName.OPERATOR_KEYS_REWRAPPED]
    outcomes = [entry.outcome for entry in entries]
    assert outcomes.count(Outcome.INTENT) == 4
    assert (outcomes.count(Outcome.DONE), outcomes.count(Outcome.FAILED)) == (2, 2)
    (first, last) = (entry for entry in entries if entry.outcome is Outcome.DONE)
    assert (first.facts["changed"], first.facts["version"]) == (made.changed, made.version)
    assert (last.facts["retired"], last.facts["versions"]) == (old, made.version)
    assert {entry.actor.kind for entry in entries} == {ActorKind.OPERATOR}


async def test_a_decryption_is_recorded_for_this_log_alone(tmp_path: Path) -> None:
    async with way(tmp_path, "running") as host:
        assert host.server is not None
        key = host.server.foundation.log.verifier_key
        act = NoteDecryption(
            verifier_key=key, recipient="0" * 32, first=3, last=9, reason="Case 7 of the regulator"
        )
        noted = await host.do(act)
        entry = (await host.events())[noted.entry]
        assert entry.name is EventName.OPERATOR_ENTRIES_DECRYPTED
        assert entry.facts == {
            "first": 3,
            "last": 9,
            "recipient": "0" * 32,
            "reason": "Case 7 of the regulator",
        }
        for change in ({"verifier_key": "other.example/log+00000000+AAAA"}, {"first": 10}, {"reason": " "}):
            members = {
                "verifier_key": key,
                "recipient": "0" * 32,
                "first": 3,
                "last": 9,
                "reason": "why",
                **change,
            }
            with pytest.raises(ActRefused, match="Nothing was opened"):
                await host.do(NoteDecryption(**members))  # type: ignore[arg-type]
