"""What an operator sets for a collector: what is refused, whom TLS trusts, and what the checklist says."""

import asyncio
import datetime
import ipaddress
import ssl
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from msgspec.structs import replace

from server.checklist.facts import ForwardingState
from server.checklist.forwarding_probe import look_at_forwarding
from server.clock import SystemClock
from server.log_keeping.collector import collector_of
from server.log_keeping.forwarding_notes import ForwardingNotes, write_forwarding
from server.places import LOG_FOLDER, Places, key_places
from server.setting_groups import Settings, SyslogSettings
from server.settings import SettingsRefused
from server.syslog_rules import syslog_broken
from tests.protocol.collectors import FakeCollector, forwarding, record_in
from tests.protocol.server_stand import USUAL_SETTINGS, stand

WELL = "siem.example.com:6514"


@pytest.mark.parametrize(
    ("changed", "word"),
    [
        ({"address": "siem.example.com"}, "a port"),
        ({"address": "siem.example.com:0"}, "a port"),
        ({"address": "siem.example.com:65536"}, "a port"),
        ({"address": "tcp://siem.example.com:6514"}, "a port"),
        ({"address": "user@siem.example.com:6514"}, "a port"),
        ({"address": "siem.example.com:6514\n"}, "a port"),
        ({"format": "leef"}, "cef or json"),
        ({"facility": 24}, "between 0 and 23"),
        ({"facility": -1}, "between 0 and 23"),
        ({"tls": False}, "another machine"),
    ],
)
def test_what_cannot_be_is_refused_with_what_to_write(changed: dict[str, object], word: str) -> None:
    (sentence,) = syslog_broken(SyslogSettings(**{"address": WELL, **changed}))  # type: ignore[arg-type]  # tried as written
    assert word in sentence


@pytest.mark.parametrize("address", ["", "siem.example.com:6514", "[2001:db8::1]:6514", "192.0.2.1:601"])
def test_what_can_be_is_taken(address: str) -> None:
    assert list(syslog_broken(SyslogSettings(address=address))) == []
    assert list(syslog_broken(SyslogSettings(address="localhost:601", tls=False))) == []


def test_authorities_that_cannot_be_read_are_refused(tmp_path: Path) -> None:
    for content in (None, b"no certificate"):
        file = tmp_path / "authorities.pem"
        if content is not None:
            file.write_bytes(content)
        with pytest.raises(SettingsRefused, match="no file of certificates"):
            collector_of(Settings(syslog=SyslogSettings(address=WELL, ca=str(file))))
    assert collector_of(Settings()) is None


def test_the_checklist_tells_what_is_noted(tmp_path: Path) -> None:
    places = Places(tmp_path, tmp_path / LOG_FOLDER / "lockstate", key_places(tmp_path / "keys"))
    wanted = Settings(syslog=SyslogSettings(address=WELL))
    assert look_at_forwarding(Settings(), places) is ForwardingState.NONE
    assert look_at_forwarding(wanted, places) is ForwardingState.TAKEN
    write_forwarding(places.forwarding_notes, ForwardingNotes(late=True))
    assert look_at_forwarding(wanted, places) is ForwardingState.LATE
    places.forwarding_notes.write_bytes(b"{")
    assert look_at_forwarding(wanted, places) is ForwardingState.UNREADABLE


async def test_over_tls_only_whom_the_authorities_name_gets_an_entry(tmp_path: Path) -> None:
    good, stranger = (certified(tmp_path / name) for name in ("good", "stranger"))
    trust = collector_of(Settings(syslog=SyslogSettings(address=WELL, ca=str(tmp_path / "good.crt"))))
    assert trust is not None
    told, cheated = FakeCollector(tls=good), FakeCollector(tls=stranger)
    await told.start()
    await cheated.start()
    async with forwarding(tmp_path / "one", told.port, tls=trust.tls) as here:
        await here.append(300)
        await here.until(lambda: told.indices() == list(range(300)))
    async with forwarding(tmp_path / "two", cheated.port, tls=trust.tls) as here:
        await here.append(3)
        await asyncio.sleep(0.3)  # some tries
        assert here.keeper.behind == 3
    async with forwarding(tmp_path / "three", told.port, tls=trust.tls, host="localhost") as here:
        await here.append(1)
        await asyncio.sleep(0.3)
        assert here.keeper.behind == 1, "the certificate is for 127.0.0.1"
    assert (cheated.messages, len(told.messages)) == ([], 300)
    await told.stop()
    await cheated.stop()


async def test_a_server_with_the_setting_sends_all_that_it_records_and_tells_its_numbers(
    tmp_path: Path,
) -> None:
    told = FakeCollector()
    await told.start()
    wanted = replace(
        USUAL_SETTINGS, syslog=SyslogSettings(address=f"127.0.0.1:{told.port}", tls=False, format="json")
    )
    async with AsyncExitStack() as stack:
        stack.push_async_callback(told.stop)
        server = await stack.enter_async_context(stand(tmp_path, settings=wanted))
        async with asyncio.timeout(20):
            while set(told.indices()) != set(range(server.log.size)):  # noqa: ASYNC110 - a collector tells nobody
                await asyncio.sleep(0.02)
            # A collector may have read an entry before the keeper knows that it went.
            while "tachiai_forwarding_connected 1.0" not in server.composed.metrics.text():  # noqa: ASYNC110
                await asyncio.sleep(0.02)
        names = [record_in(message)["name"] for message in told.messages]
        assert "system:demo:prepared" in names


def certified(stem: Path) -> ssl.SSLContext:
    """Self-signed, for 127.0.0.1; `stem`.crt is what a client may trust."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, stem.name)])
    now = datetime.datetime.fromtimestamp(SystemClock().now_ms() / 1000, tz=datetime.UTC)
    names = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(names, critical=False)
        .sign(key, hashes.SHA256())
    )
    stem.with_suffix(".crt").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    stem.with_suffix(".key").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(stem.with_suffix(".crt"), stem.with_suffix(".key"))
    return context
