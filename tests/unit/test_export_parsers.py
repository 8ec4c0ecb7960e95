"""What reads addresses, cursors and parts of bundles: ten thousand mutants each, and no surprise."""

import random
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from audit.evidence.manifest import Manifest, ManifestInvalid, encode_manifest, parse_manifest
from audit.evidence.sealed_entry import SealedEntry, SealedEntryInvalid, parse_sealed_entry
from audit.evidence.zip_form import ZipMalformed, encode_zip, parse_zip
from server.log_keeping.forwarding_notes import ForwardingNotes, parse_forwarding, write_forwarding
from server.syslog_rules import host_and_port

MUTANTS = 10_000


def mutants(seed: bytes, number: int) -> Callable[[], bytes]:
    chance = random.Random(number)  # noqa: S311  # a test's

    def one() -> bytes:
        changed = bytearray(seed)
        for _ in range(chance.randrange(1, 4)):
            place = chance.randrange(len(changed) + 1)
            match chance.randrange(4):
                case 0:
                    changed[place : place + chance.randrange(1, 9)] = b""
                case 1:
                    changed[place:place] = chance.randbytes(chance.randrange(1, 9))
                case 2:
                    changed[place : place + 1] = bytes([chance.randrange(256)])
                case _:
                    stop = chance.randrange(len(changed) + 1)
                    changed[place:place] = changed[min(place, stop) : max(place, stop)]
        return bytes(changed)

    return one


def test_an_address_is_a_host_and_a_port_or_nothing() -> None:
    one = mutants(b"[2001:db8::1]:6514 siem.example.com:601", 1)
    for _ in range(MUTANTS):
        found = host_and_port(one().decode("latin-1"))
        assert found is None or (found[0] and 0 < found[1] < 65_536 and not set(found[0]) & set("/@ \n"))


def test_a_cursor_is_one_that_could_be_or_nothing(tmp_path: Path) -> None:
    file = tmp_path / "forwarding.json"
    write_forwarding(file, ForwardingNotes(next=900, again=400, entry_id="ab" * 16, late=True))
    one = mutants(file.read_bytes(), 2)
    for _ in range(MUTANTS):
        found = parse_forwarding(one())
        assert found is None or 0 <= found.again <= found.next


def test_a_manifest_a_sealed_entry_and_a_zip_are_in_their_one_form_or_refused() -> None:
    manifest = Manifest(
        format="tachiai-evidence/v1",
        origin="sakura.example/log",
        session="ses_AAAAAAAAAAAAAAAAAAAAAA",
        entries=[1, 2],
        intent=9,
        made_at_ms=1_790_000_000_000,
        files={"checkpoint": "0" * 64},
    )
    entry = SealedEntry(b"leaf" * 30, {"org": bytes(32), "subject/0": bytes(range(32))})
    packed = encode_zip({"manifest.json": encode_manifest(manifest), "entries/1.json": entry.encode()})
    of_manifest, of_entry, of_zip = (
        mutants(seed, number)
        for number, seed in enumerate((encode_manifest(manifest), entry.encode(), packed), 3)
    )
    for _ in range(MUTANTS):
        data = of_manifest()
        with suppress(ManifestInvalid):
            assert encode_manifest(parse_manifest(data)) == data
        data = of_entry()
        with suppress(SealedEntryInvalid):
            assert parse_sealed_entry(data).encode() == data
        data = of_zip()
        with suppress(ZipMalformed):
            assert encode_zip(parse_zip(data)) == data
