"""The keys of the log: rewrapped under a new version of the key-encryption key, and opened by auditors."""

import asyncio
from dataclasses import dataclass, replace
from typing import Final

from audit.event import Actor, EventName, Fact, Outcome
from audit.kek import FileKek, KekSilent, KeyUnavailable
from audit.keys.rewrapping import Kek, Rewrapped, older, retire, rewrap, unfinished, versions_of_files
from audit.keys.vault import VaultKek
from audit.keystore import KeystoreFailed
from audit.note import Verifier
from server.administration import wrapping_acts as acts
from server.administration.errors import ActRefused, CannotReach
from server.administration.ground import Ground

_LOOKS: Final = 50
_LOOK_EVERY_S: Final = 0.1
_AGAIN = "What was done so far stands, and every key opens. Ask again to finish it."


@dataclass(frozen=True, slots=True)
class _Done:
    rewrapped: Rewrapped
    versions: list[str]
    retired: str


class WrappingOffice:
    def __init__(self, ground: Ground) -> None:
        self._ground = ground
        self._one_at_a_time = asyncio.Lock()

    async def rewrap(self, act: acts.RewrapKeys, by: Actor) -> acts.KeysRewrapped:
        kek = self._kek()
        async with self._one_at_a_time:
            facts: dict[str, Fact] = {"new_version": act.new_version, "retire": act.retire}
            intent = self._ground.register.intent(EventName.OPERATOR_KEYS_REWRAPPED, by, facts)
            entry = (await self._ground.log.append(intent)).index
            try:
                rewrapped = await asyncio.to_thread(self._rewrap, kek, act)
                await self._renew_epoch(rewrapped.version)
                done = await asyncio.to_thread(self._retire, kek, act, rewrapped)
            except (KeyUnavailable, KeystoreFailed) as error:
                failed = replace(intent, outcome=Outcome.FAILED, intent=entry, facts={})
                self._ground.log.append_reducing(replace(failed, at_ms=self._ground.clock.now_ms()))
                refusal = CannotReach if isinstance(error, KekSilent | KeystoreFailed) else ActRefused
                raise refusal(f"{str(error).rstrip('.')}. {_AGAIN}") from error
            told: dict[str, Fact] = {
                "version": done.rewrapped.version,
                "keys": done.rewrapped.keys,
                "changed": done.rewrapped.changed,
                "retired": done.retired,
                "versions": " ".join(done.versions[-8:]),
            }
            outcome = replace(intent, outcome=Outcome.DONE, intent=entry, facts=told)
            await self._ground.log.append(replace(outcome, at_ms=self._ground.clock.now_ms()))
        return acts.KeysRewrapped(
            version=done.rewrapped.version,
            keys=done.rewrapped.keys,
            changed=done.rewrapped.changed,
            versions=done.versions,
            retired=done.retired,
            entry=entry,
        )

    async def note_decryption(self, act: acts.NoteDecryption, by: Actor) -> acts.DecryptionNoted:
        log = self._ground.log
        if act.verifier_key != str(Verifier.parse(log.verifier_key).alone):
            raise ActRefused(
                "This server keeps another log than the one to be opened. Nothing was opened. Where that log's server "
                "cannot be reached, give --offline."
            )
        if act.first > act.last or not act.reason.strip() or not act.reason.isprintable():
            raise ActRefused("Give a range that has entries, and a reason in one line. Nothing was opened.")
        facts: dict[str, Fact] = {
            "first": act.first,
            "last": act.last,
            "recipient": act.recipient,
            "reason": act.reason.strip(),
        }
        intent = self._ground.register.intent(EventName.OPERATOR_ENTRIES_DECRYPTED, by, facts)
        noted = await log.append(replace(intent, outcome=Outcome.DONE))
        return acts.DecryptionNoted(entry=noted.index)

    async def _renew_epoch(self, version: str) -> None:
        """The running epoch's key is the one thing that is wrapped outside the key store: the next one's is under
        `version`."""
        folder = self._ground.log.keystore.folder
        if await asyncio.to_thread(versions_of_files, folder) <= {version}:
            return
        self._ground.log.end_epoch()
        for _ in range(_LOOKS):  # if it takes longer, what must not be destroyed yet is refused by name
            await asyncio.sleep(_LOOK_EVERY_S)
            if await asyncio.to_thread(versions_of_files, folder) <= {version}:
                return

    def _rewrap(self, kek: Kek, act: acts.RewrapKeys) -> Rewrapped:
        keystore = self._ground.log.keystore
        there = kek.versions() if act.retire else []
        # One that opens nothing any more may still be waiting for its end, which an earlier asking did not reach.
        if there and act.retire not in there and not older(act.retire, there[0]):
            raise KeyUnavailable(f"there is no version {act.retire} (any more); there are {', '.join(there)}")
        if act.new_version and not unfinished(keystore, kek):
            kek.add_version()
        rewrapped = rewrap(keystore, kek)
        keystore.note_version(self._ground.clock.now_ms())
        return rewrapped

    def _retire(self, kek: Kek, act: acts.RewrapKeys, rewrapped: Rewrapped) -> _Done:
        keystore = self._ground.log.keystore
        if act.retire:
            retire(keystore, kek, act.retire, versions_of_files(keystore.folder))
        return _Done(rewrapped, kek.versions(), act.retire)

    def _kek(self) -> Kek:
        kek = self._ground.log.keystore.kek
        if isinstance(kek, FileKek | VaultKek):
            return kek
        raise ActRefused("This key-encryption key has no versions that could be changed. Nothing was done.")
